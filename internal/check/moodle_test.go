package check_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
)

// The tests of this file run on Moodle's real history, when MGIT_MOODLE names a clone of it.

// moodleHistory is a commit of Moodle's master, in March 2015, of whose history the lists of blames know.
const moodleHistory = "a149d6a177f58aa031c60d6e1b4c0d9f8f2ced22"

// The last 3,000 commits of Moodle's master that are no merges, each as if it were staged on a branch for it and judged by all
// rules: fewer than one in a hundred is blamed wrongly. Every blame was looked at, and stands in one of two lists; where a clone has
// another history than the lists are about, whatever is said counts as wrong.
//
// What commits say is judged apart, in the form that Moodle's coding style asks for today: some of it is younger than they are.
func TestMoodleIsHardlyBlamed(t *testing.T) {
	repo := openMoodle(t)
	tip, isKnown := moodleHistory, true
	if exec.Command("git", "-C", os.Getenv("MGIT_MOODLE"), "cat-file", "-e", tip+"^{commit}").Run() != nil {
		tip, isKnown = "HEAD", false
	}
	wrong := make(map[string]bool) // by commit and rule: those that are in a list
	for _, b := range rightlyBlamed() {
		wrong[b.commit+" "+b.rule] = false
	}
	if os.Getenv("MGIT_PHP") != "" {
		for _, b := range unparsable() {
			wrong[b.commit+" "+b.rule] = false
		}
	}
	for _, b := range wronglyBlamed() {
		wrong[b.commit+" "+b.rule] = true
	}
	said, byRule, messages := make(map[string]bool), make(map[string]int), make(map[string]int)
	judged, blamed, wrongly, spoken := 0, make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, commit := range lastCommits(t, repo, tip, 3000) {
		judged++
		id := commit.ID.String()[:10]
		for _, f := range judgeCommit(t, repo, commit) {
			if strings.HasPrefix(f.Rule, "message-") {
				messages[f.Rule+" "+string(f.Severity)]++
				spoken[id] = true
				continue
			}
			byRule[f.Rule]++
			blamed[id], said[id+" "+f.Rule] = true, true
			isWrong, isListed := wrong[id+" "+f.Rule]
			if isWrong || !isListed {
				wrongly[id] = true
			}
			if !isListed {
				subject, _, _ := strings.Cut(commit.Message, "\n")
				t.Logf("%s %.60s: %s: %s", id, subject, f, f.Text)
			}
		}
	}
	t.Logf("%d commits: %d are blamed, %d of them wrongly; findings: %v", judged, len(blamed), len(wrongly), byRule)
	t.Logf("messages of %d commits are not of the form of today: %v", len(spoken), messages)
	if judged < 2900 || len(wrongly)*100 >= judged || isKnown && len(wrongly) > len(wronglyBlamed()) {
		t.Errorf("of %d commits %d are blamed wrongly", judged, len(wrongly))
	}
	for key := range wrong {
		if isKnown && !said[key] {
			t.Errorf("%s is not said any more", key)
		}
	}
}

// openMoodle opens the clone that MGIT_MOODLE names.
func openMoodle(t *testing.T) *git.Repo {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	repo, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = repo.Close() })
	return repo
}

// lastCommits are the last commits up to one, without merges.
func lastCommits(t *testing.T, repo *git.Repo, tip string, n int) []*git.Commit {
	t.Helper()
	out, err := exec.Command("git", "-C", os.Getenv("MGIT_MOODLE"), "rev-list", "--no-merges", "-"+strconv.Itoa(n), tip).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []*git.Commit
	for text := range strings.FieldsSeq(string(out)) {
		if c := commitOf(t, repo, text); len(c.Parents) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func commitOf(t *testing.T, repo *git.Repo, text string) *git.Commit {
	t.Helper()
	id, err := git.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := repo.Store().Commit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// judgeCommit asks all rules about a commit of upstream's. With MGIT_PHP, that program is asked about the syntax.
func judgeCommit(t *testing.T, repo *git.Repo, commit *git.Commit) []check.Finding {
	t.Helper()
	parent, err := repo.Store().Commit(t.Context(), commit.Parents[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := checktest.AsStaged(t.Context(), repo, commit, parent)
	if err != nil {
		t.Fatalf("%s: %v", commit.ID, err)
	}
	s.Options.PHP = os.Getenv("MGIT_PHP")
	result, err := check.Run(t.Context(), check.Request{Subject: s})
	if err != nil {
		t.Fatal(err)
	}
	return result.Findings
}
