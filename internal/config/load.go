package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/moodle"
)

// Load makes one configuration of all sources. Later layers win, key by key: built-in, git config, the user's file, the
// mgit branch, .git/mgit/config.toml, MGIT_… variables, flags. The error is of type Problems and lists all
// that is wrong.
func Load(src Sources) (*Config, error) {
	c := &collector{keys: newKeys(), rules: src.Rules}
	c.builtIn()
	c.gitConfig(src.Git)
	c.own(User, src.User)
	c.shared(mainFile, src.Shared.Main)
	c.shared(pluginsFile, src.Shared.Plugins)
	c.shared(sitesFile, src.Shared.Sites)
	c.own(Clone, src.Clone)
	c.variables(src.Env)
	c.flags(src.Flags)

	arrived := guardedIn(c.entries)
	inForce, pending := c.trust(src, arrived).guard(c.entries)
	values := map[string]entry{}
	for _, e := range inForce {
		if old, exists := values[FormatPath(e.path...)]; !exists || old.source.Layer <= e.source.Layer {
			values[FormatPath(e.path...)] = e
		}
	}
	cfg := build(values)
	cfg.pending, cfg.arrived, cfg.unknown = pending, arrived, c.unknown
	cfg.Public.Pending = slices.ContainsFunc(pending, func(p PendingChange) bool { return groupOfKey(p.Key) == "public" })
	if cfg.Public.Pending { // the rules may be about to become stricter
		cfg.Remotes = slices.DeleteFunc(cfg.Remotes, func(r Remote) bool { return r.Role == "public" })
	}
	c.naming(cfg)
	c.screen(cfg)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	for _, p := range c.unknown {
		c.warn(WarnUnknownKey, "%s", p)
	}
	if len(pending) > 0 {
		c.warn(WarnPending, "%d of the settings on the mgit branch are not confirmed in this clone and not in force", len(pending))
	}
	cfg.warnings = c.warnings
	return cfg, nil
}

func (c *collector) own(layer Layer, file File) {
	if file.Name != "" {
		c.document(layer, file.Name, "", file.Data)
	}
}

func (c *collector) shared(name string, data []byte) {
	if data != nil {
		c.document(Shared, name, name, data)
	}
}

// trust returns what counts as confirmed: what this clone remembers, or all of it when MGIT_TRUST names the very commit
// that was read. A commit's id is that of its content, so nobody can put something else in its place.
func (c *collector) trust(src Sources, arrived map[string]string) *Trust {
	pin := ""
	if src.Env != nil {
		pin = strings.ToLower(src.Env("MGIT_TRUST"))
	}
	isCommit := len(src.Shared.Commit) >= 40
	switch {
	case pin != "" && isCommit && pin == src.Shared.Commit:
		return &Trust{confirmed: arrived}
	case pin != "":
		c.warn(WarnTrustPin, "MGIT_TRUST is %s, but the mgit branch is at %s", pin, src.Shared.Commit)
	}
	if src.Trust == nil {
		return &Trust{}
	}
	if src.Trust.damaged {
		c.warn(WarnTrustDamaged, "%s is damaged, so nothing is confirmed in this clone", trustFile)
	}
	return src.Trust
}

// naming has the templates of names judged, where the key stands that is to blame.
func (c *collector) naming(cfg *Config) {
	if c.rules.Scheme == nil {
		return
	}
	if err := c.rules.Scheme(cfg.Naming()); err != nil {
		key := "scheme"
		if strings.Contains(err.Error(), fmt.Sprintf("%q", cfg.TargetScheme)) {
			key = "target_scheme"
		}
		source, _ := cfg.Source(key)
		c.fault(source, []string{key}, err, "")
	}
}

// screen has the settings of the screen judged, which belong together: no key may mean two things.
func (c *collector) screen(cfg *Config) {
	if c.rules.Screen == nil {
		return
	}
	for _, f := range c.rules.Screen(cfg.Screen) {
		path := append([]string{"screen"}, f.Path...)
		source, _ := cfg.Source(FormatPath(path...))
		c.fault(source, path, f.Err, f.Meant)
	}
}

// values are the entries in force by dotted key.
type values map[string]entry

