package report

import (
	"io"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
)

// writeCheckMarkdown writes a table of findings for each thing that was judged, as a job summary shows it.
func writeCheckMarkdown(w io.Writer, r *job.CheckReport, opt Options) error {
	limit := max(opt.Limit, markdownLeast)
	if opt.Limit == 0 {
		limit = markdownBytes
	}
	s := &sheet{limit: limit}
	s.add("# " + prose(opt.title()) + "\n\n**" + prose(sentence(checkVerdict(r))) + "**\n")
	for i := range r.Checks {
		checkMarkdownOf(s, r, i)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

func checkMarkdownOf(s *sheet, r *job.CheckReport, n int) {
	c := &r.Checks[n]
	if len(c.Findings) == 0 && len(c.Notes) == 0 {
		return
	}
	if !s.add("\n## " + prose(sentenceCase(checkedWords(c))) + "\n") {
		return
	}
	var items []checkItem
	for i := range checkOrder(&job.CheckReport{Checks: r.Checks[n : n+1]}) {
		items = append(items, i)
	}
	if len(items) > 0 && s.add("\n| | where | what | rule |\n|---|---|---|---|\n") {
		s.list(len(items), len(items), func(i int) string { return checkRow(items[i]) }, func(left int) string {
			return "\n" + sentence(count(left, "more finding is", "more findings are")+" left out: there is no more room") + "\n"
		})
	}
	if len(c.Notes) > 0 && s.add("\nNot judged:\n\n") {
		s.list(len(c.Notes), markdownRows, func(i int) string { return "- " + proseAndCode(c.Notes[i]) + "\n" }, moreItems)
	}
}

func checkRow(i checkItem) string {
	f := i.Finding
	kind := "warning"
	switch {
	case f.Waived != nil:
		kind = "waived"
	case f.Severity == check.Error:
		kind = "**error**"
	}
	text := strings.TrimRight(f.Text, ".")
	switch {
	case f.Waived != nil:
		text += "; " + waiverWords(f.Waived)
	case f.Hint != "":
		text += "; " + strings.TrimRight(f.Hint, ".")
	}
	return "| " + kind + " | " + cell(i.where()) + " | " + escapeBars(proseAndCode(text)) + " | " + cell(f.Rule) + " |\n"
}

// sentenceCase begins a text with a capital letter.
func sentenceCase(text string) string { return strings.TrimSuffix(sentence(text), ".") }
