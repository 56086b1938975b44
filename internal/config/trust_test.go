package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/config"
)

const site = `
[remote.moodle]
url = "https://github.com/moodle/moodle.git"
role = "upstream"
[remote.site]
url = "https://git.example.org/site.git"
role = "internal"
[tracker]
kind = "redmine"
url = "https://redmine.example.org"
[public]
internal_tickets = ['LU-\d+']
[branch.mod_forum]
owner = "Ann"
public = true
`

// confirmed returns the trust of a clone in which the settings in text were confirmed, by way of the file.
func confirmed(t *testing.T, files config.SharedFiles) *config.Trust {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mgit")
	if err := load(t, config.Sources{Shared: files}).Confirm().Write(dir); err != nil {
		t.Fatal(err)
	}
	trust, err := config.ReadTrust(dir)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func hasWarning(cfg *config.Config, id string) bool {
	for _, w := range cfg.Warnings() {
		if w.ID == id {
			return true
		}
	}
	return false
}

// What was never confirmed is not in force.
func TestNothingIsInForceBeforeItIsConfirmed(t *testing.T) {
	t.Parallel()
	files := shared(site)
	files.Plugins = []byte("format = 1\n[plugin.mod_x]\nurl = \"https://x.org/a\"\ntags = \"v*\"\n")
	cfg := load(t, config.Sources{Shared: files})
	if len(cfg.Remotes) > 0 || cfg.Tracker.URL != "" || cfg.Public.InternalTickets != nil || cfg.Records["mod_forum"].Public {
		t.Errorf("in force: %+v, %+v, %+v, %+v", cfg.Remotes, cfg.Tracker, cfg.Public, cfg.Records)
	}
	if !cfg.Public.Pending || !hasWarning(cfg, config.WarnPending) {
		t.Error("nothing says that it is pending")
	}
	if p := cfg.Plugins["mod_x"]; p.URL != "" || p.Tags != "v*" {
		t.Errorf("%+v", p)
	}
	want := []config.PendingChange{
		{Key: "branch.mod_forum.public", New: `true`},
		{Key: "plugin.mod_x.url", New: `"https://x.org/a"`},
		{Key: "public.internal_tickets", New: `["LU-\\d+"]`},
		{Key: "remote.moodle.role", New: `"upstream"`},
		{Key: "remote.moodle.url", New: `"https://github.com/moodle/moodle.git"`},
		{Key: "remote.site.role", New: `"internal"`},
		{Key: "remote.site.url", New: `"https://git.example.org/site.git"`},
		{Key: "tracker.kind", New: `"redmine"`},
		{Key: "tracker.url", New: `"https://redmine.example.org"`},
	}
	if diff := cmp.Diff(want, cfg.Pending()); diff != "" {
		t.Error(diff)
	}
}

func TestConfirmedIsInForce(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{Shared: shared(site), Trust: confirmed(t, shared(site))})
	if len(cfg.Pending()) > 0 || len(cfg.Remotes) != 2 || cfg.Tracker.URL == "" || cfg.Public.Pending || !cfg.Records["mod_forum"].Public {
		t.Errorf("%v, %+v", cfg.Pending(), cfg)
	}
}

