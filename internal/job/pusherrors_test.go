package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// What a plain push is refused for does not get there by `mgit push` either, with a dry run as without, and holds up
// nothing but what it belongs to.
func TestPushOfErrors(t *testing.T) {
	t.Parallel()
	const bad, set, quiz = "LUVLE-4.1-hack-mod_forum-words", "LUVLE-4.1-feature-set_exams", "LUVLE-4.1-hack-mod_quiz"
	var begin template
	build := func(dir string) {
		f := buildPublished(t, dir)
		f.two()
		f.branch(bad, "v4.1.0", "mod/forum/lib.php", "<?php\n<<<<<<< HEAD\n")
		f.branch(set, "v4.1.0", "mod/quiz/exams.txt", "exams\n")
		f.branch(quiz, "v4.1.0", "mod/quiz/lib.txt", ">>>>>>> theirs\n")
		f.shared("mgit.toml", "format = 1\n\n[branch.set_exams]\nmembers = [\"mod_quiz\"]\n\n[branch.mod_forum-words]\npublic = true\n")
		f.Git("config", "mgit.check.rules.message-subject", "off")
		f.Git("config", "mgit.check.rules.php-syntax", "off")
		f.confirmTrust()
	}
	for name, test := range map[string]struct {
		branch string
		do     func(f *fixture)
		by     func(*job.PushRequest)
		rule   string // "" for a branch that arrives
		reason string
	}{
		"errors":                            {branch: bad, by: judged(), rule: "push-errors", reason: "1 error in what is new there: mod/forum/lib.php:2: conflict marker"},
		"the error is let pass by its name": {branch: bad, by: judged("conflict-marker")},
		"all are let pass":                  {branch: bad, by: judged("push-errors")},
		"the error is there already": {
			branch: bad, by: judged(),
			do: func(f *fixture) { f.Git("push", "-q", "origin", bad); f.on(bad, "mod/forum/more.txt", "more\n") },
		},
		"a trailer lets it pass": {
			branch: bad, by: judged(),
			do: func(f *fixture) {
				f.Git("checkout", "-q", bad)
				f.Git("commit", "-q", "--amend", "-m", "words\n\nMgit-Allow: conflict-marker it is meant")
				f.Detach()
			},
		},
		"the rule is off":            {branch: bad, by: judged(), do: func(f *fixture) { f.Git("config", "mgit.check.rules.conflict-marker", "off") }},
		"what it belongs to":         {branch: set, by: judged(), rule: "push-together", reason: "it belongs to " + quiz},
		"a target is not judged":     {branch: deploy, by: judged()},
		"the mgit branch, merged":    {branch: forum, by: judged("scope", "core-changed"), do: mergesState(forum), rule: "push-merged", reason: "merges the mgit branch"},
		"… into a target":            {branch: deploy, by: judged(), do: mergesState(deploy), rule: "push-merged", reason: "merges the mgit branch"},
		"… and let pass":             {branch: deploy, by: judged("push-merged"), do: mergesState(deploy)},
		"… and let pass as the rule": {branch: deploy, by: judged("mgit-merged"), do: mergesState(deploy)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.fixture(t, build)
			f.branch("LUVLE-4.1-hack-mod_choice", "v4.1.0", "mod/choice/lib.txt", "fine\n")
			if test.do != nil {
				test.do(f)
			}
			there := f.tipAt("origin", test.branch)
			planned := pushed(t, f.push(test.by, dry), test.branch)
			report := f.push(test.by)
			r := pushed(t, report, test.branch)
			if planned.Outcome != r.Outcome || planned.Rule != r.Rule || planned.Reason != r.Reason {
				t.Errorf("the dry run said %+v", planned)
			}
			if test.rule == "" {
				if r.Outcome != job.PushPushed || f.tipAt("origin", test.branch) != f.tip(test.branch) || len(r.Findings) > 0 {
					t.Errorf("%+v", r)
				}
				return
			}
			if r.Outcome != job.PushRefused || r.Rule != test.rule || !strings.Contains(r.Reason, test.reason) || f.tipAt("origin", test.branch) != there {
				t.Errorf("%+v", r)
			}
			if (len(r.Findings) > 0) != (test.rule == "push-errors") || !report.IsRefused() {
				t.Errorf("findings: %+v", r.Findings)
			}
			if f.tipAt("origin", "LUVLE-4.1-hack-mod_choice") == "" {
				t.Error("what has no errors was held up")
			}
		})
	}
	// What the community gets is held against the same rules, by the commits that are new to it.
	f := begin.fixture(t, build)
	f.Git("push", "-q", "origin", bad)
	if r := pushed(t, f.push(named(bad), as("MDL-12345-main"), judged()), bad); r.Rule != "push-errors" {
		t.Errorf("to the public remote: %+v", r)
	}
}

