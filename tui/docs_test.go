package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/tui/keymap"
	"mgit/tui/tuitest"
)

// The chapter about keys in docs/screen.md is the table; -update writes it.
func TestKeysInTheDocs(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.FromSlash("../docs/screen.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), "\n## Keys\n")
	chapter, after, more := strings.Cut(rest, "\n## ")
	at := strings.Index(chapter, "### ")
	if !found || !more || at < 0 {
		t.Fatalf("%s has no chapter Keys with a table for each view", path)
	}
	want := chapter[:at] + keys.Markdown(3)
	if tuitest.Updates() && want != chapter {
		if err := os.WriteFile(path, []byte(before+"\n## Keys\n"+want+"\n## "+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, chapter); diff != "" {
		t.Errorf("the table of keys (-) is not what %s says (+); -update writes it:\n%s", path, diff)
	}
}

// Every action says what it does, and every hint has a word.
func TestKeysSayWhatTheyDo(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range keys.Contexts() {
		for _, b := range keys.Bindings(c) {
			if b.Help == "" || b.Hint && b.Short == "" {
				t.Errorf("%s says nothing: %+v", b.Action, b)
			}
			for _, key := range b.Keys {
				if !IsKey(key) {
					t.Errorf("%s: %q is no key", b.Action, key)
				}
			}
		}
	}
	for _, name := range []string{"", "ctrl-x", "Enter", "xx", "f13", "\xff", "ctrl+"} {
		if IsKey(name) {
			t.Errorf("%q is taken for a key", name)
		}
	}
}

// A word in the line of hints is the same key in every view.
func TestOneWordOneKey(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]keymap.Binding{}
	for _, c := range keymap.Order()[1:] {
		for _, b := range keys.Bindings(c) {
			if b.Short == "" {
				continue
			}
			if other, found := first[b.Short]; found && !slices.Equal(other.Keys, b.Keys) {
				t.Errorf("%q is %q for %s and %q for %s", b.Short, other.Keys, other.Action, b.Keys, b.Action)
			}
			first[b.Short] = b
		}
	}
}
