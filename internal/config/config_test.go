package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Each layer wins over those before it.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	src := config.Sources{}
	steps := []struct {
		add   func()
		want  string
		layer config.Layer
		place string
	}{
		{func() {}, "0", config.BuiltIn, "built-in"},
		{func() { src.Git = gitConfig("mgit.jobs", "1") }, "1", config.Git, "file:.git/config mgit.jobs"},
		{func() { src.User = user("\njobs = 2") }, "2", config.User, "/home/ann/.config/mgit/config.toml:2"},
		{func() { src.Shared = shared("\n\njobs = 3") }, "3", config.Shared, "mgit.toml:4"},
		{func() { src.Clone = clone("jobs = 4") }, "4", config.Clone, ".git/mgit/config.toml:1"},
		{func() { src.Env = env(map[string]string{"MGIT_JOBS": "5"}) }, "5", config.Env, "MGIT_JOBS"},
		{func() { src.Flags = map[string]string{"jobs": "6"} }, "6", config.Flag, "--jobs"},
	}
	for i, step := range steps {
		step.add()
		cfg := load(t, src)
		source, _ := cfg.Source("jobs")
		var shown string
		for _, s := range cfg.Settings() {
			if s.Key == "jobs" {
				shown = s.Value
			}
		}
		if cfg.Jobs != i || shown != step.want || source.Layer != step.layer || source.Place() != step.place {
			t.Errorf("step %d: %d, shown %s, from %s (%s), want %s from %s", i, cfg.Jobs, shown, source.Place(), source.Layer, step.want, step.place)
		}
	}
}

