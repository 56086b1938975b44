package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"

	"mgit/internal/job"
)

// What keeps a page of thousands of findings usable, and its file in bounds.
const (
	htmlFindings  = 5_000
	htmlRows      = 2_000 // of every other list
	htmlHunks     = 100   // of a finding
	htmlHunkLines = 200
	htmlLines     = 60_000 // of the whole page
	// htmlOpen is up to how many lines of diffs the orphans stand open at first.
	htmlOpen = 300
)

// The parts of the page. The script and the style are put in as they are, and the
// page's own policy allows exactly them, by their hashes.
var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// writeHTML writes one file that needs nothing else: no network, no storage, and
// without JavaScript all but the filters.
func writeHTML(w io.Writer, r *job.CorehackReport, opt Options) error {
	t, err := template.New("page").Funcs(template.FuncMap{"number": number, "count": count}).Parse(pageHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, viewOf(r, opt))
}

// policy is the Content-Security-Policy of the page: nothing may be loaded, sent or
// run but its own style and script.
func policy() string {
	return "default-src 'none'; style-src " + sourceHash(pageCSS) + "; script-src " + sourceHash(pageJS) + "; base-uri 'none'; form-action 'none'"
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
