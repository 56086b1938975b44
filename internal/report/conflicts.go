package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
)

// ConflictFormats lists what WriteConflicts knows.
func ConflictFormats() []string { return []string{HTML, Markdown} }

// WriteConflicts writes which branches get in each other's way, in one of the
// ConflictFormats. The error is ErrFormat where the format is not one of them, before
// anything is written; all other errors are w's.
func WriteConflicts(w io.Writer, format string, r *job.ConflictsReport, opt Options) error {
	if opt.Title == "" {
		opt.Title = "Branch conflicts"
	}
	return writeAs(w, format, map[string]writer[*job.ConflictsReport]{
		HTML:     writeConflictsHTML,
		Markdown: writeConflictsMarkdown,
	}, r, opt)
}

// PlaceWords says how the pair meets at one of its places: "contents, lines 3 to 5".
// Kinds are Git's words. It is "" for pairs that only change the same file anyway.
func PlaceWords(p *job.ConflictPair, place job.ConflictPlace) string {
	var words []string
	switch {
	case place.Kind != "":
		words = append(words, visible(strings.TrimSuffix(strings.TrimPrefix(place.Kind, "CONFLICT ("), ")")))
	case place.Lines == nil && p.Level != job.LevelFile:
		words = append(words, "in different places")
	}
	if place.Lines == nil {
		return strings.Join(words, "")
	}
	if place.Lines.Whole {
		return strings.Join(append(words, "the whole file"), ", ")
	}
	for _, r := range place.Lines.Ranges {
		words = append(words, rangeWords(r))
	}
	return strings.Join(words, ", ")
}

func rangeWords(r job.ConflictRange) string {
	switch r.Lines {
	case 0:
		return fmt.Sprintf("before line %d", r.Start)
	case 1:
		return fmt.Sprintf("line %d", r.Start)
	}
	return fmt.Sprintf("lines %d to %d", r.Start, r.Start+r.Lines-1)
}

// PairRemark is what there is to say of a pair beside its places; "" mostly.
func PairRemark(p *job.ConflictPair) string {
	switch {
	case p.Error != "":
		return "Git could not merge them at all: " + p.Error
	case p.ByBase:
		return "one of them stands on a later commit of upstream, which changed it"
	}
	return ""
}

// ConflictOrderWords explains the proposed order of merging.
const ConflictOrderWords = "What others require comes first, then what conflicts with nothing, then group by group the branch with the fewest conflicts first."

// conflictsVerdict is the sentence that stands at the top.
func conflictsVerdict(r *job.ConflictsReport) string {
	n := r.Totals
	switch {
	case n.Conflict == 1:
		return "1 pair of branches conflicts"
	case n.Conflict > 0:
		return number(n.Conflict) + " pairs of branches conflict"
	case n.Lines > 0:
		return "No two branches conflict"
	}
	return "The branches keep out of each other's way"
}

// conflictsSubject is which branches were compared.
func conflictsSubject(r *job.ConflictsReport) string {
	switch {
	case r.Of != "":
		return r.Of + ", against " + count(len(r.Branches)-1, "other branch", "other branches") + " of Moodle " + r.Series.String()
	case r.Target != "":
		return r.Target + ", " + count(r.Totals.Branches, "branch", "branches")
	}
	return "Moodle " + r.Series.String() + ", " + count(r.Totals.Branches, "branch", "branches")
}

// pairLevel is a level of pairs as a report shows it.
type pairLevel struct {
	ID, Letter, Title, Means string
	Pairs                    []*job.ConflictPair
}

// pairLevels sorts the pairs by level, the worst first.
func pairLevels(r *job.ConflictsReport) []pairLevel {
	levels := []pairLevel{
		{ID: job.LevelConflict, Letter: "C", Title: "Conflicts", Means: "Git cannot merge these pairs alone."},
		{ID: job.LevelLines, Letter: "l", Title: "Same lines", Means: "These pairs change the same lines, or lines with none between them, and Git can merge them."},
		{ID: job.LevelFile, Letter: "f", Title: "Same file", Means: "These pairs change the same file, in different places."},
	}
	for i := range r.Pairs {
		p := &r.Pairs[i]
		if at := slices.IndexFunc(levels, func(l pairLevel) bool { return l.ID == p.Level }); at >= 0 {
			levels[at].Pairs = append(levels[at].Pairs, p)
		}
	}
	return levels
}

// What keeps the markdown readable.
const (
	markdownPairs  = 200 // of a level
	markdownPlaces = 10  // of a pair
)

func writeConflictsMarkdown(w io.Writer, r *job.ConflictsReport, opt Options) error {
	limit := max(opt.Limit, markdownLeast)
	if opt.Limit == 0 {
		limit = markdownBytes
	}
	tail := section(limit/4, func(s *sheet) { conflictsAdvice(s, r) })
	head := section(limit-len(tail), func(s *sheet) {
		n := r.Totals
		s.add("# " + prose(opt.title()) + "\n\n**" + prose(conflictsVerdict(r)) + ".** " + prose(conflictsSubject(r)) + ".\n\n")
		s.add("| pairs | conflict | same lines | same file | nothing in common |\n|--:|--:|--:|--:|--:|\n")
		s.add(fmt.Sprintf("| %s | %s | %s | %s | %s |\n", number(n.Pairs), number(n.Conflict), number(n.Lines), number(n.File), number(n.Apart)))
		for _, l := range pairLevels(r) {
			if len(l.Pairs) > 0 {
				s.add("\n## " + l.Title + "\n\n" + l.Means + "\n\n")
				s.list(len(l.Pairs), markdownPairs, func(i int) string { return pairMarkdown(l.Pairs[i]) }, moreItems)
			}
		}
	})
	_, err := io.WriteString(w, head+tail)
	return err
}

func pairMarkdown(p *job.ConflictPair) string {
	var b strings.Builder
	b.WriteString("- " + code(p.A) + " and " + code(p.B) + "\n")
	places := p.Places()
	for _, place := range places[:min(len(places), markdownPlaces)] {
		b.WriteString("  - " + code(job.ShowPath(place.Raw)))
		if words := PlaceWords(p, place); words != "" {
			b.WriteString(": " + prose(words))
		}
		b.WriteByte('\n')
	}
	if left := len(places) - markdownPlaces; left > 0 {
		b.WriteString("  " + moreItems(left))
	}
	if remark := PairRemark(p); remark != "" {
		b.WriteString("  - " + prose(remark) + "\n")
	}
	return b.String()
}

// conflictsAdvice is the proposed order and sets.
func conflictsAdvice(s *sheet, r *job.ConflictsReport) {
	if len(r.Order) > 0 {
		s.add("\n## Order of merging\n\n" + ConflictOrderWords + "\n\n")
		s.list(len(r.Order), len(r.Order), func(i int) string { return fmt.Sprintf("%d. %s\n", i+1, code(r.Order[i])) }, moreItems)
	}
	if len(r.Sets) > 0 {
		s.add("\n## Sets\n\nThese conflict or change the same lines, directly or through others, and could live as one set each.\n\n")
		s.list(len(r.Sets), len(r.Sets), func(i int) string {
			var names []string
			for _, name := range r.Sets[i] {
				names = append(names, code(name))
			}
			return "- " + strings.Join(names, ", ") + "\n"
		}, moreItems)
	}
}
