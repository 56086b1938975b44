package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/upgrade"
)

// RangeDiffReport compares a branch with the one of an older series that it comes from,
// commit by commit, as `git range-diff` does.
type RangeDiffReport struct {
	Old   RangeEnd    `json:"old"`
	New   RangeEnd    `json:"new"`
	Pairs []RangePair `json:"pairs"` // in git's order; empty where Text is
	Text  string      `json:"text"`  // what git prints, with commits of one side that the other lacks
	// TooLarge says that git was not done in time; Command compares them in a terminal.
	TooLarge bool   `json:"too_large"`
	Command  string `json:"command"`
}

// RangeEnd is one side: the branch's own commits, from Base to Tip.
type RangeEnd struct {
	Branch string `json:"branch"`
	Base   Commit `json:"base"`
	Tip    ID     `json:"tip"`
}

// RangePair is a commit of the old branch and the one that became of it.
type RangePair struct {
	// Old is null where it is only in the new branch, New where it is only in the old
	// one, and both for what came in by a merge of upstream.
	Old     ID     `json:"old"`
	New     ID     `json:"new"`
	Change  string `json:"change"`
	Subject string `json:"subject"`
}

// What can become of a commit between two versions of a branch.
const (
	PairSame    = "same"
	PairChanged = "changed"
	PairAdded   = "added"
	PairDropped = "dropped"
)

// longestComparison is how long git may compare one branch.
const longestComparison = 20 * time.Second

// RangeDiff compares a branch, named as for [Show], with the branch that it comes from:
// by the newest upgrade that made it, else the one of the newest older series whose name
// differs in nothing else. An old branch that is gone is compared as it was carried. The
// report is nil where there is no older version, and where nothing of it is there any
// more. The error is a *UsageError for a name that is no branch.
func RangeDiff(ctx context.Context, site *Site, name string) (*RangeDiffReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	listing := site.refs.listing(site.Scheme, site.internal)
	b, err := site.findBranch(ctx, listing, name)
	if err != nil {
		return nil, err
	}
	old, tip, err := site.olderVersion(ctx, listing, b)
	if err != nil || tip == git.ZeroID {
		return nil, err
	}
	return site.compareBranches(ctx, old, tip, b)
}

// olderVersion finds what a branch comes from; a zero tip: nothing.
func (s *Site) olderVersion(ctx context.Context, l branches.Listing, b branches.Branch) (name branches.Name, tip git.ID, err error) {
	ledgers, err := s.ledgers(ctx)
	if err != nil {
		return name, tip, err
	}
	slices.SortStableFunc(ledgers, func(a, b *upgrade.Ledger) int { return compareSeries(b.Series, a.Series) })
	for _, ledger := range ledgers {
		for _, old := range sortedNames(ledger.Entries) {
			e := ledger.Entries[old]
			if e.NewName != b.Raw || old == b.Raw {
				continue
			}
			if name, err = s.Scheme.Parse(old); err != nil {
				continue
			}
			if ref, _, ok := s.refs.present(old, s.internal); ok {
				return name, ref.Peeled, nil
			}
			if _, err := s.Repo.Store().Commit(ctx, e.OldTip); err == nil {
				return name, e.OldTip, nil
			}
		}
	}
	for _, other := range slices.Backward(l.Branches) { // newest version first
		if other.Version.Compare(b.Version) < 0 && other.Type == b.Type && other.Component == b.Component && other.Short == b.Short {
			return other.Name, other.Tip, nil
		}
	}
	return branches.Name{}, git.ZeroID, nil
}