// build turns values into the Config's fields.
func build(all values) *Config {
	return &Config{
		Customer:     get[string](all, "customer"),
		Scheme:       get[string](all, "scheme"),
		TargetScheme: get[string](all, "target_scheme"),
		Types:        get[[]string](all, "types"),
		Series:       all.series("series"),
		Targets:      tableOf[[]string](all, "targets"),
		Assembly:     all.assembly(),
		Minor:        Minor{int(get[int64](all, "minor", "min_age_days")), get[[]string](all, "minor", "security")},
		Release: Release{
			get[string](all, "release", "ourname"), get[string](all, "release", "shortcustomer"), get[string](all, "release", "tag"),
		},
		Package:      Package{get[string](all, "package", "branch"), get[string](all, "package", "version")},
		Remotes:      all.remotes(),
		Tracker:      all.tracker(),
		Directory:    get[string](all, "directory", "url"),
		SourcesMaxMB: int(get[int64](all, "sources", "max_mb")),

		Resolutions: Resolutions{get[bool](all, "resolutions", "use"), get[bool](all, "resolutions", "save")},
		Public: PublicRules{
			InternalTickets: get[[]string](all, "public", "internal_tickets"),
			InternalWords:   get[[]string](all, "public", "internal_words"),
			InternalPaths:   get[[]string](all, "public", "internal_paths"),
		},
		Corehack: Corehack{
			Expected: get[[]string](all, "corehack", "expected"),
			Exclude:  get[[]string](all, "corehack", "exclude"),
			Markers:  get[[]string](all, "corehack", "markers"),
		},
		Layout: Layout{
			Root:   get[[]string](all, "layout", "root"),
			Public: get[[]string](all, "layout", "public"),
		},
		Check:     all.check(),
		Justified: get[[]string](all, "justification", "types"),
		Records:   all.records(),
		Plugins:   all.plugins(),
		Sites:     all.sites(),
		Jobs:      int(get[int64](all, "jobs")),
		Color:     get[string](all, "color"),
		Screen: Screen{
			get[string](all, "screen", "theme"), get[bool](all, "screen", "mouse"), get[bool](all, "screen", "read_only"),
			tableOf[[]string](all, "screen", "keys"), tableOf[string](all, "screen", "colors"),
		},
		Editor:   get[string](all, "editor"),
		Pager:    get[string](all, "pager"),
		PHP:      get[string](all, "php"),
		Hooks:    tableOf[string](all, "hooks"),
		Builders: tableOf[string](all, "builders"),
		settings: all.settings(),
	}
}

// get returns the value of the key at path, V's zero value where it has none.
func get[V any](all values, path ...string) V {
	v, _ := all[FormatPath(path...)].value.(V)
	return v
}

// tableOf returns the values of all keys directly below table.
func tableOf[V any](all values, table ...string) map[string]V {
	found := map[string]V{}
	for _, e := range all {
		last := len(e.path) - 1
		if v, ok := e.value.(V); ok && slices.Equal(e.path[:last], table) {
			found[e.path[last]] = v
		}
	}
	return found
}

