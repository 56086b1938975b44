package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgit/internal/check"
)

// docs are the project's own texts by their path from the root.
func docs(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	texts := make(map[string]string)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && name != "docs" && !strings.HasPrefix(name, "docs/") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) == ".md" {
			text, err := fs.ReadFile(root, name)
			texts[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/guide.md", "docs/formats.md"} {
		if texts[name] == "" {
			t.Fatalf("%s is missing", name)
		}
	}
	return texts
}

// Every link in the project's texts leads somewhere: to a file that exists, and there to a heading.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	texts := docs(t)
	links := 0
	for name, text := range texts {
		for _, target := range linksIn(text) {
			links++
			if err := follow(texts, name, target); err != nil {
				t.Errorf("%s: the link to %s: %v", name, target, err)
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links were found: are they read at all?", links)
	}
}

func TestDocsLinksThatFail(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"README.md": "# A\n", "docs/guide.md": "# B\n## When `mgit` refuses, and why\n"}
	for target, ok := range map[string]bool{
		"docs/guide.md": true, "docs/guide.md#when-mgit-refuses-and-why": true, "#a": true, "https://example.org": true,
		"docs/no.md": false, "docs/guide.md#when": false, "#b": false, "../outside.md": false,
	} {
		if err := follow(texts, "README.md", target); (err == nil) != ok {
			t.Errorf("%s: %v, want ok %v", target, err, ok)
		}
	}
}

var (
	fence  = regexp.MustCompile("(?ms)^```.*?^```$")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inline = regexp.MustCompile("`[^`\n]+`")
)

// linksIn lists the targets of the links in a text, code left out.
func linksIn(text string) []string {
	text = inline.ReplaceAllString(fence.ReplaceAllString(text, ""), "code")
	var targets []string
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		targets = append(targets, m[1])
	}
	return targets
}

// follow goes from the text called name to the target of a link.
func follow(texts map[string]string, name, target string) error {
	if strings.HasPrefix(target, "https://") {
		return nil // tests have no network
	}
	file, anchor, _ := strings.Cut(target, "#")
	to := name
	if file != "" {
		to = path.Join(path.Dir(name), file)
	}
	if strings.HasPrefix(to, "..") {
		return fmt.Errorf("it leads out of the project")
	}
	text, isText := texts[to]
	if !isText {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(to))); err != nil {
			return err
		}
	}
	if anchor != "" && !slices.Contains(anchors(text), anchor) {
		return fmt.Errorf("%s has no heading of that name", to)
	}
	return nil
}

// anchors are the names that headings have in links, as the common forges make them.
func anchors(text string) []string {
	var all []string
	for line := range strings.Lines(fence.ReplaceAllString(text, "")) {
		hashes, title, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.Trim(hashes, "#") != "" {
			continue
		}
		title = strings.NewReplacer("&lt;", "", "&gt;", "").Replace(strings.ToLower(title))
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
				return r
			}
			return -1
		}, title))
	}
	return all
}

// Every command that the texts for users show exists, with the flags they show.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	texts := docs(t)
	for _, name := range []string{"README.md", "CHANGELOG.md", "docs/guide.md", "docs/formats.md", "docs/push.md", "docs/targets.md", "docs/releases.md", "docs/conflicts.md", "docs/env.md", "docs/upgrade.md", "docs/plugins.md"} {
		commands := commandsIn(texts[name])
		if len(commands) == 0 {
			t.Errorf("%s shows no command: is it read at all?", name)
		}
		for _, words := range commands {
			if err := understand(words); err != nil {
				t.Errorf("%s: `mgit %s`: %v", name, strings.Join(words, " "), err)
			}
		}
	}
}

func TestDocsCommandsThatFail(t *testing.T) {
	t.Parallel()
	text := "`mgit verison`, `mgit runs --nope` and `mgit undo 12 --dry-run`.\n\n    $ mgit help exit-codes   # the codes\n    mgit triage v4.5.0   what would become of it\n"
	var faults int
	for _, words := range commandsIn(text) {
		if understand(words) != nil {
			faults++
		}
	}
	if n := len(commandsIn(text)); n != 5 || faults != 2 {
		t.Errorf("%d commands, %d of them wrong; want 5 and 2", n, faults)
	}
}

