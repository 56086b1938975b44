package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"mgit/internal/job"
)

// What keeps the page usable.
const (
	htmlMap      = 150   // branches on the heat map
	htmlPairs    = 2_000 // of a level
	htmlPlaces   = 50    // of a pair
	htmlGlance   = 3     // paths that a cell of the map names
	htmlConflict = 5_000 // branches in the other lists
)

// The page's own parts; the style of the other reports comes before its own.
var (
	//go:embed conflicts.html
	conflictsHTML string
	//go:embed conflicts.css
	conflictsCSS string
)

// conflictsPage is what the template shows. All of its text is visible() already.
type conflictsPage struct {
	Policy                  string
	Style                   template.CSS
	Title, Verdict, Subject string
	Skip                    string // the first part behind the map
	Version                 string
	Totals                  job.ConflictTotals
	Names                   []string // on the map, in its order
	Left                    int      // branches that are near others and not on the map
	Rows                    []mapRow
	Levels                  []pairSection
	OrderWords              string
	Order                   []string
	Sets                    [][]string
	Branches                []conflictsBranch
	MoreBranches            int
}

type mapRow struct {
	Number int
	Name   string
	Cells  []mapCell
}

// mapCell is a place of the map. Without a letter the two have nothing in common.
type mapCell struct {
	Letter, Class string
	Pair          string // where the pair is listed; ""
	What          string // the pair in a sentence
	Self          bool
}

type pairSection struct {
	ID, Title, Means string
	Pairs            []pairView
	More             int
}

type pairView struct {
	Anchor, A, B string
	Places       []placeView
	More         int
	Remark       string
}

type placeView struct{ Path, Words string }

type conflictsBranch struct {
	Name, Base, Tip    string
	Paths              int
	StandsOn, Requires string
}

// writeConflictsHTML writes one file that needs nothing else, no script either.
func writeConflictsHTML(w io.Writer, r *job.ConflictsReport, opt Options) error {
	t, err := template.New("conflicts").Funcs(template.FuncMap{"number": number, "count": count}).Parse(conflictsHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, conflictsPageOf(r, opt))
}

func conflictsPageOf(r *job.ConflictsReport, opt Options) *conflictsPage {
	style := pageCSS + conflictsCSS
	v := &conflictsPage{
		Policy: "default-src 'none'; style-src " + sourceHash(style) + "; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(style), Title: opt.title(), Verdict: conflictsVerdict(r), Subject: visible(conflictsSubject(r)),
		Version: visible(opt.Version), Totals: r.Totals, OrderWords: ConflictOrderWords, Order: allVisible(r.Order),
	}
	for _, set := range r.Sets {
		v.Sets = append(v.Sets, allVisible(set))
	}
	anchors := v.levels(r)
	v.Skip = "branches"
	if len(v.Levels) > 0 {
		v.Skip = v.Levels[0].ID
	}
	v.heatMap(r, anchors)
	for i := range r.Branches[:min(len(r.Branches), htmlConflict)] {
		b := &r.Branches[i]
		v.Branches = append(v.Branches, conflictsBranch{
			Name: visible(b.Name), Base: visible(b.Base.Tag), Tip: b.Tip.Short(), Paths: len(b.Paths),
			StandsOn: strings.Join(allVisible(b.StandsOn), ", "), Requires: strings.Join(allVisible(b.Requires), ", "),
		})
		if b.Base.Tag == "" {
			v.Branches[i].Base = b.Base.Commit.Short()
		}
	}
	v.MoreBranches = len(r.Branches) - len(v.Branches)
	return v
}

func allVisible(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = visible(name)
	}
	return all
}

// levels lists the pairs and returns where each stands.
func (v *conflictsPage) levels(r *job.ConflictsReport) map[*job.ConflictPair]string {
	anchors := make(map[*job.ConflictPair]string)
	for _, l := range pairLevels(r) {
		if len(l.Pairs) == 0 {
			continue
		}
		s := pairSection{ID: l.ID, Title: l.Title, Means: l.Means}
		for _, p := range l.Pairs[:min(len(l.Pairs), htmlPairs)] {
			view := pairView{Anchor: l.ID + "-" + number(len(s.Pairs)+1), A: visible(p.A), B: visible(p.B), Remark: visible(PairRemark(p))}
			view.Anchor = strings.ReplaceAll(view.Anchor, ",", "")
			places := p.Places()
			for _, place := range places[:min(len(places), htmlPlaces)] {
				view.Places = append(view.Places, placeView{shown(place.Place), PlaceWords(p, place)})
			}
			view.More = len(places) - len(view.Places)
			anchors[p] = view.Anchor
			s.Pairs = append(s.Pairs, view)
		}
		s.More = len(l.Pairs) - len(s.Pairs)
		v.Levels = append(v.Levels, s)
	}
	return anchors
}

// heatMap makes the table of the branches that conflict or change the same lines;
// where none do, of those that share a file.
func (v *conflictsPage) heatMap(r *job.ConflictsReport, anchors map[*job.ConflictPair]string) {
	names := r.Near(false)
	if len(names) == 0 {
		names = r.Near(true)
	}
	v.Left = max(0, len(names)-htmlMap)
	names = names[:len(names)-v.Left]
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
		v.Names = append(v.Names, visible(name))
		row := mapRow{Number: i + 1, Name: visible(name), Cells: make([]mapCell, len(names))}
		row.Cells[i].Self = true
		v.Rows = append(v.Rows, row)
	}
	set := func(a, b string, cell mapCell) {
		i, ok := at[a]
		j, also := at[b]
		if ok && also {
			v.Rows[i].Cells[j], v.Rows[j].Cells[i] = cell, cell
		}
	}
	for _, l := range pairLevels(r) {
		for _, p := range l.Pairs {
			set(p.A, p.B, mapCell{Letter: l.Letter, Class: "is-" + l.ID, Pair: anchors[p], What: glance(p, l)})
		}
	}
	for _, b := range r.Branches {
		for _, on := range b.StandsOn {
			set(b.Name, on, mapCell{Letter: "s", Class: "is-stands", What: visible(b.Name) + " stands on " + visible(on)})
		}
	}
}

// glance is a pair in one line.
func glance(p *job.ConflictPair, l pairLevel) string {
	text := visible(p.A) + " and " + visible(p.B) + ": " + strings.ToLower(l.Title)
	places := p.Places()
	for i, place := range places[:min(len(places), htmlGlance)] {
		text += []string{" in ", ", ", ", "}[i] + shown(place.Place)
		if words := PlaceWords(p, place); words != "" {
			text += " (" + words + ")"
		}
	}
	if left := len(places) - htmlGlance; left > 0 {
		text += " and " + count(left, "more path", "more paths")
	}
	return text
}
