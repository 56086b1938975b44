package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/journal"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		id   string
		exit int
		hint string // a part of it
	}{
		{"anything", errors.New("disk on fire"), "unexpected", 1, ""},
		{"usage", &usageError{text: "what?", hint: "say more"}, "usage", 2, "say more"},
		{"a request for what is not there", &job.UsageError{Text: "no tag v4.6.0", Hint: "v4.5.0?"}, "usage", 2, "v4.5.0?"},
		{"nobody to ask", &usageError{id: "needs-answer", text: "who?"}, "needs-answer", 2, ""},
		{"interrupted", fmt.Errorf("read refs: %w", context.Canceled), "interrupted", 130, ""},
		{"a deleted folder", fmt.Errorf("open: %w", os.NewSyscallError("getwd", fs.ErrNotExist)), "folder-gone", 1, "cd to your clone"},
		{"no repository", fmt.Errorf("open: %w", git.ErrNotRepository), "not-a-repository", 1, "-C DIR"},
		{"old git", fmt.Errorf("open: %w", git.ErrTooOld), "git-too-old", 6, "2.38"},
		{"locked", fmt.Errorf("begin: %w", &journal.LockedError{}), "locked", 8, "wait"},
		{"unfinished", &journal.UnfinishedError{Run: 3, Err: errors.New("full disk")}, "unfinished", 7, "finishes the run"},
		{"damaged", &journal.DamagedError{Ref: "refs/mgit/runs/3", WayBack: "git update-ref -d"}, "damaged", 10, "git update-ref -d"},
		{"refusal", &job.Refusal{ID: "checked-out", Text: "no"}, "checked-out", 6, "--update-worktrees"},
		{"refusal names the flag that waives it", &job.Refusal{ID: "checked-out", Text: "no"}, "checked-out", 6, "--allow checked-out"},
		{"refusal with its own advice", &job.Refusal{ID: "checked-out", Text: "no", Hint: "do this"}, "checked-out", 6, "do this\n"},
		{"wrapped refusal", fmt.Errorf("plan: %w", &job.Refusal{ID: "shallow", Text: "no"}), "shallow", 6, "--unshallow"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := explain(test.err)
			if f.ID != test.id || f.exit != test.exit || !strings.Contains(f.Hint, test.hint) {
				t.Errorf("got %s, exit %d, hint %q; want %s, exit %d, hint with %q", f.ID, f.exit, f.Hint, test.id, test.exit, test.hint)
			}
			if f.Text != test.err.Error() {
				t.Errorf("text %q, want the error's own", f.Text)
			}
		})
	}
}

func TestExplainFinalRefusal(t *testing.T) {
	t.Parallel()
	if f := explain(&job.Refusal{ID: "shallow", Text: "no"}); strings.Contains(f.Hint, "--allow") {
		t.Errorf("hint %q offers to waive what cannot be waived", f.Hint)
	}
}

func TestFailureForAPerson(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := failure{ID: "checked-out", Text: "LUVLE-4.1-test is checked out", Hint: "first\nsecond", exit: exitRefused}
	f.writeTo(&out, newPalette(false))
	want := "mgit: refused (checked-out): LUVLE-4.1-test is checked out\nhint: first\nhint: second\n"
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	known := map[int]bool{}
	for _, row := range exitCodes() {
		known[row.Code] = true
	}
	seen := map[string]bool{}
	for _, k := range kinds() {
		if seen[k.id] {
			t.Errorf("%s stands in the table twice", k.id)
		}
		seen[k.id] = true
		if k.about == "" {
			t.Errorf("%s is not explained", k.id)
		}
		if !known[k.exit] {
			t.Errorf("%s ends with %d, which no one promised", k.id, k.exit)
		}
		if strings.Trim(k.id, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%q is not a name for --allow", k.id)
		}
	}
}

// Every refusal that internal/job can make is explained: its id is looked for in the source.
func TestRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	for _, id := range refusalIDs(t, os.DirFS("../../internal/job")) {
		if k, ok := kindByID(id); !ok || k.exit != exitRefused {
			t.Errorf("the refusal %q of internal/job has no row in kinds()", id)
		}
	}
}

func TestRefusalIDs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := "package x\n\nvar a, b = &Refusal{ID: \"one\", Text: \"x\"}, job.Refusal{Text: \"y\", ID: \"two\"}\n"
	if err := os.WriteFile(dir+"/x.go", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refusalIDs(t, os.DirFS(dir)); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("found %q, want one and two", got)
	}
}

// refusalIDs returns the ids of all composite literals of type Refusal.
func refusalIDs(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	files, err := fs.Glob(fsys, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, name := range files {
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.CompositeLit); ok && isRefusal(literal.Type) {
				ids = append(ids, fieldOf(literal, "ID")...)
			}
			return true
		})
	}
	return ids
}

func isRefusal(expr ast.Expr) bool {
	if selector, ok := expr.(*ast.SelectorExpr); ok {
		return selector.Sel.Name == "Refusal"
	}
	name, ok := expr.(*ast.Ident)
	return ok && name.Name == "Refusal"
}

func fieldOf(literal *ast.CompositeLit, field string) []string {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isName := pair.Key.(*ast.Ident)
		value, isText := pair.Value.(*ast.BasicLit)
		if isName && isText && key.Name == field {
			text, err := strconv.Unquote(value.Value)
			if err == nil {
				return []string{text}
			}
		}
	}
	return nil
}
