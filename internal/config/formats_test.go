package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/config"
	"mgit/internal/resolution"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// examples returns the examples in docs/formats.md by the name of the file they show.
func examples(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash("../../docs/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?ms)^```toml (\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	if all := strings.Count(string(data), "```toml"); all == 0 || all != count(blocks) {
		t.Errorf("%d of %d examples have a name", count(blocks), all)
	}
	return blocks
}

func count(blocks map[string][]string) int {
	n := 0
	for _, texts := range blocks {
		n += len(texts)
	}
	return n
}

// Every example of a settings file is read without a complaint, and together they show every key.
func TestExamplesOfSettings(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for name, texts := range examples(t) {
		for _, text := range texts {
			src := config.Sources{Env: env(map[string]string{"MGIT_TRUST": strings.Repeat("0", 40)})}
			src.Shared.Commit = strings.Repeat("0", 40)
			switch name {
			case "mgit.toml":
				src.Shared.Main = []byte(text)
			case "plugins.toml":
				src.Shared.Plugins = []byte(text)
			case "sites.toml":
				src.Shared.Sites = []byte(text)
			case "config.toml":
				src.User = user(text)
			case "upgrades/4.5.toml", "trackers/4.5.toml", "resolutions/meta.toml", "trust.toml", "decisions.toml":
				continue
			case "picks.toml", "disputes.toml": // lists of job's; here it counts that they can be edited
				document(t, text)
				continue
			default:
				t.Errorf("nobody reads the example of %s", name)
			}
			cfg := load(t, src)
			if w := cfg.Warnings(); len(w) > 0 {
				t.Errorf("%s: %v", name, w)
			}
			d := document(t, text)
			for _, pattern := range config.KeyPatterns() {
				shown[pattern] = shown[pattern] || has(d, nil, strings.Split(pattern, "."))
			}
		}
	}
	for _, pattern := range config.KeyPatterns() {
		if !shown[pattern] {
			t.Errorf("no example shows %s", pattern)
		}
	}
}

// has reports whether the document has a key below path that the pattern fits.
func has(d *config.Document, path, pattern []string) bool {
	if len(pattern) == 0 {
		return true
	}
	value, _ := d.Get(path...)
	table, _ := value.(map[string]any)
	for name := range table {
		if (pattern[0] == "*" || pattern[0] == name) && has(d, append(path[:len(path):len(path)], name), pattern[1:]) {
			return true
		}
	}
	return false
}

// The example of a ledger is written back as it stands there, and it shows every key.
func TestExampleOfALedger(t *testing.T) {
	t.Parallel()
	text := examples(t)["upgrades/4.5.toml"][0]
	l, err := upgrade.Parse("upgrades/4.5.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(data)); diff != "" {
		t.Error(diff)
	}
	shown := map[string]bool{}
	for _, e := range l.Entries {
		v := reflect.ValueOf(*e)
		for i := range v.NumField() {
			shown[v.Type().Field(i).Name] = shown[v.Type().Field(i).Name] || !v.Field(i).IsZero()
		}
		if e.State != "" && upgrade.StateAfter(e.Outcome, "") != e.State {
			t.Errorf("%s does not make a branch %s", e.Outcome, e.State)
		}
	}
	for name, isShown := range shown {
		if isUnknown := name == "Unknown"; isShown == isUnknown {
			t.Errorf("%s: shown is %t", name, isShown)
		}
	}
}

// The example of what a tracker was told is written back as it stands there, and it shows
// every key.
func TestExampleOfAMirror(t *testing.T) {
	t.Parallel()
	text := examples(t)["trackers/4.5.toml"][0]
	m, err := tracker.ParseMirror("trackers/4.5.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(data)); diff != "" {
		t.Error(diff)
	}
	for _, v := range []reflect.Value{reflect.ValueOf(*m), reflect.ValueOf(m.Branches["LUVLE-4.1-hack-mod_forum-subject"])} {
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).IsZero() != (name == "Unknown") {
				t.Errorf("%s: shown is %t", name, !v.Field(i).IsZero())
			}
		}
	}
}

func TestExampleOfAResolution(t *testing.T) {
	t.Parallel()
	folder := resolution.Folder + "/" + strings.Repeat("a1", 20) + "/"
	set, err := resolution.Parse(map[string][]byte{
		folder + "preimage":  []byte("<<<<<<<\na\n=======\nb\n>>>>>>>\n"),
		folder + "postimage": []byte("ab\n"),
		folder + "meta.toml": []byte(examples(t)["resolutions/meta.toml"][0]),
	})
	if err != nil || len(set) != 1 {
		t.Fatalf("%d, %v", len(set), err)
	}
	if m := set[0].Meta; m.Branch == "" || m.From == "" || m.Onto == "" || len(m.Paths) == 0 || m.Author == "" || m.Note == "" || m.Base == "" || m.Target == "" || m.Commit == "" || m.Result == "" || m.Created.IsZero() {
		t.Errorf("%+v", m)
	}
}

func TestExampleOfTrust(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := examples(t)["trust.toml"][0]
	if err := os.WriteFile(filepath.Join(dir, "trust.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := config.ReadTrust(dir)
	if err != nil {
		t.Fatal(err)
	}
	remote := "[remote.site]\nurl = \"git@git.example.org:moodle/site.git\"\nrole = \"internal\"\n"
	cfg := load(t, config.Sources{Shared: shared(remote), Trust: trust})
	if w := cfg.Warnings(); len(w) > 0 || len(cfg.Remotes) != 1 {
		if err := cfg.Confirm().Write(dir); err != nil {
			t.Fatal(err)
		}
		want, _ := os.ReadFile(filepath.Join(dir, "trust.toml"))
		t.Errorf("%v; a right example is\n%s", w, want)
	}
}

// The text names every key of the settings.
func TestFormatsNamesEveryKey(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.FromSlash("../../docs/formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(data), "")
	for _, pattern := range config.KeyPatterns() {
		last := pattern[strings.LastIndexByte(pattern, '.')+1:]
		if last == "*" {
			last, _, _ = strings.Cut(pattern, "*") // what a table is called
		}
		if !strings.Contains(prose, "`"+last) && !strings.Contains(prose, "."+last) {
			t.Errorf("%s is not described", pattern)
		}
	}
}
