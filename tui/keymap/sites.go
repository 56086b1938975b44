package keymap

// The actions of the sites.
const (
	SitesCheck   Action = "sites.check"
	SitesBump    Action = "sites.bump"
	SitesPromote Action = "sites.promote"
	SitesPlugins Action = "sites.plugins"
)

func sites() []Binding {
	return []Binding{
		{Action: SitesCheck, Keys: []string{"c"}, Short: "check", Help: "prove the pins of the .env file; asks the plugins' repositories"},
		{Action: SitesBump, Keys: []string{"b"}, Short: "bump", Help: "bring the pins of the .env file up to date", Writes: true},
		{Action: SitesPromote, Keys: []string{"t"}, Short: "promote", Help: "take the pins over into the .env file of another site", Writes: true},
		{Action: SitesPlugins, Keys: []string{"o"}, Help: "the plugins of this site's tree"},
	}
}
