package job_test

import (
	"testing"

	"mgit/internal/job"
)

// Where a method was added before the end of a class, who had changed that end before it, and changed it back, has
// nothing to do with the method.
func TestWhoChangedTheLineBesideIsNotNamed(t *testing.T) {
	t.Parallel()
	const old = "LUVLE-4.1-hack-core-method"
	f := newFixture(t)
	class := func(methods, end string) string { return "<?php\nclass a {\n    one();\n" + methods + end + "\n" }
	f.Git("checkout", "-q", "v4.1.0")
	f.Write("class.php", class("", "}"))
	f.Commit("MDL-600 core: what there was")
	f.Git("tag", "-f", "-a", "-m", "MOODLE_401", "v4.1.0")
	f.Grow(old, "v4.1.0", "class.php", class("    mine();\n", "}"))
	f.Git("cherry-pick", "v4.5.0^{commit}")
	for _, c := range []struct{ message, text string }{
		{"MDL-601 core: the end has a comment", class("", "} // End.")},
		{"MDL-602 core: the end has none", class("", "}")},
		{"MDL-603 core: another method", class("    theirs();\n", "}")},
	} {
		f.Write("class.php", c.text)
		f.Commit(c.message)
	}
	f.Git("tag", "-f", "-a", "-m", "MOODLE_405", "v4.5.0")
	f.Git("update-ref", "refs/remotes/upstream/main", "HEAD")
	if _, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0"}, false); err != nil {
		t.Fatal(err)
	}
	d, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: old})
	if err != nil || len(d.Files) != 1 || len(d.Files[0].Hunks) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	h := d.Files[0].Hunks[0]
	if len(h.Upstream) != 1 || h.Upstream[0].MDL != "MDL-603" {
		t.Errorf("changed by %+v", h.Upstream)
	}
	if h.Within != "class a {" {
		t.Errorf("within %q", h.Within)
	}
}
