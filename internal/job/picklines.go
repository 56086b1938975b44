package job

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// pickLine is a line of history on which an MDL number is looked up.
type pickLine struct {
	name  string // as people know it: "upstream/MOODLE_405_STABLE"
	tip   git.ID
	isTag bool
	// rank and distance order lines by how near they are to the branch's series.
	rank, distance int
}

// The ranks of lines. A fix on the series' own branch is made for it; one on the
// next newer branch has come nearest to it; main is the farthest. Older branches
// come behind: a fix that is there and in nothing newer is an odd one.
const (
	ownSeries = iota
	newerSeries
	development
	olderSeries
	otherLine
	tagLine
)

// searched lists the lines, nearest first: upstream's, or what the request names.
func (r *PickReport) searched() ([]pickLine, error) {
	from := r.request.From
	if from == "" {
		return r.upstreamLines()
	}
	if lines := r.linesOf(from); len(lines) > 0 {
		return r.ordered(lines), nil
	}
	for _, known := range remotes(r.site.git) {
		if known.Name == from {
			return nil, &UsageError{Text: fmt.Sprintf("nothing of the remote %s is in this clone", from), Hint: "git fetch " + from}
		}
	}
	var names []string
	for _, remote := range r.site.upstream {
		names = append(names, "refs/remotes/"+remote+"/"+from)
	}
	for _, name := range append(names, from, "refs/remotes/"+from, "refs/tags/"+from, "refs/heads/"+from) {
		if tip := r.site.refs.commit(name); tip != git.ZeroID {
			return []pickLine{{name: shortRef(name), tip: tip}}, nil
		}
	}
	return nil, &UsageError{Text: fmt.Sprintf("--from %q: neither a remote nor a branch or tag of this clone has this name", from), Hint: "git remote and git branch -r list them"}
}

func (r *PickReport) searchedName() string {
	return cmp.Or(r.request.From, "upstream")
}

// upstreamLines are the branches of upstream's remotes, and its tags for what is
// on no branch any more.
func (r *PickReport) upstreamLines() ([]pickLine, error) {
	var lines []pickLine
	for _, remote := range r.site.upstream {
		lines = append(lines, r.linesOf(remote)...)
	}
	for _, ref := range r.site.refs.refs {
		name, isTag := strings.CutPrefix(ref.Name, "refs/tags/")
		if isTag && ref.Peeled != git.ZeroID && isUpstreamTag(name) {
			lines = append(lines, pickLine{name: name, tip: ref.Peeled, isTag: true})
		}
	}
	if len(lines) == 0 {
		return nil, &UsageError{
			Text: "nothing of upstream is in this clone, so MDL numbers cannot be looked up",
			Hint: "git fetch REMOTE, from the remote that is Moodle's; mgit config show lists the roles of remotes",
		}
	}
	return r.ordered(lines), nil
}

// linesOf lists the branches of a remote.
func (r *PickReport) linesOf(remote string) []pickLine {
	var lines []pickLine
	for _, ref := range r.site.refs.refs {
		if strings.HasPrefix(ref.Name, "refs/remotes/"+remote+"/") && ref.Symref == "" && ref.Peeled != git.ZeroID {
			lines = append(lines, pickLine{name: shortRef(ref.Name), tip: ref.Peeled})
		}
	}
	return lines
}

// ordered sorts lines by how near they are to the branch's series. Which series
// there are is read from their names.
func (r *PickReport) ordered(lines []pickLine) []pickLine {
	for i := range lines {
		l := &lines[i]
		_, short, _ := strings.Cut(l.name, "/")
		series, err := moodle.ParseSeries(short)
		if l.isTag {
			tag, _ := moodle.ParseTag(l.name)
			series, err = tag.Series, nil
		}
		far := series.Major*1000 + series.Minor - r.branch.Version.Major*1000 - r.branch.Version.Minor
		switch {
		case err == nil && far >= 0:
			l.rank, l.distance = min(far, newerSeries), far
		case err == nil:
			l.rank, l.distance = olderSeries, -far
		case short == "main" || short == "master":
			l.rank = development
		default:
			l.rank = otherLine
		}
		if l.isTag {
			l.rank, l.distance = tagLine, l.rank*1000000+l.distance
		}
	}
	slices.SortStableFunc(lines, func(a, b pickLine) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	return lines
}

// bits is a set of small numbers. It is shared, and changed by nobody.
type bits []uint64

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// join returns the union; one of the two where that says it all.
func (b bits) join(o bits) bits {
	if o.isIn(b) {
		return b
	}
	if b.isIn(o) {
		return o
	}
	all := make(bits, max(len(b), len(o)))
	copy(all, b)
	for i, word := range o {
		all[i] |= word
	}
	return all
}

func (b bits) isIn(o bits) bool {
	for i, word := range b {
		if i >= len(o) && word != 0 || i < len(o) && word&^o[i] != 0 {
			return false
		}
	}
	return true
}

// reachOf tells for every tip which of the commits it reaches, by their positions.
func reachOf(ctx context.Context, repo *git.Repo, commits []*git.Commit, tips []git.ID) (map[git.ID]bits, error) {
	input, err := walkFrom(ctx, repo, tips, commits)
	if err != nil {
		return nil, err
	}
	out, err := repo.Cmd("rev-list", "--topo-order", "--parents", "--stdin").Stdin(input).Output(ctx)
	if err != nil {
		return nil, err
	}
	reach := make(map[git.ID]bits)
	for i, c := range commits {
		own := make(bits, i/64+1)
		own[i/64] = 1 << (i % 64)
		reach[c.ID] = own
	}
	// Parents come after their children, so from the end each is known before it is asked for.
	lines := bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	for _, line := range slices.Backward(lines) {
		var own bits
		words := strings.Fields(string(line))
		for i := len(words) - 1; i >= 0; i-- {
			id, err := git.ParseID(words[i])
			if err != nil {
				return nil, err
			}
			own = own.join(reach[id])
			if i == 0 && len(own) > 0 {
				reach[id] = own
			}
		}
	}
	return reach, nil
}

// walkFrom is the input of a walk from the tips that need not go below any of the
// commits: it ends at what all of their parents have in common.
func walkFrom(ctx context.Context, repo *git.Repo, tips []git.ID, commits []*git.Commit) ([]byte, error) {
	const most = 100 // parents on one command line
	var input bytes.Buffer
	for _, id := range tips {
		fmt.Fprintln(&input, id)
	}
	args := []string{"merge-base", "--octopus"}
	for _, c := range commits {
		if len(c.Parents) != 1 || len(commits) > most {
			return input.Bytes(), nil
		}
		args = append(args, c.Parents[0].String())
	}
	out, err := repo.Cmd(args...).Output(ctx)
	var exit *git.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.Code == 1) {
		return nil, fmt.Errorf("find where the commits part: %w", err)
	}
	for line := range bytes.Lines(out) {
		fmt.Fprintf(&input, "^%s\n", bytes.TrimSpace(line))
	}
	return input.Bytes(), nil
}
