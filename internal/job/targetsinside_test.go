package job_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
)

// A branch that has a target in it is found wherever it is judged: from its base, by what a push or a pipeline brings while the
// target is known there, and while the merge is being made. Targets, and what they were begun on, are not.
func TestTargetMerged(t *testing.T) {
	t.Parallel()
	const (
		ours, other = "LUVLE-4.1-feature-mod_ouwiki", "LUVLE-4.1-hack-mod_quiz-words"
		target      = "LUVLE-4.1-test"
	)
	begin := published(t)
	begin.branch(ours, "v4.1.0", "mod/ouwiki/notes.txt", "one\n")
	begin.branch(other, "v4.1.0", "mod/quiz/words.txt", "words\n")
	begin.branch(target, "v4.1.0")
	begin.Git("switch", "-q", target)
	begin.Git("merge", "-q", "--no-ff", "--no-edit", ours)
	begin.Git("merge", "-q", "--no-ff", "--no-edit", other)
	begin.Detach()
	for _, name := range []string{ours, other, target} {
		begin.isOnOrigin(name)
	}
	onto := func(name string) func(f *fixture, words ...string) {
		return func(f *fixture, words ...string) {
			f.Git("switch", "-q", name)
			f.Git(append([]string{"merge", "-q"}, words...)...)
		}
	}
	merge := onto(ours)
	// works adds a commit, so that there is something of the branch's own.
	works := func(f *fixture, name string) { f.on(name, "mod/ouwiki/more.txt", "more\n") }
	for name, test := range map[string]struct {
		do   func(f *fixture)
		name string // of the branch, ours where it is ""
		// The three ways in which it is judged: what is found is where the target stands.
		branch, push, pipeline string
	}{
		"nothing of the kind": {do: func(f *fixture) { works(f, ours) }},
		"merged":              {do: func(f *fixture) { merge(f, "--no-ff", "--no-edit", target) }, branch: "merges", push: "merges", pipeline: "merges"},
		"merged, and worked on": {
			do:     func(f *fixture) { merge(f, "--no-ff", "--no-edit", target); works(f, ours) },
			branch: "merges", push: "merges", pipeline: "merges",
		},
		"merged in other words": {do: func(f *fixture) { merge(f, "--no-ff", "-m", "Bring it up to date", target) }, branch: "merges", push: "merges", pipeline: "merges"},
		"merged as it was pushed": {
			do:     func(f *fixture) { merge(f, "--no-ff", "--no-edit", "origin/"+target) },
			branch: "merges", push: "merges", pipeline: "merges",
		},
		"merged as GitLab does": {
			do:     func(f *fixture) { merge(f, "--no-ff", "-m", "Merge branch '"+target+"' into '"+ours+"'", target) },
			branch: "merges", push: "merges", pipeline: "merges",
		},
		"merged on GitHub, into a target that merged there": {
			do: func(f *fixture) {
				works(f, other)
				onto(target)(f, "--no-ff", "-m", "Merge pull request #7 from luvle/"+other, other)
				f.isOnOrigin(target)
				merge(f, "--no-ff", "-m", "Merge pull request #8 from luvle/test", target)
			},
			branch: "merges", push: "merges", pipeline: "merges",
		},
		"merged, and the target is gone since": {
			do: func(f *fixture) {
				merge(f, "--no-ff", "-m", "Bring it up to date", target)
				f.Detach()
				f.Git("branch", "-q", "-D", target)
				f.Git("update-ref", "-d", "refs/remotes/origin/"+target)
			},
			branch: "merges", push: "merges", pipeline: "merges",
		},
		"put forward to it": {do: func(f *fixture) { merge(f, "--ff-only", target) }, branch: "stands", push: "stands", pipeline: "stands"},
		"put forward to it, and worked on": {
			do:     func(f *fixture) { merge(f, "--ff-only", target); works(f, ours) },
			branch: "stands", push: "stands", pipeline: "stands",
		},
		"begun on it": {
			name: "LUVLE-4.1-hack-mod_forum-late",
			do: func(f *fixture) {
				f.branch("LUVLE-4.1-hack-mod_forum-late", target, "mod/forum/late.txt", "late\n")
			},
			branch: "stands", push: "stands", pipeline: "stands",
		},
		"a misnamed branch": {
			name: "LUVLE-4.1-hakc-mod_forum-late",
			do: func(f *fixture) {
				f.branch("LUVLE-4.1-hakc-mod_forum-late", target, "mod/forum/late.txt", "late\n")
			},
			branch: "stands", push: "stands", pipeline: "stands",
		},
		"another branch is merged": {do: func(f *fixture) { merge(f, "--no-ff", "--no-edit", other) }},
		"a release is merged":      {do: func(f *fixture) { merge(f, "--no-ff", "--no-edit", "v4.1.1") }},
		"a target was begun on it": {do: func(f *fixture) {
			merge(f, "--no-ff", "--no-edit", "v4.1.1")
			f.Git("branch", "LUVLE-4.1-deployment", ours)
			f.isOnOrigin("LUVLE-4.1-deployment")
			works(f, ours)
		}},
		"a target into a target":     {name: "LUVLE-4.1-deployment", do: func(f *fixture) { f.branch("LUVLE-4.1-deployment", target) }},
		"a branch of somebody's own": {name: "wip", do: func(f *fixture) { f.branch("wip", target) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			test.do(f)
			name := ours
			if test.name != "" {
				name = test.name
			}
			judge := func(way, want string, request job.CheckRequest) {
				t.Helper()
				report, _ := f.checkFor(request)
				if got := targetsFound(report); got != want {
					t.Errorf("%s: found %q, want %q", way, got, want)
				}
			}
			if name != "wip" { // of which nobody knows where it begins
				judge("from its base", test.branch, job.CheckRequest{Branch: name})
			}
			judge("what is new", test.pipeline, job.CheckRequest{Range: "origin/" + ours + ".." + name})
			tip, old := f.tip(name), f.onOrigin(name)
			f.Detach()
			f.Git("update-ref", "refs/heads/"+name, old) // as the server has it, or not at all
			judge("what a server takes", test.push, job.CheckRequest{Received: fmt.Appendf(nil, "%s %s refs/heads/%s\n", old, tip, name)})
		})
	}
}