// After all was confirmed once, a push changes one thing.
func TestAChangeThatArrives(t *testing.T) {
	t.Parallel()
	trust := confirmed(t, shared(site))
	remotes := func(cfg *config.Config) string {
		var names []string
		for _, r := range cfg.Remotes {
			names = append(names, r.Name+"="+r.Role+"="+r.URL)
		}
		return strings.Join(names, " ")
	}
	const moodle, internal = "moodle=upstream=https://github.com/moodle/moodle.git", "site=internal=https://git.example.org/site.git"
	for _, test := range []struct {
		name, old, new string
		pending        []config.PendingChange
		check          func(*config.Config) bool
	}{
		{
			"a role is changed: the remote has none", `role = "internal"`, `role = "public"`,
			[]config.PendingChange{{Key: "remote.site.role", Old: `"internal"`, New: `"public"`}},
			func(c *config.Config) bool { return remotes(c) == moodle },
		},
		{
			"a URL is changed: the role does not go with it", "git.example.org/site", "evil.org/site",
			[]config.PendingChange{{Key: "remote.site.url", Old: `"https://git.example.org/site.git"`, New: `"https://evil.org/site.git"`}},
			func(c *config.Config) bool { return remotes(c) == moodle },
		},
		{
			"upstream becomes internal: it stays upstream", `role = "upstream"`, `role = "internal"`,
			[]config.PendingChange{{Key: "remote.moodle.role", Old: `"upstream"`, New: `"internal"`}},
			func(c *config.Config) bool { return remotes(c) == moodle+" "+internal },
		},
		{
			"a remote is added", "[tracker]", "[remote.spy]\nurl = \"https://evil.org/a\"\nrole = \"internal\"\n[tracker]",
			[]config.PendingChange{{Key: "remote.spy.role", New: `"internal"`}, {Key: "remote.spy.url", New: `"https://evil.org/a"`}},
			func(c *config.Config) bool { return remotes(c) == moodle+" "+internal },
		},
		{
			"a remote is taken away", "[remote.site]\nurl = \"https://git.example.org/site.git\"\nrole = \"internal\"\n", "",
			[]config.PendingChange{
				{Key: "remote.site.role", Old: `"internal"`},
				{Key: "remote.site.url", Old: `"https://git.example.org/site.git"`},
			},
			func(c *config.Config) bool { return remotes(c) == moodle },
		},
		{
			"a URL that is an option", "https://git.example.org/site.git", "--upload-pack=touch /tmp/x",
			[]config.PendingChange{{Key: "remote.site.url", Old: `"https://git.example.org/site.git"`}},
			func(c *config.Config) bool { return remotes(c) == moodle && hasWarning(c, config.WarnUnsafeURL) },
		},
		{
			"a URL that runs a command", "https://git.example.org/site.git", "ext::sh -c x",
			[]config.PendingChange{{Key: "remote.site.url", Old: `"https://git.example.org/site.git"`}},
			func(c *config.Config) bool { return remotes(c) == moodle && hasWarning(c, config.WarnUnsafeURL) },
		},
		{
			"the tracker moves to another host", "redmine.example.org", "evil.org",
			[]config.PendingChange{{Key: "tracker.url", Old: `"https://redmine.example.org"`, New: `"https://evil.org"`}},
			func(c *config.Config) bool { return c.Tracker.URL == "" },
		},
		{
			"the rules for what is public are loosened: they stay", `['LU-\d+']`, `[]`,
			[]config.PendingChange{{Key: "public.internal_tickets", Old: `["LU-\\d+"]`, New: `[]`}},
			func(c *config.Config) bool {
				return c.Public.Pending && cmp.Equal(c.Public.InternalTickets, []string{`LU-\d+`})
			},
		},
		{
			"another branch becomes public", "[tracker]", "[branch.core-secret]\npublic = true\n[tracker]",
			[]config.PendingChange{{Key: "branch.core-secret.public", New: "true"}},
			func(c *config.Config) bool { return !c.Records["core-secret"].Public && c.Records["mod_forum"].Public },
		},
		{
			"a branch is public no more", "public = true", "public = false",
			[]config.PendingChange{{Key: "branch.mod_forum.public", Old: "true"}},
			func(c *config.Config) bool { return !c.Records["mod_forum"].Public },
		},
		{
			"what opens no gate is in force at once", `owner = "Ann"`, `owner = "Bob"`, nil,
			func(c *config.Config) bool {
				return c.Records["mod_forum"].Owner == "Bob" && remotes(c) == moodle+" "+internal
			},
		},
		{
			"comments and order do not matter", "[remote.site]", "# hello\n[remote.site]", nil,
			func(c *config.Config) bool { return remotes(c) == moodle+" "+internal },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(site, test.old, test.new, 1)
			if text == site {
				t.Fatal("nothing was changed")
			}
			cfg := load(t, config.Sources{Shared: shared(text), Trust: trust})
			if diff := cmp.Diff(test.pending, cfg.Pending()); diff != "" {
				t.Error(diff)
			}
			if !test.check(cfg) {
				t.Errorf("%s; %+v", remotes(cfg), cfg)
			}
		})
	}
}

// Rules that wait may be stricter, so nothing is public before they are confirmed.
func TestNoRemoteIsPublicWhileTheRulesArePending(t *testing.T) {
	t.Parallel()
	own := user("[remote.fixes]\nurl = \"https://github.com/luvle/moodle\"\nrole = \"public\"\n")
	rule := shared("public.internal_words = [\"secret\"]\n")
	if cfg := load(t, config.Sources{User: own, Shared: rule}); len(cfg.Remotes) > 0 {
		t.Errorf("%+v", cfg.Remotes)
	}
	if cfg := load(t, config.Sources{User: own, Shared: rule, Trust: confirmed(t, rule)}); len(cfg.RemotesWith("public")) != 1 {
		t.Errorf("%+v", cfg.Remotes)
	}
}

// Commands come from git config and the user's own files only.
func TestCommandsOnTheSharedBranchAreIgnored(t *testing.T) {
	t.Parallel()
	text := "editor = \"touch /tmp/x\"\npager = \"x\"\nphp = \"x\"\n[hooks]\nafter = \"x\"\n[builders]\namd = \"x\"\n"
	files := shared(text)
	cfg := load(t, config.Sources{Shared: files, Env: env(map[string]string{"MGIT_TRUST": files.Commit})})
	if cfg.Editor+cfg.Pager+cfg.PHP != "" || len(cfg.Hooks)+len(cfg.Builders) > 0 {
		t.Errorf("%+v", cfg)
	}
	count := 0
	for _, w := range cfg.Warnings() {
		if w.ID == config.WarnCommandInShared && strings.HasPrefix(w.Text, "mgit.toml:") {
			count++
		}
	}
	if count != 5 {
		t.Errorf("%d warnings: %v", count, cfg.Warnings())
	}
	own := load(t, config.Sources{Shared: files, Git: gitConfig("mgit.editor", "vim"), Clone: clone("php = \"/usr/bin/php\"")})
	if own.Editor != "vim" || own.PHP != "/usr/bin/php" {
		t.Errorf("editor %q, php %q", own.Editor, own.PHP)
	}
}

