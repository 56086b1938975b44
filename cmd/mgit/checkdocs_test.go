package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/check"
)

// The page about checks has a table of rules for each family, with every rule as it is. With -update the tables are
// written anew.
func TestChecksPage(t *testing.T) {
	t.Parallel()
	page := docs(t)["docs/checks.md"]
	written, err := withRules(page)
	if err != nil {
		t.Fatal(err)
	}
	if written == page {
		return
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "docs", "checks.md"), []byte(written), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	for line := range strings.Lines(written) {
		if !strings.Contains(page, line) {
			t.Errorf("the page does not have the row\n%s", line)
		}
	}
	t.Error("the tables in docs/checks.md are not those of the rules; go test ./cmd/mgit -run TestChecksPage -update writes them")
}

func TestChecksPageThatFails(t *testing.T) {
	t.Parallel()
	page := docs(t)["docs/checks.md"]
	rule := check.Rules()[0]
	row := ruleRow(rule)
	rule.Severity = "other"
	for name, broken := range map[string]string{
		"a row less":        strings.Replace(page, row, "", 1),
		"another severity":  strings.Replace(page, row, ruleRow(rule), 1),
		"a rule of nobody":  strings.Replace(page, row, row+"| `nobody` | error | nothing |\n", 1),
		"a text in between": strings.Replace(page, row, "text\n"+row, 1),
	} {
		if written, err := withRules(broken); err == nil && written == broken {
			t.Errorf("%s: nobody sees it", name)
		}
	}
	if _, err := withRules(strings.Replace(page, "### Leftovers\n", "### Left\n", 1)); err == nil {
		t.Error("a chapter less: nobody sees it")
	}
}

// withRules writes the tables of rules into a page. A table ends with the first line that is none of its rows.
func withRules(page string) (string, error) {
	chapters := map[string]string{
		"branch": "Branches", "scope": "Scope", "plugin": "Plugins", "leftover": "Leftovers", "code": "Code", "hack": "Hacks",
		"message": "Messages", "own": "The rules themselves",
	}
	const head = "| rule | severity | what is found |\n|---|---|---|\n"
	for _, family := range check.Families() {
		before, rest, ok := strings.Cut(page, "\n### "+chapters[family]+"\n")
		if !ok {
			return "", fmt.Errorf("no chapter for the rules of the family %s", family)
		}
		text, rest, ok := strings.Cut(rest, head)
		if !ok || strings.Contains(text, "\n#") {
			return "", fmt.Errorf("no table of rules in the chapter %s", chapters[family])
		}
		for strings.HasPrefix(rest, "| ") {
			_, rest, _ = strings.Cut(rest, "\n")
		}
		table := ""
		for _, rule := range check.Rules() {
			if rule.Family == family {
				table += ruleRow(rule)
			}
		}
		page = before + "\n### " + chapters[family] + "\n" + text + head + table + rest
	}
	return page, nil
}

func ruleRow(r check.Rule) string {
	cell := strings.NewReplacer("|", `\|`, "\n", " ")
	return fmt.Sprintf("| `%s` | %s | %s: %s |\n", r.ID, r.Severity, cell.Replace(r.Title), cell.Replace(r.Why))
}