// mergesState merges the mgit branch into another, as nobody should.
func mergesState(branch string) func(*fixture) {
	return func(f *fixture) {
		f.Git("checkout", "-q", branch)
		f.Git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "mgit")
		f.Detach()
	}
}

// A push does not wait for PHP for ever. What else there is to be found is found in all branches by then, and small ones
// have been asked about.
func TestGuardWaitsNotForPHP(t *testing.T) {
	t.Parallel()
	f := published(t)
	php := filepath.Join(t.TempDir(), "php")
	script := "#!/bin/sh\ncase $(cat) in\n*slow*) exec sleep 20;;\n*broken*) echo 'Parse error: syntax error, broken in Standard input code on line 1'; exit 255;;\nesac\n"
	if err := os.WriteFile(php, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	f.Git("config", "mgit.php", php)
	const large, small, none = "LUVLE-4.1-hack-mod_forum-large", "LUVLE-4.1-hack-mod_quiz-small", "LUVLE-4.1-hack-mod_quiz-text"
	f.branch(large, "v4.1.0", "mod/forum/a.php", "<?php\n// slow\n", "mod/forum/b.txt", "words\n")
	f.branch(small, "v4.1.0", "mod/quiz/a.php", "<?php\n// broken\n")
	f.branch(none, "v4.1.0", "mod/quiz/a.txt", "words\n", "mod/quiz/b.txt", "words\n", "mod/quiz/c.txt", "words\n")
	guard := func(branches ...string) (*job.GuardReport, error) {
		var lines strings.Builder
		for _, b := range branches {
			lines.WriteString("refs/heads/" + b + " " + f.tip(b) + " refs/heads/" + b + " " + nothing + "\n")
		}
		return job.CheckPush(t.Context(), f.open(""), job.GuardRequest{
			Remote: "origin", URL: f.at("origin").Path, Lines: []byte(lines.String()), PHPTime: time.Second / 2,
		})
	}
	_, err := guard(large, small, none)
	wantRefusal(t, "a small branch behind a large one", err, "push-errors", "1 error in what is new there: "+small+": mod/quiz/a.php:1: syntax error, broken [php-syntax]")
	report, err := guard(large, none)
	if err != nil || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0].Text, "what is new in 1 branch,") {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err = guard(none); err != nil || len(report.Warnings) > 0 {
		t.Errorf("without PHP in it: %+v, %v", report, err)
	}
	f.on(large, "mod/forum/b.txt", "<<<<<<< HEAD\n")
	_, err = guard(large, none)
	wantRefusal(t, "what the other rules find", err, "push-errors", "conflict marker")
}

// Where nobody knows what of a branch is the site's own it is not judged, and that is said: all of Moodle would be blamed.
func TestPushOfWhatBeginsNowhere(t *testing.T) {
	t.Parallel()
	f := published(t)
	const name = "LUVLE-4.1-hack-mod_forum-words"
	f.branch(name, "v4.1.0", "mod/forum/lib.txt", "<<<<<<< HEAD\n")
	guard := func(f *fixture) (*job.GuardReport, error) {
		line := "refs/heads/" + name + " " + f.tip(name) + " refs/heads/" + name + " " + nothing + "\n"
		return job.CheckPush(t.Context(), f.open(""), job.GuardRequest{Remote: "origin", URL: f.at("origin").Path, Lines: []byte(line)})
	}
	_, err := guard(f)
	wantRefusal(t, "with all of upstream", err, "push-errors", "conflict marker")

	without := published(t)
	without.branch(name, "v4.1.0", "mod/forum/lib.txt", "<<<<<<< HEAD\n")
	for ref := range strings.FieldsSeq(without.Git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/remotes/upstream")) {
		without.Git("update-ref", "-d", ref)
	}
	report, err := guard(without)
	if err != nil || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0].Text, "1 branch is not judged: this clone has no tag v4.1.0") {
		t.Errorf("without releases: %+v, %v", report, err)
	}
	if all := without.push(named(name), judged()); len(all.Warnings) != 1 || pushed(t, all, name).Outcome != job.PushPushed {
		t.Errorf("without releases, by mgit push: %+v", all)
	}

	dir := filepath.Join(t.TempDir(), "shallow")
	f.Git("clone", "-q", "--depth", "1", "--branch", name, "file://"+f.Path, dir)
	shallow := &fixture{gittest.At(t, dir), t}
	shallow.Git("config", "mgit.customer", "LUVLE")
	shallow.setRemote("empty", f.at("origin").Path, "internal")
	line := "refs/heads/" + name + " " + f.tip(name) + " refs/heads/" + name + " " + nothing + "\n"
	report, err = job.CheckPush(t.Context(), shallow.open(""), job.GuardRequest{Remote: "empty", URL: f.at("origin").Path, Lines: []byte(line)})
	if err != nil || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0].Text, "1 branch is not judged: this clone is shallow") {
		t.Errorf("in a shallow clone: %+v, %v", report, err)
	}
}
