package check_test

import (
	"bytes"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

func TestJustification(t *testing.T) {
	t.Parallel()
	hack := func(change func(*check.Branch)) *checktest.Case {
		return adds("mod/forum/lib.php", "<?php\n").On(func(s *check.Subject) {
			s.Branch.Name, s.Branch.Type = "LUVLE-4.5-hack-mod_forum-subject", "hack"
			change(&s.Branch)
		})
	}
	elsewhere := func(reasoned bool, lacks ...string) func(*check.Subject) {
		return func(s *check.Subject) { s.Justified = func() (bool, []string) { return reasoned, lacks } }
	}
	committing := func(s *check.Subject) { s.Committing = true }
	findsIn(t, "justification", []odd{
		{"no record", hack(func(*check.Branch) {}), "justification"},
		{"a record without a reason", hack(func(b *check.Branch) { b.HasRecord = true }), "justification"},
		{"a reason", hack(func(b *check.Branch) { b.HasRecord, b.Reasoned = true, true }), ""},
		{"a reason that says too little", hack(func(b *check.Branch) { b.HasRecord, b.Reasoned, b.Lacks = true, true, []string{"a", "b"} }), "justification, justification"},
		{"said elsewhere", hack(func(*check.Branch) {}).On(elsewhere(true)), ""},
		{"said elsewhere in part", hack(func(b *check.Branch) { b.Reasoned = true }).On(elsewhere(true, "a")).On(func(s *check.Subject) { s.Committing = false }), "justification"},
		{"said nowhere", hack(func(*check.Branch) {}).On(elsewhere(false, "a")), "justification"},
		{"a reason, while a commit is made", hack(func(b *check.Branch) { b.Reasoned = true }).On(elsewhere(false)).On(committing), ""},
		{"said elsewhere, while a commit is made", hack(func(*check.Branch) {}).On(elsewhere(true)).On(committing), ""},
		{"said elsewhere what it lacks, while a commit is made", hack(func(b *check.Branch) { b.Reasoned, b.Lacks = true, []string{"a"} }).On(elsewhere(true)).On(committing), ""},
		{"a feature", hack(func(b *check.Branch) { b.Type = "feature" }), ""},
		{"a target", hack(func(b *check.Branch) { b.Kind = check.Target }), ""},
		{"where nothing is asked", hack(func(*check.Branch) {}).On(func(s *check.Subject) { s.Options.Justified = nil }), ""},
		{"another type that is asked", hack(func(b *check.Branch) { b.Type = "patch" }).On(func(s *check.Subject) { s.Options.Justified = []string{"hack", "patch"} }), "justification"},
		{"nothing changed", checktest.New().Core("4.5").On(func(s *check.Subject) { s.Branch.Type = "hack" }), ""},
	})
}

// What is missing is said, so that nobody looks for a record that is not there.
func TestWordsOfJustification(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*check.Branch){
		"nobody says why LUVLE changes core: it has no record":                         func(*check.Branch) {},
		"nobody says why LUVLE changes core: its record has neither reason nor ticket": func(b *check.Branch) { b.HasRecord = true },
		"why LUVLE changes core is said in part: it is temporary, and nobody has said until when\n": func(b *check.Branch) {
			b.Reasoned, b.Lacks = true, []string{"it is temporary, and nobody has said until when"}
		},
	} {
		c := adds("mod/forum/lib.php", "<?php\n").On(func(s *check.Subject) {
			s.Branch.Name, s.Branch.Type = "LUVLE", "hack"
			change(&s.Branch)
		})
		result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
		if err != nil || !strings.Contains(textOf(result.Findings), want) {
			t.Errorf("%+v, %v; want %q", result, err, want)
		}
	}
}

func TestHackMarkers(t *testing.T) {
	t.Parallel()
	core := "<?php\n" + strings.Repeat("f();\n", 5) + "g();\n" + strings.Repeat("h();\n", 5)
	at := func(old, text string) string { return strings.Replace(core, old, text, 1) }
	hack := func(path, text string) *checktest.Case {
		return changes(path, core, text).Upstream(map[string]string{path: core}).On(func(s *check.Subject) {
			s.Branch.Type = "hack"
			s.Options.IsMarker = func(line []byte) bool { return bytes.Contains(line, []byte("LUVLE")) }
		})
	}
	const p = "mod/forum/lib.php"
	cases := []odd{
		{"no marker", hack(p, at("g();\n", "g(1);\n")), "hack-marker " + p + ":7"},
		{"one in front", hack(p, at("g();\n", "// LUVLE\ng(1);\n")), ""},
		{"one behind", hack(p, at("g();\n", "g(1); // LUVLE\n")), ""},
		{"around", hack(p, at("g();\n", "// LUVLE begin\nx();\ny();\nz();\n// LUVLE end\ng();\n")), ""},
		{"one for two pieces", hack(p, at("g();\n", "// LUVLE\nx();\ng();\ny();\n")), ""},
		{"one far away", hack(p, at("g();\n", "g(1);\n")+"// LUVLE\n"), "hack-marker " + p + ":7"},
		{"two places", hack(p, "<?php\nx();\n"+core[6:]+"y();\n"), "hack-marker " + p + ":2, hack-marker " + p + ":14"},
		{"a new line in a marked place", changes(p, at("g();\n", "// LUVLE\nx();\n\n\n\n\ng();\n"), at("g();\n", "// LUVLE\nx();\n\n\n\ny();\n\ng();\n")).Upstream(map[string]string{p: core}).
			On(func(s *check.Subject) {
				s.Options.IsMarker = func(line []byte) bool { return bytes.Contains(line, []byte("LUVLE")) }
			}), ""},
		{"lines taken away", hack(p, at("g();\n", "")), ""},
		{"blank lines", hack(p, at("g();\n", "\n\ng();\n")), ""},
		{"back to upstream", changes(p, at("g();\n", "x();\n"), core).Upstream(map[string]string{p: core}).On(func(s *check.Subject) { s.Options.IsMarker = func([]byte) bool { return false } }), ""},
		{"no core", changes(p, core, at("g();\n", "x();\n")).Upstream(map[string]string{"lib/a.php": core}).On(func(s *check.Subject) { s.Options.IsMarker = func([]byte) bool { return false } }), ""},
		{"pieces of one change, and a marker behind the last", hack(p, at("g();\nh();\n", "x();\ng();\nx();\nh();\n// LUVLE\n")), ""},
		{"what is built", hack("mod/forum/amd/build/a.min.js", at("g();\n", "x();\n")), ""},
		{"what has no comments", hack("lib/a.json", at("g();\n", "x();\n")), ""},
		{"nobody knows markers", hack(p, at("g();\n", "x();\n")).On(func(s *check.Subject) { s.Options.IsMarker = nil }), ""},
		{"a target", hack(p, at("g();\n", "x();\n")).On(func(s *check.Subject) { s.Branch.Kind = check.Target }), ""},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result, err := check.Run(t.Context(), check.Request{Subject: test.of.Subject(t), Severity: func(r check.Rule) check.Severity {
				if r.ID == "hack-marker" {
					return check.Error
				}
				return check.Off
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(checktest.Lines(result.Findings), ", "); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
	findsIn(t, "hack-marker", []odd{{"unless it is asked for", hack(p, at("g();\n", "x();\n")), ""}})
}
