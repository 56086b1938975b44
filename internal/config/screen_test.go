package config_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/config"
	"mgit/internal/git"
)

// The settings of the screen come from everywhere but the mgit branch, and the later place wins, key by key.
func TestScreen(t *testing.T) {
	t.Parallel()
	entry := func(key, value string) git.ConfigEntry {
		return git.ConfigEntry{Key: key, Value: value, Origin: "file:/home/u/.gitconfig", Scope: "global"}
	}
	cfg := load(t, config.Sources{
		Git: &git.ConfigValues{Entries: []git.ConfigEntry{
			entry("mgit.screen.theme", "light"), entry("mgit.screen.readonly", "true"), entry("mgit.screen.keys.all.half-page-up", "u"),
			entry("mgit.screen.keys.all.undo", "x"), entry("mgit.screen.keys.all.undo", "ctrl+x"), entry("mgit.screen.colors.good", "blue"),
		}},
		User: user("[screen.keys]\nbranches.group = [\"b\"]\n\"all.help\" = [\"f1\"]\n[screen.keys.all]\nundo = [\"w\"]\n"),
		Env:  env(map[string]string{"MGIT_SCREEN_THEME": "dark", "MGIT_SCREEN_MOUSE": "no"}),
	})
	want := config.Screen{
		Theme: "dark", ReadOnly: true, Colors: map[string]string{"good": "blue"},
		Keys: map[string][]string{"branches.group": {"b"}, "all.help": {"f1"}, "all.undo": {"w"}, "all.half-page-up": {"u"}},
	}
	if diff := cmp.Diff(want, cfg.Screen); diff != "" {
		t.Error(diff)
	}
}

func TestScreenInShared(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{Shared: shared("[screen]\ntheme = \"plain\"\nread_only = true\n[screen.keys]\nall.undo = [\"enter\"]\n")})
	if cfg.Screen.Theme != "auto" || cfg.Screen.ReadOnly || len(cfg.Screen.Keys) > 0 || !cfg.Screen.Mouse {
		t.Errorf("the mgit branch decides about the screen: %+v", cfg.Screen)
	}
	var ids []string
	for _, w := range cfg.Warnings() {
		ids = append(ids, w.ID)
		if !strings.HasPrefix(w.Text, "mgit.toml:") {
			t.Errorf("%s has no place", w.Text)
		}
	}
	if !slices.Equal(ids, []string{config.WarnScreenInShared, config.WarnScreenInShared, config.WarnScreenInShared}) {
		t.Errorf("warnings %q", ids)
	}
}

// What is wrong is said where it stands.
func TestScreenFaults(t *testing.T) {
	t.Parallel()
	src := config.Sources{User: user("[screen]\ntheme = \"blue\"\n[screen.keys.all]\nundo = 3\nundu = [\"x\"]\n")}
	src.Rules.Screen = func(s config.Screen) []config.Fault {
		var faults []config.Fault
		for action := range s.Keys {
			if action != "all.undo" {
				faults = append(faults, config.Fault{Path: []string{"keys", action}, Err: errors.New("there is no such action"), Meant: "all.undo"})
			}
		}
		return faults
	}
	_, err := config.Load(src)
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d %s: %s (%s)", p.Source.Line, p.Key, p.Text, p.Suggestion))
	}
	want := []string{
		`2 screen.theme: "blue" is none of auto, light, dark, plain ()`,
		`4 screen.keys."all.undo": want a list of texts, such as ["a", "b"] ()`,
		`5 screen.keys."all.undu": there is no such action (all.undo)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
