package rebase

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// How says by what evidence a commit is thought to be upstream.
type How string

// Kinds of evidence, the strongest first. Only ByEmpty counts: the commit left nothing
// when it was replayed. The others are shown to people and drop nothing, since what
// landed may have been changed or reverted since.
const (
	ByEmpty    How = "empty"
	ByPatchID  How = "patch-id"
	ByMDL      How = "mdl"
	ByLikeness How = "likeness"
)

// Verdict says what upstream did with a change.
type Verdict string

// The verdicts. A commit of which there is no evidence has none: it is not there.
const (
	VerdictLanded    Verdict = "landed"    // upstream has the change
	VerdictDifferent Verdict = "different" // upstream did the same thing in another way
	VerdictReverted  Verdict = "reverted"  // upstream had the change and took it back
)

// Evidence says that an upstream commit does what a branch's commit does.
type Evidence struct {
	Commit  git.ID   // the branch's
	By      git.ID   // upstream's
	Also    []git.ID // upstream's others, where it took several to do the same
	Release string   // first upstream tag that has By, "" when none has
	How     How
	Verdict Verdict
	// Likeness is the part of the commit's changed lines that upstream changed in the
	// same way, from 0 to 1.
	Likeness float64
	// Reverted says that upstream took By back and did not do it again. Undo is the
	// commit that did.
	Reverted bool
	Undo     git.ID
	// Picked says that Commit was picked from By, as its message tells.
	Picked bool
}

// Runner starts git; [git.Repo] does.
type Runner interface {
	Cmd(args ...string) *git.Cmd
}

// FindLanded looks for upstream's counterparts of commits among the commits
// that onto has and base has not. A commit that was picked from one of those has
// it for its counterpart. Otherwise patch ids are compared, those of the sources
// of picked commits included, then MDL numbers and changed lines of commits that touch
// the same places, or any places where the commit was picked for its number: one issue
// is often solved in another file on another line. Commits without a counterpart are
// not in the answer.
//
// The cost is one walk from onto to base, and the text of those commits that touch the
// places of the commits asked about, so ask about all of them at once.
func FindLanded(ctx context.Context, r Runner, s tree.Reader, base, onto git.ID, steps []Step) (map[git.ID]Evidence, error) {
	steps = slices.DeleteFunc(slices.Clone(steps), func(step Step) bool { return step.ByHand })
	if len(steps) == 0 || base == git.ZeroID {
		return nil, nil
	}
	f, err := newFinder(ctx, r, s, base, onto, steps)
	if err != nil {
		return nil, fmt.Errorf("look for landed commits: %w", err)
	}
	found := make(map[git.ID]Evidence)
	for _, step := range steps {
		if e, ok := f.judge(step); ok {
			found[step.Old] = e
		}
	}
	return found, addReleases(ctx, r, found)
}

// MarkLanded turns emptied steps into landed ones where found names upstream's
// commit.
func MarkLanded(results []Result, found map[git.ID]Evidence) {
	for i := range results {
		for j := range results[i].Steps {
			step := &results[i].Steps[j]
			if _, ok := found[step.Old]; ok && step.Fate == Emptied {
				step.Fate = Landed
			}
		}
	}
}

var mdlNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bMDL-[0-9]+\b`) })

func subject(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return line
}

// logConfig makes `git log` print what was asked for and no more.
var logConfig = []string{"-c", "log.showSignature=false", "-c", "log.follow=false"}

// diffOptions make the text of a diff independent of the user's settings.
var diffOptions = []string{
	"-p", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--diff-algorithm=myers", "--indent-heuristic", "-U3",
	"--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short",
}

// PatchIDs returns the patch ids of commits, the stable ones of git-patch-id(1).
// Merges and commits that change nothing have none.
func PatchIDs(ctx context.Context, r Runner, commits []git.ID) (map[git.ID]string, error) {
	if len(commits) == 0 {
		return nil, nil // git log would show HEAD
	}
	var input strings.Builder
	for _, id := range commits {
		fmt.Fprintln(&input, id)
	}
	args := slices.Concat(logConfig, []string{"log", "--no-walk=unsorted", "--format=commit %H", "--stdin"}, diffOptions)
	diffs, err := r.Cmd(args...).Stdin([]byte(input.String())).Output(ctx)
	if err != nil {
		return nil, err
	}
	return patchIDsOf(ctx, r, diffs)
}

// patchIDsOf runs `git patch-id` over a stream of "commit <id>" lines and diffs.
func patchIDsOf(ctx context.Context, r Runner, diffs []byte) (map[git.ID]string, error) {
	ids := make(map[git.ID]string)
	if len(diffs) == 0 {
		return ids, nil
	}
	out, err := r.Cmd("patch-id", "--stable").Stdin(diffs).Output(ctx)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(out) {
		words := strings.Fields(string(line))
		if len(words) != 2 {
			continue
		}
		id, err := git.ParseID(words[1])
		if err != nil {
			return nil, err
		}
		ids[id] = words[0]
	}
	return ids, nil
}

// addReleases names the first release that has each upstream commit; betas and
// candidates do not count. `git name-rev` names a commit by its way from a tag,
// "v2.5.0~123^2"; the way is cut off.
func addReleases(ctx context.Context, r Runner, found map[git.ID]Evidence) error {
	if len(found) == 0 {
		return nil
	}
	var by []string
	for _, e := range found {
		by = append(by, e.By.String())
	}
	out, err := r.Cmd(append([]string{"name-rev", "--tags", "--refs=v[0-9]*", "--exclude=*-*"}, by...)...).Output(ctx)
	if err != nil {
		return fmt.Errorf("name the release of landed commits: %w", err)
	}
	release := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name = strings.TrimPrefix(name, "tags/"); name != "undefined" {
			release[id] = name[:strings.IndexAny(name+"~", "~^")]
		}
	}
	for id, e := range found {
		e.Release = release[e.By.String()]
		found[id] = e
	}
	return nil
}
