package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
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
		j.Reason = r.Reason
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
	var entry *upgrade.Entry
	for _, l := range v.ledgers {
		for name, e := range l.Entries {
			if name == b.Raw || e.NewName == b.Raw {
				entry = e
			}
		}
	}
	detail.Justification = v.site.justify(b.Key(), entry, commits)
	return nil
}

// IsJustified reports whether somebody has said why the branch is there. One that is
// to go upstream says where that is discussed.
func (j Justification) IsJustified() bool { return len(j.lacks()) == 0 }

// lacks lists what is missing, for a person.
func (j Justification) lacks() []string {
	var lacks []string
	switch {
	case j.Kind == "" && j.Reason == "":
		lacks = append(lacks, "nobody has said why it is there")
	case j.Kind == "":
		lacks = append(lacks, "nobody has said whether it is upstreamable, temporary or local")
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
