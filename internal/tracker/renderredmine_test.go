package tracker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"mgit/internal/tracker"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type renderJob struct {
	Markup tracker.Markup `json:"markup"`
	Text   string         `json:"text"`
	source tracker.Text
	name   string
}

type shown struct {
	HTML  string   `json:"html"`
	Names []string `json:"names"` // who is told that somebody wrote of them
}

// A real Redmine, with an issue, a wiki, a version and commits that could be linked, shows
// nothing of a hostile text but the text.
func TestRedmineShowsTextsAsTheyAre(t *testing.T) {
	if os.Getenv("MGIT_REDMINE") == "" {
		t.Skip("MGIT_REDMINE is not set: no Redmine to ask how it shows texts")
	}
	t.Parallel()
	jobs := controlJobs()
	controls := len(jobs)
	texts := hostile()
	seed := numberFrom(t, "MGIT_SEED", rand.Uint64())
	t.Logf("MGIT_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range numberFrom(t, "MGIT_CASES", 150) {
		texts[fmt.Sprintf("random %d", i)] = randomText(random)
	}
	for _, name := range sortedNames(texts) {
		for _, m := range markups()[:3] {
			jobs = append(jobs, renderJob{m, texts[name].Render(m, 0), texts[name], name})
		}
	}
	all := askRedmine(t, jobs)
	for i, job := range jobs {
		lines, odd := readShown(t, all[i].HTML, job.source)
		if i < controls {
			if len(odd) == 0 && len(all[i].Names) == 0 {
				t.Errorf("the judge sees no fault in %s %q: %s", job.Markup, job.Text, all[i].HTML)
			}
			continue
		}
		if len(odd) > 0 || len(all[i].Names) > 0 {
			t.Errorf("%s of %s has %v, tells %v\n%s\n%s", job.Markup, job.name, odd, all[i].Names, job.Text, all[i].HTML)
		}
		if want := plainLines(job.source); !slices.Equal(lines, want) {
			t.Errorf("%s of %s is\n%q\nand should be\n%q\n%s\n%s", job.Markup, job.name, lines, want, job.Text, all[i].HTML)
		}
	}
}

// controlJobs are texts that are not rendered: the judge has to object to each.
func controlJobs() []renderJob {
	var jobs []renderJob
	for _, text := range []string{"#1", "{{include(Wiki)}}", "@admin", "r12", "commit:c3b2a1908f", "[[Wiki]]", "version:1.0", "http://example.com"} {
		for _, m := range markups()[:3] {
			jobs = append(jobs, renderJob{Markup: m, Text: text, name: text})
		}
	}
	return append(
		jobs, renderJob{Markup: tracker.Textile, Text: "*b* !http://example.com/x.png! x"}, renderJob{Markup: tracker.Markdown, Text: "**b**"},
		renderJob{Markup: tracker.CommonMark, Text: "a <b>x</b>"}, renderJob{Markup: tracker.CommonMark, Text: "`@admin` x"},
	)
}

// plainLines are a text's lines as somebody should read them.
func plainLines(text tracker.Text) []string {
	var lines []string
	for _, b := range text.Cleaned() {
		for _, l := range b.Lines {
			if l = normal(l); l != "" {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

func normal(line string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(line, "\u2060", "")), " ")
}

// readShown reads the lines of a page, and the tags in it that should not be there.
func readShown(t *testing.T, page string, source tracker.Text) (lines, odd []string) {
	t.Helper()
	var addresses []string
	for _, b := range source {
		if b.Kind == tracker.Addresses {
			addresses = append(addresses, b.Lines...)
		}
	}
	nodes, err := html.ParseFragment(strings.NewReader(page), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	var read func(n *html.Node)
	read = func(n *html.Node) {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
		if n.Type == html.ElementNode {
			class, href := attribute(n, "class"), attribute(n, "href")
			switch {
			case n.Data == "a" && class == "wiki-anchor":
				return
			case n.Data == "a" && slices.Contains(addresses, href) && strings.HasPrefix(href, "https://"):
			case n.Data == "a" && len(n.Attr) == 1 && n.Attr[0].Key == "name":
			case n.Data == "ul" && class == "task-list": // without boxes to tick, it means nothing
			case slices.Contains([]string{"p", "br", "h3", "ul", "li", "pre", "code"}, n.Data) && class == "":
			default:
				odd = append(odd, n.Data+"."+class+" "+href)
			}
			if slices.Contains([]string{"p", "br", "h3", "ul", "li", "pre"}, n.Data) {
				text.WriteString("\n")
			}
		}
		for c := range n.ChildNodes() {
			read(c)
		}
		if n.Type == html.ElementNode && slices.Contains([]string{"p", "h3", "li", "pre"}, n.Data) {
			text.WriteString("\n")
		}
	}
	for _, n := range nodes {
		read(n)
	}
	for line := range strings.SplitSeq(text.String(), "\n") {
		if line = normal(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, odd
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func numberFrom(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// askRedmine has Debian's Redmine show texts. It works on a copy of the database that
// the package made, and starts no server.
func askRedmine(t *testing.T, jobs []renderJob) []shown {
	t.Helper()
	const home, database = "/usr/share/redmine", "/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default"
	if _, err := os.Stat(home); err != nil {
		t.Skipf("no Redmine of Debian's is installed here: %v", err)
	}
	var root []string
	if os.Getuid() != 0 {
		root = []string{"sudo", "-n"}
	}
	run := func(command ...string) {
		t.Helper()
		command = slices.Concat(root, command)
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...)
		cmd.Dir = home
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	dir, err := os.MkdirTemp("", "mgit-texts")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run("rm", "-rf", dir) })
	data, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "render.rb"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"in.json": data, "render.rb": script} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run("cp", database, filepath.Join(dir, "db"))
	run("chmod", "755", dir)
	run("chown", "-R", "www-data:", dir)
	run("runuser", "-u", "www-data", "--", "env", "RAILS_ENV=production", "REDMINE_INSTANCE=default", "DATABASE_URL=sqlite3:"+filepath.Join(dir, "db"),
		"bundle", "exec", "rails", "runner", filepath.Join(dir, "render.rb"), filepath.Join(dir, "in.json"), filepath.Join(dir, "out.json"))
	if data, err = os.ReadFile(filepath.Join(dir, "out.json")); err != nil {
		t.Fatal(err)
	}
	var all []shown
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(jobs) {
		t.Fatalf("%d answers to %d texts", len(all), len(jobs))
	}
	return all
}