func TestOwnSettingsNeedNoConfirmation(t *testing.T) {
	t.Parallel()
	want := []config.Remote{{Name: "site", URL: "https://git.example.org/site.git", Role: "internal"}}
	text := "[remote.site]\nurl = \"https://git.example.org/site.git\"\nrole = \"internal\"\n"
	for _, src := range []config.Sources{
		{User: user(text)},
		{Clone: clone(text)},
		{Git: gitConfig("mgit.remote.site.url", want[0].URL, "mgit.remote.site.role", "internal")},
	} {
		cfg := load(t, src)
		if diff := cmp.Diff(want, cfg.Remotes); diff != "" || len(cfg.Pending()) > 0 {
			t.Errorf("%s %v", diff, cfg.Pending())
		}
	}
	// A push cannot give another role to what git config names.
	cfg := load(t, config.Sources{Git: gitConfig("mgit.remote.site.url", want[0].URL, "mgit.remote.site.role", "internal"), Shared: shared("remote.site.role = \"public\"\n")})
	if diff := cmp.Diff(want, cfg.Remotes); diff != "" {
		t.Error(diff)
	}
}

func TestPinnedCommit(t *testing.T) {
	t.Parallel()
	files := shared(site)
	for pin, trusted := range map[string]bool{
		files.Commit:                  true,
		strings.ToUpper(files.Commit): true,
		files.Commit[:12]:             false,
		strings.Repeat("b2", 20):      false,
		"all":                         false,
	} {
		cfg := load(t, config.Sources{Shared: files, Env: env(map[string]string{"MGIT_TRUST": pin})})
		if isTrusted := len(cfg.Pending()) == 0 && len(cfg.Remotes) == 2; isTrusted != trusted || hasWarning(cfg, config.WarnTrustPin) == trusted {
			t.Errorf("MGIT_TRUST=%s: %v, %v", pin, cfg.Pending(), cfg.Warnings())
		}
	}
	files.Commit = ""
	if cfg := load(t, config.Sources{Shared: files, Env: env(map[string]string{"MGIT_TRUST": ""})}); len(cfg.Remotes) > 0 {
		t.Error("no pin confirms files of no commit")
	}
}

func TestTrustFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	src := config.Sources{Shared: shared(site)}
	if err := load(t, src).Confirm().Write(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "trust.toml")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	for what, data := range map[string]string{
		"cut off": string(whole[:len(whole)-40]),
		"edited":  strings.Replace(string(whole), "git.example.org", "evil.org", 1),
		"no TOML": "{",
		"newer":   strings.Replace(string(whole), "format = 1", "format = 2", 1),
		"empty":   "",
	} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		trust, err := config.ReadTrust(dir)
		if err != nil {
			t.Fatal(err)
		}
		src.Trust = trust
		if cfg := load(t, src); len(cfg.Remotes) > 0 || !hasWarning(cfg, config.WarnTrustDamaged) {
			t.Errorf("%s: %+v, %v", what, cfg.Remotes, cfg.Warnings())
		}
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if src.Trust, err = config.ReadTrust(dir); err != nil {
		t.Fatal(err)
	}
	if cfg := load(t, src); len(cfg.Remotes) > 0 || hasWarning(cfg, config.WarnTrustDamaged) {
		t.Errorf("deleted: %+v, %v", cfg.Remotes, cfg.Warnings())
	}
}

// A command that wrote one value itself confirms this value and no other.
func TestConfirmKeys(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{Shared: shared(site)})
	trust := cfg.ConfirmKeys(&config.Trust{}, "branch.mod_forum.public")
	cfg = load(t, config.Sources{Shared: shared(site), Trust: trust})
	if !cfg.Records["mod_forum"].Public || len(cfg.Remotes) > 0 {
		t.Errorf("%+v, %+v", cfg.Records, cfg.Remotes)
	}
	gone := load(t, config.Sources{Shared: shared(""), Trust: trust})
	if len(gone.Pending()) != 1 {
		t.Error(gone.Pending())
	}
	trust = gone.ConfirmKeys(trust, "branch.mod_forum.public")
	if left := load(t, config.Sources{Shared: shared(""), Trust: trust}).Pending(); len(left) > 0 {
		t.Error(left)
	}
}

// Without the rules of package remote no URL and no role is accepted.
func TestWithoutRulesNothingIsAccepted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"remote.a.url = \"https://x.org/a\"", "remote.a.role = \"internal\""} {
		if _, err := config.Load(config.Sources{User: user(text)}); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