func TestEverySettingArrives(t *testing.T) {
	t.Parallel()
	src := config.Sources{
		Shared: shared(`
customer = "LUVLE"
scheme = "{type}/{customer}/{version}/{frankenstyle}[+{shortname}]"
target_scheme = "{customer}/{version}/{target}"
types = ["feature", "hack", "fix"]
series = "4.1"
targets.default = ["test"]
targets."4.5" = ["test", "training"]
jobs = 2
color = "never"
[target.test]
types = ["hack"]
branches = ["LUVLE-*"]
except = ["*-x"]
states = ["moved"]
order = ["core-mail"]
[minor]
min_age_days = 3
security = ["v4.1.19"]
[release]
ourname = "lu"
shortcustomer = "lx"
tag = "{date}"
[package]
branch = "deb_{version}"
version = "{moodle-version}"
[remote.site]
url = "https://git.example.org/site.git"
role = "internal"
[tracker]
kind = "redmine"
url = "https://redmine.example.org"
project = "moodle"
markup = "markdown"
type = "Task"
parent_type = "Upgrade"
version = "Moodle {series}"
tickets = ['LU-\d+']
status.parked = "Feedback"
done.moved = 40
done.tested = 100
fields.7 = "{component}"
people."Ann Example" = "ann"
[resolutions]
use = false
save = false
[public]
internal_tickets = ['LU-\d+']
internal_words = ["luvle.ac.uk"]
internal_paths = ["/local/luvle/**"]
[branch.mod_forum-subject]
origin = "external"
members = ["mod_forum", "core"]
paths = ["mod/forum/lib.php"]
requires = ["core-mail"]
reason = "subjects are long"
ticket = "LU-12"
owner = "Ann"
justification = "temporary"
upstream = ["MDL-1"]
review_by = "5.1"
superseded_by = ["MDL-2"]
public = true
[branch.core-mail]
owner = "Bob"
`),
		User: user("editor = \"vim\"\npager = \"less\"\nphp = \"/usr/bin/php\"\nhooks.after = \"x\"\nbuilders.amd = \"grunt\"\n"),
	}
	src.Shared.Plugins = []byte("format = 1\n[plugin.mod_attendance]\nurl = \"https://github.com/x/y\"\ntags = \"v*\"\nbranches = \"MOODLE_*\"\npin = \"v1\"\nreason = \"r\"\nvariable = \"MOD_A\"\n")
	src.Shared.Sites = []byte("format = 1\n[site.live]\nenvironment = \"production\"\npath = \"/srv/moodle\"\nenv_file = \"a.env\"\ntarget = \"deployment\"\nphp = \"8.1\"\ndatabase = \"pgsql\"\ndatabase_version = \"15\"\nextensions = [\"intl\"]\n")
	src.Env = env(map[string]string{"MGIT_TRUST": src.Shared.Commit})
	cfg := load(t, src)
	type view struct {
		Customer, Scheme, TargetScheme string
		Types                          []string
		Series                         moodle.Series
		Test, Training                 []string
		Assembly                       map[string]config.Assembly
		Minor                          config.Minor
		Release                        config.Release
		Package                        config.Package
		Remotes                        []config.Remote
		Tracker                        config.Tracker
		Resolutions                    config.Resolutions
		Public                         config.PublicRules
		Records                        map[string]config.Record
		Plugins                        map[string]config.Plugin
		Sites                          map[string]config.Site
		Jobs                           int
		Color, Editor, Pager, PHP      string
		Hooks, Builders                map[string]string
	}
	got := view{
		cfg.Customer, cfg.Scheme, cfg.TargetScheme, cfg.Types, cfg.Series,
		cfg.TargetsOf(moodle.Series{Major: 4, Minor: 1}), cfg.TargetsOf(moodle.Series{Major: 4, Minor: 5}),
		cfg.Assembly, cfg.Minor, cfg.Release, cfg.Package, cfg.Remotes, cfg.Tracker, cfg.Resolutions, cfg.Public, cfg.Records, cfg.Plugins, cfg.Sites,
		cfg.Jobs, cfg.Color, cfg.Editor, cfg.Pager, cfg.PHP, cfg.Hooks, cfg.Builders,
	}
	want := view{
		"LUVLE", "{type}/{customer}/{version}/{frankenstyle}[+{shortname}]", "{customer}/{version}/{target}",
		[]string{"feature", "hack", "fix"},
		moodle.Series{Major: 4, Minor: 1},
		[]string{"test"},
		[]string{"test", "training"},
		map[string]config.Assembly{"test": {
			Types: []string{"hack"}, Branches: []string{"LUVLE-*"}, Except: []string{"*-x"}, States: []string{"moved"}, Order: []string{"core-mail"},
		}},
		config.Minor{MinAgeDays: 3, Security: []string{"v4.1.19"}},
		config.Release{OurName: "lu", ShortCustomer: "lx", Tag: "{date}"},
		config.Package{Branch: "deb_{version}", Version: "{moodle-version}"},
		[]config.Remote{{Name: "site", URL: "https://git.example.org/site.git", Role: "internal"}},
		config.Tracker{
			Kind: "redmine", URL: "https://redmine.example.org", Project: "moodle",
			Markup: "markdown", Type: "Task", ParentType: "Upgrade", Version: "Moodle {series}", Tickets: []string{`LU-\d+`},
			Status: map[string]string{"parked": "Feedback"}, Done: map[string]int{"moved": 40, "tested": 100},
			Fields: map[string]string{"7": "{component}"}, People: map[string]string{"Ann Example": "ann"},
		},
		config.Resolutions{},
		config.PublicRules{InternalTickets: []string{`LU-\d+`}, InternalWords: []string{"luvle.ac.uk"}, InternalPaths: []string{"/local/luvle/**"}},
		map[string]config.Record{
			"mod_forum-subject": {
				Origin: "external", Members: []string{"mod_forum", "core"}, Paths: []string{"mod/forum/lib.php"},
				Requires: []string{"core-mail"}, Reason: "subjects are long", Ticket: "LU-12", Owner: "Ann", Public: true,
				Justification: "temporary", Upstream: []string{"MDL-1"}, ReviewBy: moodle.Series{Major: 5, Minor: 1}, SupersededBy: []string{"MDL-2"},
			},
			"core-mail": {Origin: "local", Owner: "Bob"},
		},
		map[string]config.Plugin{"mod_attendance": {URL: "https://github.com/x/y", Tags: "v*", Branches: "MOODLE_*", Pin: "v1", Reason: "r", Variable: "MOD_A"}},
		map[string]config.Site{"live": {Environment: "production", Path: "/srv/moodle", EnvFile: "a.env", Target: "deployment", PHP: "8.1", Database: "pgsql", DatabaseVersion: "15", Extensions: []string{"intl"}}},
		2, "never", "vim", "less", "/usr/bin/php",
		map[string]string{"after": "x"},
		map[string]string{"amd": "grunt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"test", "training"}, cfg.TargetNames()); diff != "" {
		t.Error(diff)
	}
	if w := cfg.Warnings(); len(w) > 0 {
		t.Error(w)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{})
	if cfg.Scheme != branches.DefaultTemplate || cfg.TargetScheme != branches.DefaultTargetTemplate {
		t.Errorf("%s, %s", cfg.Scheme, cfg.TargetScheme)
	}
	if diff := cmp.Diff(branches.DefaultTypes(), cfg.Types); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(branches.DefaultTargets(), cfg.TargetsOf(moodle.Series{Major: 4, Minor: 5})); diff != "" {
		t.Error(diff)
	}
	if !cfg.Resolutions.Use || !cfg.Resolutions.Save {
		t.Error("resolutions are off")
	}
}

func TestGitConfig(t *testing.T) {
	t.Parallel()
	values := gitConfig(
		"mgit.target-scheme", "{customer}/{version}/{target}",
		"mgit.types", "hack", "mgit.types", "fix",
		"mgit.remote.site.url", "/srv/git/site.git",
		"mgit.remote.site.role", "internal",
		"mgit.release.ourname", "lu",
		"mgit.hooks.after", "make",
		"mgit.colour", "red",
		"core.editor", "vi",
	)
	values.Entries = append(values.Entries, git.ConfigEntry{Key: "mgit.resolutions.save", Implicit: true, Scope: "local"})
	values.Entries = append(values.Entries, git.ConfigEntry{Key: "mgit.types", Value: "later", Scope: "worktree"})
	cfg := load(t, config.Sources{Git: values})
	if diff := cmp.Diff([]string{"later"}, cfg.Types); diff != "" {
		t.Errorf("a narrower scope replaces a list: %s", diff)
	}
	want := []config.Remote{{Name: "site", URL: "/srv/git/site.git", Role: "internal"}}
	if diff := cmp.Diff(want, cfg.Remotes); diff != "" {
		t.Error(diff)
	}
	if cfg.TargetScheme != "{customer}/{version}/{target}" || cfg.Release.OurName != "lu" || cfg.Hooks["after"] != "make" || cfg.Editor != "" {
		t.Errorf("%+v", cfg)
	}
	if w := cfg.Warnings(); len(w) != 1 || w[0].ID != config.WarnUnknownKey || !strings.Contains(w[0].Text, "mgit.colour") {
		t.Error(w)
	}
	values.Entries = values.Entries[:4]
	if diff := cmp.Diff([]string{"hack", "fix"}, load(t, config.Sources{Git: values}).Types); diff != "" {
		t.Error(diff)
	}
}

// The user's own files are refused with file, line, key, reason and what was probably meant.
func TestProblemsInOwnFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\ncustmer = \"x\"":                              `config.toml:2: custmer: unknown key; did you mean customer?`,
		"[remote.site]\nrle = \"internal\"":              `config.toml:2: remote.site.rle: unknown key; did you mean remote.site.role?`,
		"[remotes.site]\nrole = \"internal\"":            `config.toml:1: remotes: unknown key; did you mean remote?`,
		"internal_tickets = []":                          `config.toml:1: internal_tickets: unknown key; did you mean public.internal_tickets?`,
		"zebra = 1":                                      `config.toml:1: zebra: unknown key`,
		"jobs = \"2\"":                                   `config.toml:1: jobs: want a whole number`,
		"jobs = -1":                                      `config.toml:1: jobs: want 0 or more`,
		"types = \"hack\"":                               `config.toml:1: types: want a list of texts, such as ["a", "b"]`,
		"types = [1]":                                    `config.toml:1: types: want a list of texts, such as ["a", "b"]`,
		"customer = 3":                                   `config.toml:1: customer: want a text in quotes`,
		"resolutions.use = \"no\"":                       `config.toml:1: resolutions.use: want true or false`,
		"color = \"alway\"":                              `config.toml:1: color: "alway" is none of auto, always, never; did you mean "always"?`,
		"series = \"4.x\"":                               `config.toml:1: series: series "4.x"`,
		"series = \"405\"":                               `config.toml:1: series: the series is written 4.5, not 405`,
		"targets.405 = [\"test\"]":                       `config.toml:1: targets.405: the series is written 4.5, not 405`,
		"remote = 1":                                     `config.toml:1: remote: want a table`,
		"remote.site.role = \"boss\"":                    `remote.site.role: role "boss": want one of upstream`,
		"public.internal_tickets = [\"(\"]":              `"(" is no regular expression`,
		"[branch.mod_forum]\nowner = \"x\"":              `config.toml:1: branch: unknown key`,
		"[plugin.mod_x]\nurl = \"https://x.org/a\"":      `config.toml:1: plugin: unknown key`,
		"jobs = 1\njobs = 2":                             `config.toml:2: `,
		"jobs = ":                                        `config.toml:1: `,
		"format = 2":                                     `config.toml:1: format: this is format 2, and only format 1 is known here`,
		"customer = \"L\"\nscheme = \"{version}{type}\"": `config.toml:2: scheme: naming scheme`,
		"customer = \"L\"\ntarget_scheme = \"{target}\"": `config.toml:2: target_scheme: naming scheme`,
		"tracker.url = \"http://x.org\"":                 `tracker.url: want an address such as https://`,
		"tracker.url = \"http://127.0.0.1.x.org\"":       `tracker.url: want an address such as https://`,
		"tracker.url = \"https://a:b@x.org\"":            `tracker.url: holds a user or password`,
		"tracker.status.testd = \"Resolved\"":            `tracker.status.testd: "testd" is none of todo, parked, moved, tested, in-test, in-deployment, dropped, held; did you mean "tested"?`,
		"tracker.done.finished = 100":                    `tracker.done.finished: "finished" is none of todo, parked,`,
		"tracker.done.moved = 120":                       `tracker.done.moved: want 0 to 100`,
		"tracker.version = \"Moodle {serie}\"":           `tracker.version: {serie} is none of {series}, {from}, {onto}`,
		"tracker.fields.1 = \"{Component}\"":             `tracker.fields.1: {Component} is none of {branch}, {new_branch}, {component}`,
		"remote.site.url = \"https://a:b@x.org/a\"":      `holds a user or password`,
		"remote.site.url = \"/srv/git/site.git\"":        `that belongs in git config`,
		"remote.site.url = \"ext::sh -c x\"":             `transport helper`,
	} {
		for _, src := range []config.Sources{{User: user(text)}, {Clone: clone(text)}} {
			src.Rules = rules()
			_, err := config.Load(src)
			if problems := config.Problems(nil); !errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v\nwant %s", text, err, want)
			}
		}
	}
}