// isOnOrigin has a branch be on the remote as it is here, as far as this clone knows. The remote itself is the one of all copies.
func (f *fixture) isOnOrigin(name string) {
	f.t.Helper()
	f.Git("update-ref", "refs/remotes/origin/"+name, "refs/heads/"+name)
}

// onOrigin is what the remote has of a branch, as a hook is told of it.
func (f *fixture) onOrigin(name string) string {
	f.t.Helper()
	if id, err := f.TryGit("rev-parse", "--verify", "--quiet", "refs/remotes/origin/"+name); err == nil {
		return id
	}
	return git.ZeroID.String()
}

// targetsFound are words of what the rule about targets says.
func targetsFound(r *job.CheckReport) string {
	var all []string
	for _, done := range r.Checks {
		for _, finding := range done.Findings {
			if finding.Rule != "target-merged" {
				continue
			}
			for _, word := range []string{"being made", "merges", "stands"} {
				if strings.Contains(finding.Text, word) {
					all = append(all, word)
					break
				}
			}
		}
	}
	return strings.Join(all, ", ")
}

// While a target is being merged it is known by itself, and by what it is called; and by the commit that a branch was just begun
// on. A merge of something else starts no more of git than before.
func TestTargetBeingMerged(t *testing.T) {
	t.Parallel()
	const ours, other, target = "LUVLE-4.1-feature-mod_ouwiki", "LUVLE-4.1-hack-mod_quiz-words", "LUVLE-4.1-test"
	begin := published(t)
	begin.branch(ours, "v4.1.0", "mod/ouwiki/notes.txt", "one\n")
	begin.branch(other, "v4.1.0", "mod/quiz/words.txt", "words\n")
	begin.branch(target, "v4.1.0")
	begin.Git("switch", "-q", target)
	begin.Git("merge", "-q", "--no-ff", "-m", "Words", other)
	for name, test := range map[string]struct {
		do      func(f *fixture)
		message string
		want    string
	}{
		"the target": {
			do:   func(f *fixture) { f.Git("merge", "-q", "--no-ff", "--no-commit", target) },
			want: "being made",
		},
		"what was a target's": {
			do: func(f *fixture) {
				f.Git("merge", "-q", "--no-ff", "--no-commit", target)
				f.Git("branch", "-q", "-D", target)
			},
			message: "Merge branch '" + target + "' of example.org:moodle into " + ours + "\n", want: "being made",
		},
		"another branch": {
			do:      func(f *fixture) { f.Git("merge", "-q", "--no-ff", "--no-commit", other) },
			message: "Merge branch '" + other + "' into " + ours + "\n",
		},
		"begun on it": {do: func(f *fixture) {
			f.Git("switch", "-q", target)
			f.Git("merge", "-q", "--no-ff", "--no-edit", ours)
			f.Git("switch", "-q", "-c", "LUVLE-4.1-feature-mod_late")
			f.stage("mod/late/late.txt", "late\n")
		}, want: "stands"},
		"a commit on the target": {do: func(f *fixture) {
			f.Git("switch", "-q", target)
			f.Git("merge", "-q", "--no-ff", "--no-edit", ours)
			f.stage("mod/forum/late.txt", "late\n")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			f.Git("switch", "-q", ours)
			test.do(f)
			request := job.CheckRequest{Staged: test.message == ""}
			if test.message != "" {
				request.Message = []byte(test.message)
			}
			report, commands := f.checkFor(request)
			if got := targetsFound(report); got != test.want {
				t.Errorf("found %q, want %q: %+v", got, test.want, report.Checks)
			}
			if len(commands) > 4 {
				t.Errorf("git was started %d times: %q", len(commands), commands)
			}
		})
	}
}