// commandsIn finds what is shown to be typed: `mgit …` as code in a sentence, and lines of indented
// or fenced code that begin with mgit or "$ mgit". What follows two spaces is a remark.
func commandsIn(text string) [][]string {
	var found []string
	for _, code := range inline.FindAllString(text, -1) {
		found = append(found, strings.Trim(code, "`"))
	}
	for line := range strings.Lines(text) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			found = append(found, strings.TrimPrefix(strings.TrimSpace(code), "$ "))
		}
	}
	var commands [][]string
	for _, code := range found {
		code, _, _ = strings.Cut(code, "  ")
		if rest, ok := strings.CutPrefix(code, "mgit "); ok {
			commands = append(commands, strings.Fields(rest))
		}
	}
	return commands
}

// understand checks that mgit knows the command and the flags; the values of flags and the other
// words are the reader's.
func understand(words []string) error {
	root := newRoot(&call{env: env{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}})
	root.InitDefaultHelpCmd()
	cmd, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	takesWords := strings.Contains(cmd.Use, " ") // `mgit release TARGET` has commands below it all the same
	if cmd.HasSubCommands() && !takesWords && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && cmd.Name() != "help" {
		return fmt.Errorf("%s has no command %s", cmd.CommandPath(), rest[0])
	}
	for _, word := range rest {
		if err := knowsFlag(cmd, word); err != nil {
			return err
		}
	}
	if cmd.Name() == "help" && len(rest) == 1 {
		return knowsTopic(root, rest[0])
	}
	return nil
}

func knowsFlag(cmd *cobra.Command, word string) error {
	name, isLong := strings.CutPrefix(word, "--")
	name, _, _ = strings.Cut(name, "=")
	var flag *pflag.Flag
	switch {
	case isLong && (name == "help" || name == ""):
		return nil
	case isLong:
		flag = cmd.Flag(name)
	case len(word) == 2 && word[0] == '-':
		name = word[1:]
		if flag = cmd.Flags().ShorthandLookup(name); flag == nil {
			flag = cmd.InheritedFlags().ShorthandLookup(name)
		}
	default:
		return nil
	}
	if flag == nil {
		return fmt.Errorf("%s has no flag %s", cmd.CommandPath(), word)
	}
	return nil
}

// knowsTopic checks what `mgit help` is asked for; words in capitals stand for any.
func knowsTopic(root *cobra.Command, topic string) error {
	if topic == strings.ToUpper(topic) || slices.Contains(helpTopics(root), topic) {
		return nil
	}
	return fmt.Errorf("help does not know %s", topic)
}

// The guide says of every error and refusal what to do, and lists the exit codes as they are.
func TestGuideIsComplete(t *testing.T) {
	t.Parallel()
	guide := docs(t)["docs/guide.md"]
	_, refusals, ok := strings.Cut(guide, "\n## When mgit refuses\n")
	if !ok {
		t.Fatal("the guide has no chapter \"When mgit refuses\"")
	}
	refusals, _, _ = strings.Cut(refusals, "\n## ")
	var told []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([0-9]+) \\|").FindAllStringSubmatch(refusals, -1) {
		told = append(told, m[1])
		k, known := kindByID(m[1])
		if !known {
			t.Errorf("the guide explains %s, which is no name of an error", m[1])
		} else if strconv.Itoa(k.exit) != m[2] {
			t.Errorf("the guide gives %s the exit code %s, it is %d", m[1], m[2], k.exit)
		}
	}
	for _, id := range ids() {
		if _, isRule := check.Lookup(id); isRule { // docs/checks.md has those
			continue
		}
		if !slices.Contains(told, id) {
			t.Errorf("the guide does not explain %s", id)
		}
	}
	for _, row := range exitCodes() {
		if want := fmt.Sprintf("\n| %d | %s |\n", row.Code, row.About); !strings.Contains(guide, want) {
			t.Errorf("the guide does not list the exit code %d as %q", row.Code, row.About)
		}
	}
}
