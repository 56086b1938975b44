package branches_test

import (
	"testing"

	"mgit/internal/branches"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	s, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"LUVLE-4.5-feture-mod_ouwiki":      "LUVLE-4.5-feature-mod_ouwiki",
		"LUVLE-4.5-haкk-mod_ouwiki":        "LUVLE-4.5-hack-mod_ouwiki",
		"LUVLE-4.5-Feature-mod_ouwiki":     "LUVLE-4.5-feature-mod_ouwiki",
		"LUVLE-4.5-fix-mod_ouwiki":         "",
		"luvle-4.5-hack-mod_forum-subject": "LUVLE-4.5-hack-mod_forum-subject",
		"LUVLE-405-hack-mod_forum":         "LUVLE-4.5-hack-mod_forum",
		"LUVLE-v4.5.3-hack-mod_forum":      "LUVLE-4.5-hack-mod_forum",
		"LUVLE-v4.5-hack-mod_forum":        "LUVLE-4.5-hack-mod_forum",
		"LUVLE-x-hack-mod_forum":           "",
		"LUVLE-4.5-hack-Mod_Forum":         "LUVLE-4.5-hack-mod_forum",
		"LUVLE-4.5-hack-mod_ou_wiki":       "LUVLE-4.5-hack-mod_ouwiki",
		"LUVLE-4.5-hack-local__ab-b+c-":    "LUVLE-4.5-hack-local_ab-b-c",
		"LUVLE-4.5-hack-ouwiki":            "",
		"LUVLE-4.5-hack":                   "",
		"LUVLE-4.5-hack-mod_forum":         "",
		"":                                 "",
	} {
		got, ok := s.Nearest(name)
		if ok != (want != "") || ok && got != want {
			t.Errorf("nearest to %q is %q, %v; want %q", name, got, ok, want)
		}
		if _, err := s.Parse(got); ok && err != nil {
			t.Errorf("nearest to %q is %q: %v", name, got, err)
		}
	}
}