func (s *Site) compareBranches(ctx context.Context, old branches.Name, oldTip git.ID, b branches.Branch) (*RangeDiffReport, error) {
	w := newWalk(s.Repo)
	own, err := history.Read(ctx, w, w, []git.ID{oldTip, b.Tip}, s.refs.upstream(s.upstream))
	if err != nil {
		return nil, err
	}
	v := &view{site: s, history: own, bases: &baseFinder{repo: s.Repo, known: make(map[string][]git.ID)}}
	before, err := v.standing(ctx, old.Version, oldTip)
	if err != nil {
		return nil, fmt.Errorf("find what %s stands on: %w", old.Raw, err)
	}
	after, err := v.standing(ctx, b.Version, b.Tip)
	if err != nil {
		return nil, fmt.Errorf("find what %s stands on: %w", b.Raw, err)
	}
	r := &RangeDiffReport{
		Old: RangeEnd{old.Raw, before.base, ID(oldTip)}, New: RangeEnd{b.Raw, after.base, ID(b.Tip)}, Pairs: []RangePair{},
	}
	if before.base.Commit == (ID{}) || after.base.Commit == (ID{}) {
		return r, nil // of one that has nothing in common with upstream there is no range
	}
	c, err := s.compareRanges(ctx, [2]git.ID{git.ID(before.base.Commit), oldTip}, [2]git.ID{git.ID(after.base.Commit), b.Tip})
	if err != nil {
		return nil, err
	}
	r.Text, r.TooLarge, r.Command = c.text, c.tooLarge, c.command
	r.Pairs = readPairs(c.text, own.Of(oldTip, git.ZeroID), own.Of(b.Tip, git.ZeroID))
	return r, nil
}

// rangeComparison is what git says of two ranges.
type rangeComparison struct {
	text     string // "" where there is nothing to compare, and where this clone lacks what the commits hold
	tooLarge bool
	command  string // that compares them, for a person
}

// compareRanges is git's comparison of a branch before and after, each from its base to
// its tip.
func (s *Site) compareRanges(ctx context.Context, before, after [2]git.ID) (rangeComparison, error) {
	within, cancel := context.WithTimeout(ctx, longestComparison)
	defer cancel()
	c := rangeComparison{command: fmt.Sprintf("git range-diff %s..%s %s..%s",
		ID(before[0]).Short(), ID(before[1]).Short(), ID(after[0]).Short(), ID(after[1]).Short())}
	ranges := []string{before[0].String() + ".." + before[1].String(), after[0].String() + ".." + after[1].String()}
	out, err := s.Repo.Cmd("range-diff", "--no-color", "--no-dual-color", "--no-notes", ranges[0], ranges[1]).Output(within)
	var exit *git.ExitError
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case within.Err() != nil:
		c.tooLarge = true
		return c, nil
	case errors.As(err, &exit):
		return c, nil
	case err != nil:
		return c, fmt.Errorf("compare %s with %s: %w", ranges[0], ranges[1], err)
	}
	c.text = strings.TrimRight(string(out), "\n")
	return c, nil
}

// readPairs takes the lines apart that begin a pair, see git-range-diff(1):
//
//	1:  f1d1f2f = 1:  2a6b0c3 the subject
//	2:  8c1f0c4 ! 3:  77aa0c1 another
//	-:  ------- > 2:  11bb0c1 only in the new range
//	3:  99cc0c1 < -:  ------- only in the old one
//
// Lines of the difference begin with four spaces.
func readPairs(text string, before, after []*git.Commit) []RangePair {
	pairs := []RangePair{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "    ") {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 5 || !strings.HasSuffix(words[0], ":") || !strings.HasSuffix(words[3], ":") {
			continue
		}
		change, known := map[string]string{"=": PairSame, "!": PairChanged, ">": PairAdded, "<": PairDropped}[words[2]]
		if !known {
			continue
		}
		pair := RangePair{Old: abbreviated(before, words[1]), New: abbreviated(after, words[4]), Change: change}
		// The subject is the rest of the line, as it is: words may stand apart.
		_, rest, _ := strings.Cut(line, " "+words[2]+" ")
		_, rest, _ = strings.Cut(rest, words[4])
		pair.Subject = strings.TrimSpace(rest)
		pairs = append(pairs, pair)
	}
	return pairs
}

// abbreviated finds the commit that an abbreviated id means, which git made so long that
// it means one only.
func abbreviated(commits []*git.Commit, prefix string) ID {
	for _, c := range commits {
		if strings.HasPrefix(c.ID.String(), prefix) {
			return ID(c.ID)
		}
	}
	return ID{}
}
