package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mgit/tui/commandtest"
)

func probeRoot() *cobra.Command {
	return newRoot(&call{env: env{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}})
}

// What the screen names can be typed: the command is there, takes as many words, and has the flags, with a value
// or without.
func TestCommandsThatTheScreenNames(t *testing.T) {
	t.Parallel()
	for _, row := range commandtest.All() {
		for _, n := range []int{row.Least, min(row.Most, row.Least+9)} {
			words := strings.Fields(row.Name)
			for _, flag := range append(slices.Clone(row.Valued), "allow") {
				words = append(words, "--"+flag, "x")
			}
			for _, flag := range row.Switches {
				words = append(words, "--"+flag)
			}
			for range n {
				words = append(words, "x")
			}
			cmd, rest, err := probeRoot().Find(words)
			if err != nil || commandName(cmd) != row.Name {
				t.Errorf("mgit %s is not there: %v", row.Name, err)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("mgit %s: %v", row.Name, err)
				continue
			}
			if got := cmd.Flags().NArg(); got != n {
				t.Errorf("mgit %s: of %q, %d words are taken for arguments, not %d", row.Name, words, got, n)
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("mgit %s with %d words: %v", row.Name, n, err)
			}
		}
	}
}

// Every flag in the code of the screen is a flag of some command, also in code that no test of a view reaches.
func TestFlagsInTheCodeOfTheScreen(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	var collect func(*cobra.Command)
	collect = func(c *cobra.Command) {
		for _, row := range regexp.MustCompile(`--([a-z][a-z-]+)`).FindAllStringSubmatch(c.Flags().FlagUsages()+c.PersistentFlags().FlagUsages(), -1) {
			known[row[1]] = true
		}
		for _, sub := range c.Commands() {
			collect(sub)
		}
	}
	collect(probeRoot())
	flag := regexp.MustCompile(`^--([a-z][a-z-]+)([= :]|$)`)
	n := 0
	err := filepath.WalkDir("../../tui", func(path string, d fs.DirEntry, err error) error {
		isTest := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test")
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || isTest {
			return err
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, code, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			text := ""
			if literal, isLiteral := node.(*ast.BasicLit); isLiteral && literal.Kind == token.STRING {
				text, _ = strconv.Unquote(literal.Value)
			}
			if m := flag.FindStringSubmatch(text); m != nil {
				if n++; !known[m[1]] {
					t.Errorf("%s: no command has the flag --%s", path, m[1])
				}
			}
			return true
		})
		return nil
	})
	if err != nil || n < 20 {
		t.Errorf("%d flags were found: %v", n, err)
	}
}
