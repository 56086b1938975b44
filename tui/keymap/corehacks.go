package keymap

// The actions of the core hacks.
const (
	HacksTree     Action = "corehacks.tree"
	HacksDecide   Action = "corehacks.decide"
	HacksExtract  Action = "corehacks.extract"
	HacksWhy      Action = "corehacks.why"
	HacksBaseline Action = "corehacks.baseline"
	HacksAbout    Action = "corehacks.about"
	HacksPlugins  Action = "corehacks.plugins"
)

func corehacks() []Binding {
	return []Binding{
		{Action: HacksTree, Keys: []string{"t"}, Short: "tree", Help: "choose the tree: a site, the work tree, a target"},
		{Action: HacksDecide, Keys: []string{"d"}, Short: "decide", Help: "set aside with a reason: port, drop, replace, keep, or take that back", Writes: true},
		{Action: HacksExtract, Keys: []string{"x"}, Short: "extract", Help: "make branches of what no branch explains", Writes: true},
		{Action: HacksWhy, Keys: []string{"w"}, Short: "why", Help: "say where the lines come from: branch, commit, ticket, reason"},
		{Action: HacksBaseline, Keys: []string{"b"}, Short: "baseline", Help: "list only what an earlier report does not have"},
		{Action: HacksAbout, Keys: []string{"i"}, Short: "pin", Help: "show the pin, the counts and what to know about the report"},
		{Action: HacksPlugins, Keys: []string{"o"}, Help: "the plugins of this tree"},
	}
}
