package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A runner that fetches 50 commits has what is new judged as long as that lies in them, and is told to fetch more as soon as it does
// not: by the steps of the action and by the job of the template.
func TestCIAtDepth50(t *testing.T) {
	t.Parallel()
	s := newCISite(t)
	const branch = "LUVLE-4.1-hack-mod_quiz-long"
	var all []string
	for i := range 60 {
		all = append(all, "mod/quiz/long.php", fmt.Sprintf("<?php\n// %d\n", i))
	}
	s.Grow(branch, "v4.1.0", append(all, "mod/quiz/long.php", "<?php\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")...)
	s.Git("push", "-q", "origin", branch)
	tip, origin := s.Git("rev-parse", branch), "file://"+filepath.Join(filepath.Dir(s.Path), "internal.git")
	for name, c := range map[string]struct {
		before             string
		isGitLab, isMerged bool // asked to be merged, that is; otherwise pushed
		code               int
	}{
		"all that is here but the last": {s.Git("rev-parse", branch+"~49"), false, false, 5},
		"one more":                      {s.Git("rev-parse", branch+"~50"), true, false, 6},
		"a pull request of all of it":   {s.Git("rev-parse", "v4.1.0"), false, true, 6},
		"a merge request of less":       {s.Git("rev-parse", branch+"~49"), true, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := s.checkout(t, "refs/heads/"+branch, "50")
			var said string
			var failed bool
			if c.isGitLab {
				env := []string{"CI_COMMIT_SHA=" + tip, "CI_COMMIT_BEFORE_SHA=" + c.before, "CI_COMMIT_BRANCH=" + branch}
				if c.isMerged {
					env = []string{"CI_COMMIT_SHA=" + tip, "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_DIFF_BASE_SHA=" + c.before, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=" + branch}
				}
				var code int
				said, code = s.gitLab(t, work, readTemplate(t), ".mgit-check", env...)
				failed = code == c.code
			} else {
				values, env := map[string]string{"github.event.before": c.before, "github.event.after": tip}, []string{"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=branch", "GITHUB_REF_NAME=" + branch}
				if c.isMerged {
					values, env = map[string]string{"github.event.pull_request.base.sha": c.before, "github.event.pull_request.head.sha": tip}, []string{"GITHUB_EVENT_NAME=pull_request", "GITHUB_HEAD_REF=" + branch}
				}
				values["inputs.upstream"] = origin
				var ok bool
				said, ok = s.runner(t, work, values, env...).run(t, work)
				failed = !ok
			}
			want := map[int]string{5: "conflict marker", 6: "fetch-depth: 0"}[c.code]
			if !failed || !strings.Contains(said, want) {
				t.Errorf("failed: %v, and said, without %q\n%s", failed, want, said)
			}
		})
	}
}
