package rebase

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// How says by what evidence a commit is thought to be upstream.
type How string

// Kinds of evidence. Only ByEmpty counts: the commit left nothing when it was
// replayed. The others are shown to people and drop nothing, since what landed
// may have been changed or reverted since.
const (
	ByEmpty   How = "empty"
	ByPatchID How = "patch-id"
	ByMDL     How = "mdl"
)

// Evidence says that an upstream commit does what a branch's commit does.
type Evidence struct {
	Commit   git.ID // the branch's
	By       git.ID // upstream's; zero when none was found
	Release  string // first upstream tag that has it, "" when none has
	How      How
	Reverted bool // a later upstream commit says it reverts By
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
// of picked commits included, then MDL numbers of commits that touch the same
// paths, or any paths where the commit was picked for its number: one issue is
// often solved in another file on another line. Commits without a counterpart are
// not in the answer. How is ByPatchID or ByMDL.
//
// The cost is one walk from onto to base looking at the paths of the commits
// asked about, and one looking at messages where commits were picked, so ask about
// all of them at once.
func FindLanded(ctx context.Context, r Runner, s tree.Reader, base, onto git.ID, steps []Step) (map[git.ID]Evidence, error) {
	if len(steps) == 0 || base == git.ZeroID {
		return nil, nil
	}
	paths, err := pathsOf(ctx, s, steps)
	if err != nil {
		return nil, err
	}
	candidates, err := upstreamPatches(ctx, r, base, onto, paths)
	if err != nil {
		return nil, fmt.Errorf("look for landed commits: %w", err)
	}
	own, err := patchIDs(ctx, r, steps)
	if err != nil {
		return nil, fmt.Errorf("compute patch ids: %w", err)
	}
	sources, err := readSources(ctx, r, onto, steps)
	if err != nil {
		return nil, fmt.Errorf("look for the sources of picked commits: %w", err)
	}
	found := make(map[git.ID]Evidence)
	var open []Step
	for _, step := range steps {
		if step.ByHand {
			continue
		}
		if e, ok := sources.match(step, own[step.Old], candidates); ok {
			found[step.Old] = e
		} else if e, ok := match(step, number(step.commit.Message), append(sources.patches(step), own[step.Old]), candidates); ok {
			found[step.Old] = e
		} else if pickedNumber(step.commit.Message) != "" {
			open = append(open, step)
		}
	}
	if err := addPickedNumbers(ctx, r, base, onto, open, found); err != nil {
		return nil, fmt.Errorf("look for the numbers of picked commits: %w", err)
	}
	return found, addReleases(ctx, r, found)
}

// addPickedNumbers looks for commits that were picked for their MDL number, by that
// alone, among all that onto has and base has not.
func addPickedNumbers(ctx context.Context, r Runner, base, onto git.ID, steps []Step, found map[git.ID]Evidence) error {
	if len(steps) == 0 {
		return nil
	}
	args := slices.Concat(logConfig, []string{"log", "--no-merges", "-z", "--format=%H%n%B", "--fixed-strings"})
	for _, step := range steps {
		if grep := "--grep=" + pickedNumber(step.commit.Message); !slices.Contains(args, grep) {
			args = append(args, grep)
		}
	}
	out, err := r.Cmd(append(args, onto.String(), "^"+base.String(), "--")...).Output(ctx)
	if err != nil {
		return err
	}
	candidates := readMessages(out)
	for _, step := range steps {
		if e, ok := match(step, pickedNumber(step.commit.Message), nil, candidates); ok {
			found[step.Old] = e
		}
	}
	return nil
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

// patch is an upstream commit that may be a counterpart.
type patch struct {
	commit  git.ID
	patchID string
	message string
}

var mdlNumber = regexp.MustCompile(`\bMDL-[0-9]+\b`)

// match finds step's counterpart by the patch ids that stand for it, or by an
// MDL number. That is matched in the subject of the candidates: bodies mention
// other issues. What takes a fix back has its number, and is not the fix.
func match(step Step, number string, patchIDs []string, candidates []patch) (Evidence, bool) {
	i := slices.IndexFunc(candidates, func(p patch) bool { return p.patchID != "" && slices.Contains(patchIDs, p.patchID) })
	how := ByPatchID
	if i < 0 {
		how = ByMDL
		i = slices.IndexFunc(candidates, func(p patch) bool {
			return number != "" && mdlNumber.FindString(subject(p.message)) == number && !isRevert(p.message)
		})
	}
	if i < 0 {
		return Evidence{}, false
	}
	by := candidates[i].commit
	return Evidence{Commit: step.Old, By: by, How: how, Reverted: isReverted(by, candidates)}, true
}

// isReverted reports whether one of the commits says that it reverts id.
func isReverted(id git.ID, candidates []patch) bool {
	return slices.ContainsFunc(candidates, func(p patch) bool {
		return strings.Contains(p.message, "This reverts commit "+id.String())
	})
}

// isRevert reports whether a message is the one that git revert writes.
func isRevert(message string) bool { return strings.HasPrefix(message, "Revert \"") }

func subject(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return line
}

func pathsOf(ctx context.Context, s tree.Reader, steps []Step) ([]string, error) {
	var paths []string
	for _, step := range steps {
		err := tree.Diff(ctx, s, step.Base, step.Theirs, func(c tree.Change) error {
			paths = append(paths, c.Path)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list the paths of %s: %w", step.Old, err)
		}
	}
	slices.Sort(paths)
	// Git reads paths one a line, without the line's end. The few that hold one
	// go unasked: only evidence can be missed by that.
	return slices.DeleteFunc(slices.Compact(paths), func(p string) bool { return strings.ContainsAny(p, "\r\n") }), nil
}

// logConfig makes `git log` print what was asked for and no more.
var logConfig = []string{"-c", "log.showSignature=false", "-c", "log.follow=false"}

// diffOptions make the text of a diff independent of the user's settings.
var diffOptions = []string{"-p", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--diff-algorithm=myers", "-U3"}

// upstreamPatches lists the commits of base..onto that touch one of the paths,
// newest first, with their patch ids and messages.
func upstreamPatches(ctx context.Context, r Runner, base, onto git.ID, paths []string) ([]patch, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	// Paths go in by standard input: there can be thousands.
	args := slices.Concat(logConfig, []string{"--literal-pathspecs", "log", "--no-merges", "--full-diff", "--format=commit %H", "--stdin"}, diffOptions)
	input := onto.String() + "\n^" + base.String() + "\n--\n" + strings.Join(paths, "\n") + "\n"
	diffs, err := r.Cmd(args...).Stdin([]byte(input)).Output(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := patchIDsOf(ctx, r, diffs)
	if err != nil {
		return nil, err
	}
	messages := append(slices.Clone(logConfig), "--literal-pathspecs", "log", "--no-merges", "-z", "--format=%H%n%B", "--stdin")
	out, err := r.Cmd(messages...).Stdin([]byte(input)).Output(ctx)
	if err != nil {
		return nil, err
	}
	all := readMessages(out)
	for i := range all {
		all[i].patchID = ids[all[i].commit]
	}
	return all, nil
}

// readMessages reads the answer of git log -z --format=%H%n%B.
func readMessages(out []byte) []patch {
	var all []patch
	for record := range strings.SplitSeq(string(out), "\x00") {
		hex, message, _ := strings.Cut(record, "\n")
		if id, err := git.ParseID(hex); err == nil {
			all = append(all, patch{commit: id, message: message})
		}
	}
	return all
}

func patchIDs(ctx context.Context, r Runner, steps []Step) (map[git.ID]string, error) {
	var ids []git.ID
	for _, s := range steps {
		if !s.ByHand {
			ids = append(ids, s.Old)
		}
	}
	return PatchIDs(ctx, r, ids)
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
