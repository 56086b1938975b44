package job_test

import (
	"testing"

	"mgit/internal/job"
)

// The releases of a clone are listed by what their tags say, and a tag that only has the name is one too.
func TestListReleases(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum")
	made := f.tagged(allowed)
	f.Git("tag", "lu-moodle-lu_v4.1.0-9", deployment)
	list := func(series string) []job.ListedRelease {
		report, err := job.ListReleases(t.Context(), f.open(""), job.ReleaseListRequest{Series: series})
		if err != nil {
			t.Fatal(err)
		}
		return report.Releases
	}
	all := list("")
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	r := all[0]
	if r.Tag != made.Tag || r.Target != deployment || r.Branches != 2 || r.Moodle.Tag != "v4.1.0" || r.When == nil || r.Fault != "" || r.Signed || r.Form != "short" {
		t.Errorf("%+v", r)
	}
	if bare := all[1]; bare.Tag != "lu-moodle-lu_v4.1.0-9" || bare.Fault == "" || bare.When != nil || bare.Branches != 0 {
		t.Errorf("%+v", bare)
	}
	if some := list("4.1"); len(some) != 1 || some[0].Tag != made.Tag {
		t.Errorf("of 4.1: %+v", some)
	}
	if none := list("4.5"); len(none) != 0 {
		t.Errorf("of 4.5: %+v", none)
	}
}
