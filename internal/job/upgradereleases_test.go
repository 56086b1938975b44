package job_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
)

// The releases that an upgrade can go to are those of newer series, with what is known of
// each; of what the clone has, not of what Moodle has made.
func TestReleases(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("tag", "v4.5.1-rc1", "v4.5.0") // no name of Moodle's
	f.Git("tag", "v4.5.0-rc1", "v4.5.0")
	f.branch(stuck, "v4.1.0", "lib.php", text(40, map[int]string{5: "ours"}))
	read := func(series string) (*job.ReleasesReport, error) {
		return job.Releases(t.Context(), f.open(""), job.ReleasesRequest{Series: series, Now: time.Date(2025, 2, 4, 0, 0, 0, 0, time.UTC)})
	}
	want := func(r *job.ReleasesReport, err error, want string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, release := range r.Releases {
			words := []string{release.Tag, cmp.Or(release.From, "-"), release.Support.State}
			if release.First {
				words = append(words, "first")
			}
			if release.Newest {
				words = append(words, "newest")
			}
			got = append(got, strings.Join(words, " "))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
		}
	}
	r, err := read("")
	want(r, err, "v5.1.0 4.1 announced first newest, v4.5.0 4.1 general first newest")
	if r.Series != series(4, 1) || len(r.Upgrades) != 0 || r.Releases[1].Released != "2026-01-01" {
		t.Errorf("series %s, upgrades %+v, released %s", r.Series, r.Upgrades, r.Releases[1].Released)
	}
	r, err = read("4.5")
	want(r, err, "v5.1.0 4.1 announced first newest")
	r, err = read("4.0")
	want(r, err, "v5.1.0 4.1 announced first newest, v4.5.0 4.1 general first newest, v4.1.1 - security newest, v4.1.0 - security first")

	// While one upgrade is under way, it says what there is to go on from, although branches
	// of two series are there.
	f.rebaseAll()
	f.branch("LUVLE-4.5-hack-core-late", "v4.5.0", "late.php", "late\n")
	r, err = read("")
	want(r, err, "v5.1.0 4.5 announced first newest, v4.5.0 4.1 general first newest")
	if len(r.Upgrades) != 1 || r.Upgrades[0] != (job.BegunUpgrade{Series: "4.5", From: "4.1", Onto: "v4.5.0"}) {
		t.Errorf("upgrades %+v", r.Upgrades)
	}
	// The release of an upgrade is there as well when the branches are looked at from it.
	r, err = read("4.5")
	want(r, err, "v5.1.0 4.5 announced first newest, v4.5.0 4.1 general first newest")
	if _, err := read("next"); err == nil {
		t.Error("a series that is none was taken")
	}
}

// What a run moves is named by the dry run, and is what the run then moves.
func TestMovesAreNamedBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	dry, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if empty, err := dry.IsEmpty(); empty || err != nil {
		t.Errorf("three branches would change nothing: %v", err)
	}
	before := strings.Split(f.refs(), "\n")
	report, _ := f.rebaseAll()
	names := func(moves []job.RefMove) string {
		var all []string
		for _, m := range moves {
			all = append(all, m.Ref)
		}
		return strings.Join(all, ", ")
	}
	const want = "refs/heads/LUVLE-4.5-feature-mod_ouwiki, refs/mgit/parked/LUVLE-4.5-hack-core-stuck, refs/heads/LUVLE-4.5-hack-mod_forum-subject"
	if names(dry.Moves) != want || names(report.Moves) != want {
		t.Errorf("before %s\nafter  %s", names(dry.Moves), names(report.Moves))
	}
	for _, m := range report.Moves {
		if got := f.Git("rev-parse", m.Ref); got != m.New.String() || m.Old != (job.ID{}) {
			t.Errorf("%s is %s: %+v", m.Ref, got, m)
		}
	}
	// Beside them only the journal and the mgit branch have moved.
	after := strings.Split(f.refs(), "\n")
	if len(after) != len(before)+len(report.Moves)+1 {
		t.Errorf("%d references became %d by %d moves", len(before), len(after), len(report.Moves))
	}
	again, _ := f.rebaseAll()
	if empty, err := again.IsEmpty(); !empty || err != nil || len(again.Moves) != 0 {
		t.Errorf("a run that does nothing moves %+v: %v", again.Moves, err)
	}
}
