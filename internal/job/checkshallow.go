package job

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mgit/internal/git"
)

// rangeEnd is one end of a range, as somebody named it.
type rangeEnd struct {
	name string
	id   git.ID
}

// fewestToFetch is how many commits a hint has somebody fetch at least: less is not worth the way.
const fewestToFetch = 50

// rangeIsHere refuses a range of which a shallow clone cannot tell what is in it: what to has and from has not.
// Where history is cut off, commits of the range may be missing, or be taken for it although from has them:
//
//	o---o---o---A       from, cut off behind A: B's history does not meet A's here, although it does there,
//	     \              and all of it down to its root would be judged
//	      o---x---B     to, cut off at x: what is before x would not be judged
//
// It costs nothing where the clone is whole. The error is a *Refusal.
func rangeIsHere(ctx context.Context, repo *git.Repo, from, to rangeEnd) error {
	if !repo.Shallow() {
		return nil
	}
	cuts, err := readCuts(repo)
	if err != nil {
		return err
	}
	own, err := datedCommits(ctx, repo, to.id, from.id)
	if err != nil {
		return err
	}
	if len(own) == 0 {
		return nil // from has all of to: that a commit is in a history does not change with what is fetched
	}
	others, err := datedCommits(ctx, repo, from.id, to.id)
	if err != nil {
		return err
	}
	oldest := own[0].when
	for _, c := range own {
		if cuts[c.id] {
			return cutRefusal(to, from, from, to, len(own))
		}
		oldest = min(oldest, c.when)
	}
	for _, c := range others {
		// What lies behind a cut that is older than all of the range cannot hold any of it.
		if cuts[c.id] && c.when >= oldest {
			return cutRefusal(from, to, from, to, len(others))
		}
	}
	return nil
}

// commitIsNotHere is the refusal of a name that a shallow clone has no commit for; nil where the clone is whole.
func commitIsNotHere(repo *git.Repo, name string) error {
	if !repo.Shallow() {
		return nil
	}
	return &Refusal{
		ID:    "shallow",
		Text:  fmt.Sprintf("this clone is shallow and has no commit %s", name),
		Hint:  waysToDeepen(fewestToFetch),
		Final: true,
	}
}

// cutRefusal says whose history is cut off, before it meets the other's, and how much of it is here.
func cutRefusal(cut, other, from, to rangeEnd, here int) *Refusal {
	return &Refusal{
		ID: "shallow",
		Text: fmt.Sprintf("this clone is shallow: the history of %s ends here before it meets that of %s, so that it cannot be told what is in %s..%s",
			cut.name, other.name, from.name, to.name),
		Hint:  waysToDeepen(max(here, fewestToFetch)),
		Final: true,
	}
}

// waysToDeepen is advice. Nothing here says how far away the missing commits are, so the number is as much again as is
// there: whoever follows the advice until it is enough has fetched less than twice of what is needed, in few steps.
func waysToDeepen(commits int) string {
	return fmt.Sprintf("`git fetch --deepen=%d` brings %d commits more, `git fetch --unshallow` all; in CI check out with fetch-depth: 0 (GitHub) or GIT_DEPTH: 0 (GitLab)",
		commits, commits)
}

// datedCommit is a commit and when it was made, in seconds.
type datedCommit struct {
	id   git.ID
	when int64
}

// datedCommits lists what a commit has in its history, as far as it is here, and another has not.
func datedCommits(ctx context.Context, repo *git.Repo, has, hasNot git.ID) ([]datedCommit, error) {
	out, err := repo.Cmd("rev-list", "--timestamp", has.String(), "^"+hasNot.String()).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the commits of %s: %w", has, err)
	}
	commits := make([]datedCommit, 0, bytes.Count(out, []byte("\n")))
	for line := range strings.Lines(string(out)) {
		when, hex, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		seconds, err := strconv.ParseInt(when, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("list the commits of %s: %q is no date", has, when)
		}
		id, err := git.ParseID(hex)
		if err != nil {
			return nil, fmt.Errorf("list the commits of %s: %w", has, err)
		}
		commits = append(commits, datedCommit{id, seconds})
	}
	return commits, nil
}

// readCuts reads at which commits the history is cut off: their parents are not here.
func readCuts(repo *git.Repo) (map[git.ID]bool, error) {
	data, err := os.ReadFile(filepath.Join(repo.CommonDir(), "shallow"))
	if err != nil {
		return nil, fmt.Errorf("read where the history is cut off: %w", err)
	}
	cuts := make(map[git.ID]bool)
	for line := range strings.Lines(string(data)) {
		id, err := git.ParseID(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("read where the history is cut off: %w", err)
		}
		cuts[id] = true
	}
	return cuts, nil
}
