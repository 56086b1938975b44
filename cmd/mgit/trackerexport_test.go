package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
)

// Whatever a branch is called, its file has a name that every file system takes, and no
// other one has it, also where case makes no difference.
func TestExportNames(t *testing.T) {
	t.Parallel()
	names := []string{
		"LUVLE-4.1-hack-mod_forum-subject", "a/b", "a-b", "A-B", "a b", "index", "INDEX", "con", "nul.x", "com1", ".hidden", "..", "-rf", "--output", "x.",
		"ünï", "unï", strings.Repeat("long", 60), strings.Repeat("long", 61), "a\nb", "a\x00b", `a\b`, "a:b", "../../etc/passwd", "]( x", "<!--", "%2e%2e", "\xff", "-", "",
	}
	var branches []job.ExportedBranch
	for _, name := range names {
		branches = append(branches, job.ExportedBranch{Name: name})
	}
	got := exportNames(branches)
	if got["LUVLE-4.1-hack-mod_forum-subject"] != "LUVLE-4.1-hack-mod_forum-subject.md" {
		t.Errorf("an ordinary name became %q", got["LUVLE-4.1-hack-mod_forum-subject"])
	}
	safe := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,115}\.md$`)
	reserved := regexp.MustCompile(`(?i)^(index|con|prn|aux|nul|com[0-9]|lpt[0-9])\.`)
	seen := make(map[string]string)
	for _, name := range names {
		file := got[name]
		if !safe.MatchString(file) || reserved.MatchString(file) {
			t.Errorf("%q became %q", name, file)
		}
		if other, ok := seen[strings.ToLower(file)]; ok {
			t.Errorf("%q and %q became %q", name, other, file)
		}
		seen[strings.ToLower(file)] = name
	}
	slices.Reverse(branches)
	if !maps.Equal(exportNames(branches), got) {
		t.Error("names depend on the order of branches")
	}
}

func exported(names ...string) *job.TrackerExport {
	x := &job.TrackerExport{Series: "4.5", From: "4.1", Subject: "Upgrade of <b>LU</b>", Branches: []job.ExportedBranch{}}
	when := time.Date(2026, 11, 26, 23, 0, 0, 0, time.FixedZone("", -7200))
	for _, name := range names {
		x.Branches = append(x.Branches, job.ExportedBranch{
			Name: name, State: "moved", Done: true, Owner: "Ann\n# Example", Description: "text\n",
			Items: []job.ExportedItem{{When: &when, Who: "Bob *x*", Text: "a note"}, {Text: "what a run did"}},
		})
	}
	return x
}

// What stands in names makes neither headings nor links nor HTML.
func TestExportDocument(t *testing.T) {
	t.Parallel()
	got := exportDocument(exported("a](http://x) <script>"))
	want := "\n## `a](http://x)` `<script>`\n\n**moved**, Ann `#` Example\n\ntext\n\n---\n\n**2026-11-27, Bob `*x*`**\n\na note\n\n---\n\nwhat a run did\n"
	if !strings.HasPrefix(got, "# Upgrade of `<b>LU</b>` ") && !strings.HasPrefix(got, "# Upgrade of `<b>LU</b>`\n") || !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
	if !strings.Contains(got, "\n- [x] `a](http://x)` `<script>`: moved, Ann `#` Example\n") {
		t.Errorf("%s", got)
	}
}

// A folder is what the export says afterwards, and nothing else in it is lost.
func TestExportFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "b")
	write := func(names ...string) *exportPlan {
		t.Helper()
		p, err := planExport(folder, exportFiles(exported(names...)))
		if err == nil {
			err = p.apply(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	listed := func() string {
		t.Helper()
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	if p := write("one", "two"); listed() != "index.md one.md two.md" || len(p.written) != 3 || !slices.Equal(p.names(), []string{"index.md", "one.md", "two.md"}) {
		t.Errorf("%s: %+v", listed(), p)
	}
	if p := write("one", "two"); len(p.written)+len(p.remove) != 0 {
		t.Errorf("again: %+v", p)
	}
	// An export that was killed has left a draft.
	if err := os.WriteFile(filepath.Join(folder, exportDraft), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if p := write("two", "three"); listed() != "index.md three.md two.md" || !slices.Equal(p.written, []string{"index.md", "three.md"}) {
		t.Errorf("%s: %+v", listed(), p)
	}
	for _, foreign := range []string{"notes.md", "notes.txt", "four.md"} {
		path := filepath.Join(folder, foreign)
		if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := planExport(folder, exportFiles(exported("four"))); err == nil || !strings.Contains(err.Error(), foreign) {
			t.Errorf("%s: %v", foreign, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "outside.md")
	if err := os.WriteFile(outside, []byte(exportMark), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "four.md")); err != nil {
		t.Fatal(err)
	}
	if _, err := planExport(folder, exportFiles(exported("four"))); err == nil {
		t.Error("a link is written through")
	}
	if _, err := planExport(outside, exportFiles(exported("four"))); err == nil {
		t.Error("a file is a folder")
	}
}
