package keymap

// The actions of the plugins.
const (
	PluginsTree   Action = "plugins.tree"
	PluginsFor    Action = "plugins.for"
	PluginsCheck  Action = "plugins.check"
	PluginsUpdate Action = "plugins.update"
	PluginsHacks  Action = "plugins.corehacks"
)

func plugins() []Binding {
	return []Binding{
		{Action: PluginsTree, Keys: []string{"t"}, Short: "tree", Help: "choose the tree: a site, the work tree, a target"},
		{Action: PluginsFor, Keys: []string{"f"}, Short: "for", Help: "hold the plugins against another Moodle: a tag or series"},
		{Action: PluginsCheck, Keys: []string{"c"}, Short: "check", Help: "ask the plugins' repositories for newer releases"},
		{Action: PluginsUpdate, Keys: []string{"u"}, Short: "update", Help: "take newer releases of the marked plugins, or of all", Writes: true},
		{Action: PluginsHacks, Keys: []string{"H"}, Help: "the core hacks of this tree"},
	}
}
