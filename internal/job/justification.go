package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// Justification is why the site carries a branch, and how long it means to.
type Justification struct {
	Kind     string        `json:"kind"`      // one of upgrade.Justifications; "" where nobody has said
	Reason   string        `json:"reason"`    // in words, of the record
	Upstream []string      `json:"upstream"`  // Moodle's issues about the same thing
	ReviewBy moodle.Series `json:"review_by"` // zero: nobody has said
	// Of is where Kind stands: "ledger", "record" or "commit"; "" nowhere.
	Of string `json:"of"`
	// Odd are trailers that mean nothing: words that are not known.
	Odd []string `json:"odd"`

	ticket string // of the record, where somebody has said why. That of a ledger may be an issue that mgit made
}

// The trailers in which a commit says why it is there.
const (
	trailerReason   = "Reason"
	trailerUpstream = "Upstream"
	trailerReviewBy = "Review-by"
)

// justify puts together what the ledger (nil: it knows nothing), the record and the
// branch's commits, oldest first, say of why it is there. What the ledger says is for
// this upgrade and wins over the record, which is for all versions of the branch. The
// commits were written once: the newest that says something counts, where nobody has
// said anything since.
func (s *Site) justify(key string, entry *upgrade.Entry, commits []*git.Commit) Justification {
	j := Justification{Upstream: []string{}, Odd: []string{}}
	if entry != nil {
		j.take("ledger", entry.Justification, entry.Upstream, entry.ReviewBy)
	}
	if r, ok := s.Config.Records[key]; ok {
		j.Reason, j.ticket = r.Reason, r.Ticket
		j.take("record", r.Justification, r.Upstream, r.ReviewBy)
	}
	for _, c := range slices.Backward(commits) {
		j.readTrailers(c.Message)
	}
	return j
}

// take fills in what is not known yet.
func (j *Justification) take(of, kind string, upstream []string, review moodle.Series) {
	if j.Kind == "" && kind != "" {
		j.Kind, j.Of = kind, of
	}
	if len(j.Upstream) == 0 {
		j.Upstream = append(j.Upstream, upstream...)
	}
	if j.ReviewBy.IsZero() {
		j.ReviewBy = review
	}
}

func (j *Justification) readTrailers(message string) {
	var kind string
	for _, word := range rebase.Trailers(message, trailerReason) {
		if slices.Contains(upgrade.Justifications(), strings.ToLower(word)) {
			kind = strings.ToLower(word)
		} else {
			j.Odd = append(j.Odd, trailerReason+": "+word)
		}
	}
	var review moodle.Series
	for _, word := range rebase.Trailers(message, trailerReviewBy) {
		series, err := moodle.ParseSeries(strings.TrimPrefix(word, "Moodle "))
		if err != nil {
			j.Odd = append(j.Odd, trailerReviewBy+": "+word)
			continue
		}
		review = series
	}
	var issues []string
	for _, list := range rebase.Trailers(message, trailerUpstream) {
		for issue := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
			issues = append(issues, issue)
		}
	}
	j.take("commit", kind, issues, review)
}

// justifyDetail enters why the site carries a branch.
func (v *view) justifyDetail(ctx context.Context, b branches.Branch, detail *BranchDetail) error {
	var ids []git.ID
	for _, c := range v.own[b.Tip] {
		ids = append(ids, c.ID)
	}
	commits, err := v.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the commits of %s: %w", b.Raw, err)
	}
	detail.Justification = v.site.justify(b.Key(), entryOf(v.ledgers, b.Raw), commits)
	return nil
}

// entryOf is what the ledgers know of a branch, by its old name or its new one; the newest series' counts. Nil for nothing.
func entryOf(ledgers []*upgrade.Ledger, branch string) *upgrade.Entry {
	var newest *upgrade.Ledger
	var entry *upgrade.Entry
	for _, l := range ledgers {
		if newest != nil && compareSeries(newest.Series, l.Series) > 0 {
			continue
		}
		for name, e := range l.Entries {
			if name == branch || e.NewName == branch {
				newest, entry = l, e
			}
		}
	}
	return entry
}

// justified finds out what is said of why a branch is there, in its record, in the ledgers and in its own commits, when a rule
// wants to know; nil where it need not be said.
func (c *checker) justified(ctx context.Context, branch check.Branch, own func() ([]git.ID, error)) func() (bool, []string) {
	if branch.Kind != check.Ours || !slices.Contains(c.site.Config.Justified, branch.Type) {
		return nil
	}
	return sync.OnceValues(func() (bool, []string) {
		why, err := c.whyIsThere(ctx, branch, own)
		if err != nil {
			panic(fmt.Errorf("look for why %s is there: %w", branch.Name, err))
		}
		return why.isReasoned(), why.lacks()
	})
}

// ledgers reads those of all upgrades, once.
func (c *checker) ledgers(ctx context.Context) (all []*upgrade.Ledger, err error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.read == nil {
		if all, err = c.site.ledgers(ctx); err != nil {
			return nil, err
		}
		c.read = append([]*upgrade.Ledger{}, all...)
	}
	return c.read, nil
}

func (c *checker) whyIsThere(ctx context.Context, branch check.Branch, own func() ([]git.ID, error)) (Justification, error) {
	ledgers, err := c.ledgers(ctx)
	if err != nil {
		return Justification{}, err
	}
	ids, err := own()
	if err != nil {
		return Justification{}, err
	}
	commits, err := c.site.Repo.Store().Commits(ctx, ids)
	return c.site.justify(branch.Key, entryOf(ledgers, branch.Name), commits), err
}

// IsJustified reports whether somebody has said why the branch is there. One that is
// to go upstream says where that is discussed.
func (j Justification) IsJustified() bool { return len(j.lacks()) == 0 }

// isReasoned reports whether anything says why: in words, in one of the words for it, or in a ticket. A reason without such a
// word is one: it says more.
func (j Justification) isReasoned() bool { return j.Kind+j.Reason+j.ticket != "" }

// lacks lists what is missing, for a person. It is what the rule `justification` goes by, too.
func (j Justification) lacks() []string {
	var lacks []string
	if !j.isReasoned() {
		lacks = append(lacks, "nobody has said why it is there")
	}
	if j.Kind == "upstreamable" && len(j.Upstream) == 0 {
		lacks = append(lacks, "Moodle should have it, and no issue is named")
	}
	if j.Kind == "temporary" && j.ReviewBy.IsZero() {
		lacks = append(lacks, "it is temporary, and nobody has said until when")
	}
	return lacks
}

// IsExpired reports whether the branch was to be looked at before the series.
func (j Justification) IsExpired(series moodle.Series) bool {
	return !j.ReviewBy.IsZero() && j.ReviewBy.Compare(series) <= 0
}
