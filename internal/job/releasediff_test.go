package job_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/job"
)

func (f *fixture) compared(request job.ReleaseDiffRequest) *job.ReleaseDiff {
	f.t.Helper()
	d, err := job.DiffReleases(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// branchesSaid puts the branches of a comparison into words.
func branchesSaid(d *job.ReleaseDiff) string {
	var b strings.Builder
	for _, c := range d.Branches {
		b.WriteString(c.Change + " " + c.Key)
		for _, x := range c.Commits {
			b.WriteString(" +" + x.Subject)
		}
		for _, x := range c.Gone {
			b.WriteString(" -" + x.Subject)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDiffReleases(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.shared("mgit.toml", "format = 1\n\n[branch.mod_forum]\norigin = \"local\"\nreason = \"Longer subjects.\"\nticket = \"LU-12\"\n")
	f.Git("branch", "later", "LUVLE-4.1-hack-core_course")
	f.Git("branch", "-D", "LUVLE-4.1-hack-core_course")
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum")
	first := f.tagged().Tag

	// One comes, one changes, one goes, and Moodle is newer.
	f.Git("branch", "-m", "later", "LUVLE-4.1-hack-core_course")
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/more.php", "<?php\n")
	f.Git("branch", "-D", "LUVLE-4.1-feature-local_greeting", deployment)
	f.Git("branch", deployment, "v4.1.1^{commit}")
	f.deploy("LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	d := f.compared(job.ReleaseDiffRequest{From: first, To: deployment})
	const want = "came core_course +change course/lib.php +change lib.php\n" +
		"went local_greeting -change local/greeting/version.php -change lib.php\n" +
		"changed mod_forum +change mod/forum/more.php\n"
	if got := branchesSaid(d); got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
	if d.From.Kind != "release" || d.To.Kind != "history" || d.From.Upstream.Tag != "v4.1.0" || d.To.Upstream.Tag != "v4.1.1" {
		t.Errorf("from %+v to %+v", d.From, d.To)
	}
	if c := d.Branches[2]; !c.Hack || c.Files != 2 || c.Ticket != "LU-12" || c.Why != "Longer subjects." {
		t.Errorf("%+v", c)
	}
	if d.Totals != (job.DiffTotals{Came: 1, Went: 1, Changed: 1, Hacks: 2}) {
		t.Errorf("%+v", d.Totals)
	}

	// Released, it is the same; against itself, nothing.
	second := f.tagged(allowed).Tag
	if got := branchesSaid(f.compared(job.ReleaseDiffRequest{From: first, To: second})); got != want {
		t.Errorf("as a release it says\n%s", got)
	}
	if d := f.compared(job.ReleaseDiffRequest{From: second, To: second}); len(d.Branches) != 0 || d.Totals.Same != 2 {
		t.Errorf("against itself: %+v", d)
	}
	// A tag that mgit did not make is read by its history.
	f.Git("tag", "old", second+"^{commit}")
	if d := f.compared(job.ReleaseDiffRequest{From: "old", To: second}); len(d.Branches) != 0 || d.From.Kind != "history" {
		t.Errorf("by its history: %+v", d)
	}
}

// What somebody did on the target itself is said, and what cancelled itself is not.
func TestDiffSaysWhatNoBranchExplains(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	first := f.tagged().Tag
	f.on(deployment, "config-dist.php", "<?php // on the server\n")
	second := f.tagged(allowed).Tag
	f.branch("quick-fix", "v4.1.0", "admin/fix.php", "<?php // quick\n")
	f.deploy("quick-fix")
	f.Git("branch", "-D", "quick-fix")
	said := func(from, to string) string {
		t.Helper()
		var b strings.Builder
		for _, o := range f.compared(job.ReleaseDiffRequest{From: from, To: to}).Others {
			b.WriteString(o.Change + " " + o.Kind + " " + o.Subject + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ from, to, want string }{
		{first, second, "came change change config-dist.php\n"},
		{second, first, "went change change config-dist.php\n"},
		{second, deployment, "came commit quick-fix\n"},
		{deployment, first, "went change change config-dist.php\nwent commit quick-fix\n"},
		{second, second, ""},
	} {
		if got := said(c.from, c.to); got != c.want {
			t.Errorf("from %s to %s:\n%s\nwant\n%s", c.from, c.to, got, c.want)
		}
	}

	// Taken back and once more, it is as it was.
	f.Git("checkout", "-q", deployment)
	f.Git("reset", "-q", "--hard", first)
	f.Write("admin/quick.php", "<?php\n")
	f.Commit("Quick")
	f.Git("revert", "--no-edit", "HEAD")
	f.Detach()
	third := f.tagged().Tag
	for _, pair := range [][2]string{{first, third}, {third, deployment}, {deployment, third}} {
		if got := said(pair[0], pair[1]); got != "" {
			t.Errorf("from %s to %s:\n%s", pair[0], pair[1], got)
		}
	}
}

// A branch that was carried to the next series has what is new, not all of it.
func TestDiffReleasesAcrossSeries(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.Git("branch", "-D", "LUVLE-4.1-hack-core_course", "LUVLE-4.1-feature-local_greeting")
	f.deploy("LUVLE-4.1-hack-mod_forum")
	first := f.tagged().Tag
	f.rebaseAll()
	f.on("LUVLE-4.5-hack-mod_forum", "mod/forum/new45.php", "<?php\n")
	const next = "LUVLE-4.5-deployment"
	if _, _, err := job.Assemble(t.Context(), f.open(""), job.AssembleRequest{Target: next}, false); err != nil {
		t.Fatal(err)
	}
	f.tagged(func(r *job.ReleaseRequest) { r.Target = next })
	d := f.compared(job.ReleaseDiffRequest{From: first, To: "lu-moodle-lu_v4.5.0-0"})
	if got := branchesSaid(d); got != "changed mod_forum +change mod/forum/new45.php\n" {
		t.Errorf("it says\n%s", got)
	}
	if c := d.Branches[0]; c.OldName != "LUVLE-4.1-hack-mod_forum" || c.Branch != "LUVLE-4.5-hack-mod_forum" {
		t.Errorf("%+v", c)
	}
	f.proveFar("lu-moodle-lu_v4.5.0-0")
}

func TestDiffOfAPath(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	// A program of the repository's settings, or an attribute, must not run.
	f.Git("config", "diff.external", "touch pwned")
	f.Git("config", "diff.evil.textconv", "touch pwned")
	f.branch("LUVLE-4.1-hack-core_odd", "v4.1.0", ".gitattributes", "* diff=evil\n", "odd\n[x]\xff.php", "<?php // odd\n", ":(top)x", "pathspec\n")
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course", "LUVLE-4.1-hack-core_odd")
	tag := f.tagged().Tag
	ask := func(path string) (*job.ReleaseDiff, error) {
		return job.DiffReleases(t.Context(), f.open(""), job.ReleaseDiffRequest{From: "v4.1.0", To: tag, Path: path})
	}
	for path, want := range map[string]string{
		"mod/forum": "+hack", "./mod/forum/lib.php": "+hack", "mod/forum/": "+hack", "odd\n[x]\xff.php": "+<?php // odd", `odd\n[x]\377.php`: "+<?php // odd", ":(top)x": "+pathspec",
	} {
		d, err := ask(path)
		if err != nil || !strings.Contains(d.Diff, want) || strings.Count(d.Diff, "diff --git") != 1 || strings.Contains(d.Diff, "\x1b") {
			t.Errorf("%q: %v\n%+v", path, err, d)
		}
	}
	for _, path := range []string{"nowhere", "mod/*", "../x", ":(glob)**"} {
		var usage *job.UsageError
		if d, err := ask(path); !errors.As(err, &usage) {
			t.Errorf("%q: %+v, %v", path, d, err)
		}
	}
	d, err := job.DiffReleases(t.Context(), f.open(""), job.ReleaseDiffRequest{From: "v4.1.0", To: tag, Path: "mod", Color: true})
	if err != nil || !strings.Contains(d.Diff, "\x1b[") {
		t.Errorf("with colours: %v\n%+v", err, d)
	}
	if _, err := f.TryGit("ls-files", "--error-unmatch", "--others", "pwned"); err == nil {
		t.Error("a program was run")
	}
	for _, name := range []string{"no-such", "-x", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-test"} {
		var usage *job.UsageError
		if _, err := job.DiffReleases(t.Context(), f.open(""), job.ReleaseDiffRequest{From: name, To: tag}); !errors.As(err, &usage) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
