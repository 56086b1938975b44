package main

import (
	"bytes"
	"strings"
	"testing"

	"mgit/internal/job"
)

// Every rule by which a reference can be refused has a row: its name is what --allow takes and `mgit help`
// explains.
func TestPushRulesAreExplained(t *testing.T) {
	t.Parallel()
	for _, rule := range job.PushRules() {
		if k, ok := kindByID(rule); !ok || k.exit != exitRefused {
			t.Errorf("the rule %q has no row in kinds()", rule)
		}
	}
}

func TestPushExit(t *testing.T) {
	t.Parallel()
	report := func(reachable bool, refs ...job.PushedRef) *job.PushReport {
		return &job.PushReport{Remotes: []job.PushedRemote{{Reachable: true, Refs: refs}, {Reachable: reachable}}}
	}
	fine := job.PushedRef{Outcome: job.PushPushed}
	lost := job.PushedRef{Outcome: job.PushRefused, Rule: job.RuleLease}
	failed := job.PushedRef{Outcome: job.PushFailed}
	secret := job.PushedRef{Outcome: job.PushRefused, Rule: "push-content"}
	for name, test := range map[string]struct {
		report *job.PushReport
		want   int
	}{
		"all went":           {report(true, fine), exitDone},
		"a lease":            {report(true, fine, lost), exitParked},
		"a failure":          {report(true, fine, failed), exitParked},
		"a rule":             {report(true, fine, lost, secret), exitRefused},
		"no answer":          {report(false, fine, lost), exitUnreachable},
		"a rule, no answer":  {report(false, secret), exitRefused},
		"nothing to be done": {&job.PushReport{}, exitDone},
	} {
		if got := pushExit(test.report); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// What a remote or a colleague wrote cannot steer the terminal.
func TestPushIsPrintable(t *testing.T) {
	t.Parallel()
	evil := "\x1b[2Jx\x07"
	var out bytes.Buffer
	c := &call{}
	report := &job.PushReport{
		Servers: []string{evil},
		Remotes: []job.PushedRemote{
			{Name: evil, URL: evil, Role: "internal", Reachable: true, Refs: []job.PushedRef{
				{Name: evil, To: "refs/heads/" + evil + "y", Outcome: job.PushPushed},
				{Name: evil, Outcome: job.PushUpToDate, Reason: evil},
				{Name: evil, Outcome: job.PushFailed, Reason: evil},
				{Name: evil, Outcome: job.PushRefused, Rule: job.RuleLease, Reason: evil, Look: []string{evil}},
			}},
			{Name: evil, Reason: evil},
		},
	}
	if err := c.writePush(&out, newPalette(false), report); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\x07") || strings.Count(got, `\033[2Jx\a`) != 14 {
		t.Errorf("%d times:\n%q", strings.Count(got, `\033[2Jx\a`), got)
	}
}
