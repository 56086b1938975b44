package job_test

import (
	"testing"

	"mgit/internal/job"
)

// Every branch is listed with its issue, and with what both sides last agreed on.
func TestTrackerIssues(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	issues := func(r *job.TrackerReport) []job.TrackerIssue { return r.Upgrades[0].Issues }
	before := issues(f.trackerStatus(nil, func(r *job.TrackerRequest) {
		r.Dial, r.Offline = trackerRequest(fake.Client("mgit")).Dial, true
	}))
	if len(before) != 2 || before[0].Issue != "" || before[0].URL != "" || before[0].State != "todo" || before[0].Agreed != "" || before[0].Untold == 0 && before[0].Notes != 0 {
		t.Fatalf("before the first sync: %+v", before)
	}
	f.trackerSync(fake.Client("mgit"))
	f.setOwner(names[1], "Bob Example")
	report := f.trackerStatus(fake.Client("mgit"))
	after := issues(report)
	issue := issueOf(t, fake, names[1])
	want := job.TrackerIssue{
		Branch: names[1], NewName: after[1].NewName, Issue: "#" + issue.ID, URL: "https://redmine.example.org/issues/" + issue.ID,
		Subject: issue.Subject, State: "todo", Owner: "Bob Example", Agreed: "todo", Status: "New", Notes: after[1].Notes,
	}
	if after[1] != want {
		t.Errorf("\n%+v\nwant\n%+v", after[1], want)
	}
	if u := report.Upgrades[0]; u.URL == "" || u.URL == want.URL {
		t.Errorf("the upgrade's issue is at %q", u.URL)
	}
}
