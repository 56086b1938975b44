package check_test

import (
	"os"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/tree"
)

// In all 14,000 files of a release nothing is taken for a leftover or a secret, even where nobody knows that they are
// upstream's. What has CRLF came from elsewhere and is in no thirdpartylibs.xml, and debugging is what it is: most of
// it are sentences for the log.
func TestWholeReleaseIsHardlyBlamed(t *testing.T) {
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	repo, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	o, err := repo.Store().Lookup(t.Context(), "v2.8.5^{tree}")
	if err != nil {
		t.Fatal(err)
	}
	s := &check.Subject{Options: check.Options{MaxFileSize: 2 << 20}, Tree: checktest.FilesOf(t.Context(), repo.Store(), o.ID)}
	err = tree.Diff(t.Context(), repo.Store(), git.EmptyTree, o.ID, func(c tree.Change) error {
		data, err := repo.Store().Blob(t.Context(), c.To.ID)
		s.Files = append(s.Files, &check.File{Path: c.Path, Before: []check.Blob{{}}, After: check.Blob{Mode: c.To.Mode, ID: c.To.ID, Data: data, Size: int64(len(data))}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	most := map[string]int{
		"conflict-marker": 0, "leftover-file": 0, "byte-order-mark": 0, "config-file": 0, "secret": 0, "symlink-outside": 0, "mode-change": 0,
		"built-js": 0, check.RuleFailed: 0, "large-file": 1, "line-ends": 17, "debug-output": 45,
	}
	result, err := check.Run(t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
		if _, asked := most[r.ID]; asked {
			return r.Severity
		}
		return check.Off
	}})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	for _, f := range result.Findings {
		if f.Rule == "debug-output" && f.Severity == check.Warning {
			continue
		}
		found[f.Rule]++
		t.Logf("%s %s", f, f.Text)
	}
	for rule, most := range most {
		if found[rule] > most {
			t.Errorf("%s is found %d times, at most %d are known", rule, found[rule], most)
		}
	}
	if len(s.Files) < 14000 {
		t.Errorf("only %d files were judged", len(s.Files))
	}
}
