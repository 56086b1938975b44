package report

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
)

//go:embed document.html
var documentHTML string

// htmlDocumentRows is how many rows of a table a page has.
const htmlDocumentRows = 5_000

// documentPage is what the template shows. All of its text is visible() already.
type documentPage struct {
	Policy                  string
	Style                   template.CSS
	Title, Verdict, Subject string
	Skip, Version           string
	Sections                []sectionView
}

type sectionView struct {
	ID, Title string
	Lead      []string
	Blocks    []blockView
}

type blockView struct {
	Title, Label string
	Columns      []Column
	Rows         [][]string
	Items        []string
	Mono         bool
	More         int
	Note         string
}

// writeDocumentHTML writes one file that needs nothing else, no script either.
func writeDocumentHTML(w io.Writer, d Document, opt Options) error {
	t, err := template.New("document").Funcs(template.FuncMap{"count": count}).Parse(documentHTML)
	if err != nil {
		return err
	}
	page := documentPage{
		Policy: "default-src 'none'; style-src " + sourceHash(pageCSS) + "; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(pageCSS), Title: visible(d.Title), Verdict: visible(d.Verdict), Subject: visible(d.Subject),
		Version: visible(opt.Version),
	}
	for _, s := range d.Sections {
		if s.IsEmpty() {
			continue
		}
		page.Skip = cmp.Or(page.Skip, s.ID)
		view := sectionView{ID: s.ID, Title: visible(s.Title), Lead: allVisible(s.Lead)}
		for _, b := range s.Blocks {
			if !b.IsEmpty() {
				view.Blocks = append(view.Blocks, viewBlock(s, b))
			}
		}
		page.Sections = append(page.Sections, view)
	}
	return t.Execute(w, page)
}

func viewBlock(s Section, b Block) blockView {
	rows, items := min(len(b.Rows), htmlDocumentRows), min(len(b.Items), htmlDocumentRows)
	view := blockView{
		Title: visible(b.Title), Label: visible(cmp.Or(b.Title, s.Title)), Columns: b.Columns,
		Items: allVisible(b.Items[:items]), Mono: b.Mono, Note: visible(b.Note),
		More: len(b.Rows) - rows + len(b.Items) - items,
	}
	for _, row := range b.Rows[:rows] {
		view.Rows = append(view.Rows, allVisible(row))
	}
	return view
}