// namesIn returns the names of the tables below table, sorted.
func (all values) namesIn(table string) []string {
	var found []string
	for _, e := range all {
		if e.path[0] == table && len(e.path) > 2 {
			found = append(found, e.path[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (all values) series(path ...string) moodle.Series {
	s, err := moodle.ParseSeries(get[string](all, path...))
	if err != nil {
		return moodle.Series{} // not set: what is set was checked
	}
	return s
}

func (all values) remotes() []Remote {
	var remotes []Remote
	for _, name := range all.namesIn("remote") {
		r := Remote{name, get[string](all, "remote", name, "url"), get[string](all, "remote", name, "role")}
		if r.URL != "" && r.Role != "" {
			remotes = append(remotes, r)
		}
	}
	return remotes
}

func (all values) assembly() map[string]Assembly {
	found := map[string]Assembly{}
	for _, name := range all.namesIn("target") {
		found[name] = Assembly{
			Types:    get[[]string](all, "target", name, "types"),
			Branches: get[[]string](all, "target", name, "branches"),
			Except:   get[[]string](all, "target", name, "except"),
			States:   get[[]string](all, "target", name, "states"),
			Order:    get[[]string](all, "target", name, "order"),
		}
	}
	return found
}

func (all values) check() Check {
	c := Check{
		Rules:         tableOf[string](all, "check", "rules"),
		Types:         map[string]map[string]string{},
		MaxFileKB:     int(get[int64](all, "check", "max_file_kb")),
		SubjectLength: int(get[int64](all, "check", "subject_length")),
		Tickets:       get[[]string](all, "check", "tickets"),
	}
	for _, e := range all {
		if len(e.path) == 4 && e.path[0] == "check" && e.path[1] == "types" && c.Types[e.path[2]] == nil {
			c.Types[e.path[2]] = tableOf[string](all, "check", "types", e.path[2])
		}
	}
	return c
}

func (all values) tracker() Tracker {
	t := Tracker{
		Kind: get[string](all, "tracker", "kind"), URL: get[string](all, "tracker", "url"), Project: get[string](all, "tracker", "project"),
		Markup: get[string](all, "tracker", "markup"),
		Type:   get[string](all, "tracker", "type"), ParentType: get[string](all, "tracker", "parent_type"),
		Version: get[string](all, "tracker", "version"),
		Status:  tableOf[string](all, "tracker", "status"),
		Fields:  tableOf[string](all, "tracker", "fields"),
		People:  tableOf[string](all, "tracker", "people"),
		Tickets: get[[]string](all, "tracker", "tickets"),
	}
	for state, percent := range tableOf[int64](all, "tracker", "done") {
		if t.Done == nil {
			t.Done = map[string]int{}
		}
		t.Done[state] = int(percent)
	}
	if t.Kind+t.URL+t.Project == "" {
		return Tracker{} // none, or not confirmed
	}
	return t
}

func (all values) records() map[string]Record {
	records := map[string]Record{}
	for _, key := range all.namesIn("branch") {
		r := Record{
			Origin:   get[string](all, "branch", key, "origin"),
			Members:  get[[]string](all, "branch", key, "members"),
			Paths:    get[[]string](all, "branch", key, "paths"),
			Requires: get[[]string](all, "branch", key, "requires"),
			Reason:   get[string](all, "branch", key, "reason"),
			Ticket:   get[string](all, "branch", key, "ticket"),
			Owner:    get[string](all, "branch", key, "owner"),
			Public:   get[bool](all, "branch", key, "public"),

			Justification: get[string](all, "branch", key, "justification"),
			Upstream:      get[[]string](all, "branch", key, "upstream"),
			ReviewBy:      all.series("branch", key, "review_by"),
			SupersededBy:  get[[]string](all, "branch", key, "superseded_by"),
		}
		if r.Origin == "" {
			r.Origin = OriginLocal
		}
		records[key] = r
	}
	return records
}

func (all values) plugins() map[string]Plugin {
	plugins := map[string]Plugin{}
	for _, name := range all.namesIn("plugin") {
		plugins[name] = Plugin{
			URL:      get[string](all, "plugin", name, "url"),
			Tags:     get[string](all, "plugin", name, "tags"),
			Branches: get[string](all, "plugin", name, "branches"),
			Pin:      get[string](all, "plugin", name, "pin"),
			Maturity: get[string](all, "plugin", name, "maturity"),
			Untested: get[bool](all, "plugin", name, "untested"),
			Reason:   get[string](all, "plugin", name, "reason"),
			Variable: get[string](all, "plugin", name, "variable"),
		}
	}
	return plugins
}

func (all values) sites() map[string]Site {
	sites := map[string]Site{}
	for _, name := range all.namesIn("site") {
		sites[name] = Site{
			Environment: get[string](all, "site", name, "environment"),
			Path:        get[string](all, "site", name, "path"),
			EnvFile:     get[string](all, "site", name, "env_file"),
			Target:      get[string](all, "site", name, "target"),

			PHP:             get[string](all, "site", name, "php"),
			Database:        get[string](all, "site", name, "database"),
			DatabaseVersion: get[string](all, "site", name, "database_version"),
			Extensions:      get[[]string](all, "site", name, "extensions"),
		}
	}
	return sites
}

func (all values) settings() []Setting {
	var list []Setting
	for _, key := range slices.Sorted(maps.Keys(all)) {
		e := all[key]
		if text, err := FormatValue(e.value); err == nil && e.path[0] != "branch" {
			list = append(list, Setting{key, text, e.source})
		}
	}
	return list
}