func TestProblemsInEnvironmentAndFlags(t *testing.T) {
	t.Parallel()
	for want, src := range map[string]config.Sources{
		`MGIT_JOBS: jobs: "many" is no whole number`:              {Env: env(map[string]string{"MGIT_JOBS": "many"})},
		`MGIT_RESOLUTIONS_USE: resolutions.use: "maybe" is neit`:  {Env: env(map[string]string{"MGIT_RESOLUTIONS_USE": "maybe"})},
		`--jobs: jobs: "many" is no whole number`:                 {Flags: map[string]string{"jobs": "many"}},
		`--job: job: there is no such setting; did you mean jobs`: {Flags: map[string]string{"job": "1"}},
		`--editor: editor: there is no such setting`:              {Flags: map[string]string{"editor": "vi"}},
		`mgit.color: color: "pink" is none of`:                    {Git: gitConfig("mgit.color", "pink")},
		`begins with "-"`:                                         {Git: gitConfig("mgit.remote.x.url", "--upload-pack=x")},
	} {
		src.Rules = rules()
		if _, err := config.Load(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	cfg := load(t, config.Sources{Env: env(map[string]string{"MGIT_TYPES": "hack, fix", "MGIT_EDITOR": "evil", "MGIT_SERIES": "4.5"})})
	if diff := cmp.Diff([]string{"hack", "fix"}, cfg.Types); diff != "" {
		t.Error(diff)
	}
	if cfg.Editor != "" || cfg.Series != (moodle.Series{Major: 4, Minor: 5}) {
		t.Errorf("editor %q, series %s", cfg.Editor, cfg.Series)
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Sources{User: user("jobs = 'x'\ncolour = 'y'\nseries = 'z'"), Rules: rules()})
	var problems config.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("%v", err)
	}
	for i, p := range problems {
		if p.Source.Line != i+1 {
			t.Errorf("problem %d stands on line %d", i, p.Source.Line)
		}
	}
}

// Keys of a later version on the mgit branch are no error: they are kept, and named.
func TestUnknownKeysOnTheSharedBranch(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{Shared: shared("custmer = \"x\"\n[branch.mod_forum]\nmood = \"good\"\nowner = \"Ann\"\n")})
	var texts []string
	for _, p := range cfg.Unknown() {
		texts = append(texts, p.Error())
	}
	want := []string{
		"mgit.toml:2: custmer: unknown key; did you mean customer?",
		"mgit.toml:4: branch.mod_forum.mood: unknown key",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	if cfg.Records["mod_forum"].Owner != "Ann" || len(cfg.Warnings()) != 2 {
		t.Errorf("%+v, %v", cfg.Records, cfg.Warnings())
	}
}

func TestSharedFormat(t *testing.T) {
	t.Parallel()
	for text, newer := range map[string]bool{"format = 2\nnonsense = 1": true, "customer = \"x\"": false, "format = 0": false, "format = \"1\"": false} {
		for _, files := range []config.SharedFiles{{Main: []byte(text)}, {Plugins: []byte(text)}, {Sites: []byte(text)}} {
			_, err := config.Load(config.Sources{Shared: files, Rules: rules()})
			if err == nil || errors.Is(err, config.ErrNewer) != newer {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

func TestRecordsAreJudged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[branch.mod_fo_o]\nowner = \"x\"":          "no underscore",
		"[branch.mod_x]\norigin = \"lokal\"":        `"lokal" is none of local, external; did you mean "local"?`,
		"[branch.mod_x]\nmembers = [\"forum\"]":     "has no type",
		"[branch.mod_x]\npaths = [\"/etc/passwd\"]": "no path in the tree",
		"[branch.mod_x]\npaths = [\"../x\"]":        "no path in the tree",
		"[branch.mod_x]\npaths = [\"a//b\"]":        "no path in the tree",
		"[branch.mod_x]\npaths = [\"\"]":            "no path in the tree",
		"[branch.mod_x]\nrequires = [\"mod_y_z\"]":  "no underscore",
		"[branch.mod_x]\npublic = \"yes\"":          "want true or false",
	} {
		_, err := config.Load(config.Sources{Shared: shared(text), Rules: rules()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	load(t, config.Sources{Shared: shared("[branch.mod_x]\npaths = [\"mod/x/\", \"lib\"]\n")})
}

// Braces around what is no name are text. A tracker of which not all is set is told, so that
// somebody can say what is missing.
func TestTrackerTemplates(t *testing.T) {
	t.Parallel()
	got := load(t, config.Sources{User: user("tracker.kind = \"redmine\"\ntracker.version = \"{series} {} {1} { onto }\"")}).Tracker
	if got.Kind != "redmine" || got.Version != "{series} {} {1} { onto }" {
		t.Errorf("%+v", got)
	}
}

func TestUserPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"XDG_CONFIG_HOME": "/x", "HOME": "/home/ann"}, "/x/mgit/config.toml"},
		{map[string]string{"HOME": "/home/ann"}, "/home/ann/.config/mgit/config.toml"},
		{map[string]string{"XDG_CONFIG_HOME": "relative", "HOME": "/home/ann"}, "/home/ann/.config/mgit/config.toml"},
		{nil, ""},
	} {
		if got := config.UserPath(env(test.env)); got != test.want {
			t.Errorf("%v: %q, want %q", test.env, got, test.want)
		}
	}
}
