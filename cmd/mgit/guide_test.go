package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/corehack"
	"mgit/internal/demo"
	"mgit/internal/git/gittest"
)

// The guide tells one upgrade of the demo site. Its commands, given one after the other, say what the
// guide shows.
func TestGuideExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	examples := examplesIn(docs(t)["docs/guide.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 8 {
		t.Errorf("the guide has only %d examples: are they read at all?", len(examples))
	}
}

// The page about live trees tells what the demo's shows.
func TestCorehackExamples(t *testing.T) {
	t.Parallel()
	page := docs(t)["docs/corehacks.md"]
	g := newGuided(t)
	// Settings and all, as mgit init would ask for them on the first day.
	g.follow(t, example{command: "mgit init --yes"})
	examples := examplesIn(page)
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 7 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
	_, list, _ := strings.Cut(page, "The full list,")
	listed := strings.Fields(strings.SplitN(list, "\n\n", 3)[1])
	if builtin := corehack.BuiltinExpected(); !slices.Equal(listed, builtin) {
		t.Errorf("the page lists\n%q\nexpected are\n%q", listed, builtin)
	}
}

// The page about targets brings those of the demo up to date.
func TestTargetExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	examples := examplesIn(docs(t)["docs/targets.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 6 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}

// The page about checks tells what the rules find in the demo's branches, and in a change of one of them. Where no
// answer of a check is shown there is none.
func TestChecksExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	settings := g.Git("show", "mgit:mgit.toml") + "\n" + demo.Records()
	g.Input(fmt.Sprintf("commit refs/heads/mgit\ncommitter Ann <ann@example.org> 1767225600 +0000\ndata 7\nrecords\n"+
		"from refs/heads/mgit^0\nM 644 inline mgit.toml\ndata %d\n%s\n", len(settings), settings), "fast-import", "--quiet")
	examples := examplesIn(docs(t)["docs/checks.md"])
	for _, e := range examples {
		if strings.HasPrefix(e.command, "mgit check") && len(e.shown) == 0 {
			if said := g.say(t, e.command); said != "" {
				t.Errorf("%s says\n%s", e.command, said)
			}
			continue
		}
		g.follow(t, e)
	}
	if len(examples) < 7 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
	found := g.say(t, "mgit check --all --series 4.1 2>/dev/null")
	if n := strings.Count(found, "  ["); n != 1 || !strings.Contains(found, "[mode-change]") {
		t.Errorf("in the end the demo is not in order but for one thing:\n%s", found)
	}
}

// The page about conflicts tells what the demo's branches show, and three more that
// change one line.
func TestConflictsExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	for _, b := range []struct{ short, line string }{{"again", "icon"}, {"icon", "icon"}, {"title", "title"}} {
		g.Git("switch", "--quiet", "--create", "LUVLE-4.1-hack-mod_resource-"+b.short, "v4.1.0")
		lines := strings.SplitAfter(g.Git("show", "HEAD:mod/resource/view.php"), "\n")
		lines[1] = "// " + b.line + "\n"
		g.Write("mod/resource/view.php", strings.Join(lines, "")+"\n")
		g.Commit("mod_resource: " + b.short)
	}
	examples := examplesIn(docs(t)["docs/conflicts.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 5 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}

// The page about plugins shows those of the demo's live tree.
func TestPluginsExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	examples := examplesIn(docs(t)["docs/plugins.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 3 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}

// The page about version pins shows a file, and what the commands make of it in the demo.
func TestEnvExamples(t *testing.T) {
	t.Parallel()
	page := docs(t)["docs/env.md"]
	g := newGuided(t)
	file := regexp.MustCompile("(?ms)^```env (\\S+)\n(.*?)^```$").FindStringSubmatch(page)
	if file == nil {
		t.Fatal("the page shows no file")
	}
	g.Write(file[1], file[2])
	plugin := gittest.NewAt(t, filepath.Join(t.TempDir(), "attendance"))
	for _, tag := range []string{"v3.1.0", "v3.2.0"} {
		plugin.Write("version.php", "<?php\n$plugin->component = 'mod_attendance';\n$plugin->version = 2024010100;\n$plugin->release = '"+tag+"';\n")
		plugin.Commit(tag)
		plugin.Git("tag", tag)
	}
	ops := gittest.NewAt(t, filepath.Join(filepath.Dir(g.Path), "ops"))
	ops.Write("production.env", "# MOODLE_401_STABLE, release 4.1.9\nMOODLE_GIT_HEAD=v4.1.9\nMOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD=v3.1.0\n")
	ops.Commit("What runs")
	for _, command := range []string{
		"init --yes", "config edit plugin.mod_attendance.url file://" + plugin.Path, "config edit plugin.mod_attendance.variable MOD_ATTENDANCE",
		"config edit plugin.mod_attendance.tags 'v*'", "config edit site.staging.env_file " + file[1], "config edit site.staging.environment staging",
	} {
		g.follow(t, example{command: "mgit " + command})
	}
	examples := examplesIn(page)
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 5 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}

// The page about publishing tells what pushes of the demo's branches say.
func TestPushExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	examples := examplesIn(docs(t)["docs/push.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 16 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}

func TestGuideExamplesThatFail(t *testing.T) {
	t.Parallel()
	text := "Text\n\n    $ mgit runs\n    first\n    …\n    third\n    $ mgit undo\n    fourth\n\n    not an example\n"
	examples := examplesIn(text)
	if len(examples) != 2 || examples[0].command != "mgit runs" || len(examples[0].shown) != 3 || examples[1].shown[0] != "fourth" {
		t.Fatalf("read as %+v", examples)
	}
	for said, missing := range map[string]string{
		"first\nsecond\nthird\n": "", "third\nfirst\n": "third", "first\n third\n": "third", "": "first",
	} {
		if got := examples[0].missing(said); got != missing {
			t.Errorf("%q: %q is missing, want %q", said, got, missing)
		}
	}
}

// example is a command in the guide and the lines that it shows of the answer.
type example struct {
	command string
	shown   []string
}

// examplesIn reads the blocks of code in which lines begin with "$ ".
func examplesIn(text string) []example {
	var all []example
	inside := false
	for line := range strings.Lines(text) {
		line, isCode := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case isCode && isCommand:
			inside = true
			all = append(all, example{command: command})
		case isCode && inside:
			all[len(all)-1].shown = append(all[len(all)-1].shown, line)
		case line != "":
			inside = false
		}
	}
	return all
}

// missing returns the first line that is shown and was not said, at least not in this place. "…" stands
// for any lines.
func (e example) missing(said string) string {
	lines := strings.Split(said, "\n")
	for _, want := range e.shown {
		if want == "…" || strings.TrimSpace(want) == "…" {
			continue
		}
		at := 0
		for at < len(lines) && lines[at] != want {
			at++
		}
		if at == len(lines) {
			return want
		}
		lines = lines[at+1:]
	}
	return ""
}

// guided is the site on which the guide's examples are tried.
type guided struct {
	*gittest.Repo
	program string
}

func newGuided(t *testing.T) *guided {
	t.Helper()
	if testing.Short() {
		t.Skip("the examples are told in full or not at all")
	}
	return &guided{gittest.At(t, demoSite(t).Site), program(t)}
}

var clock = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// follow gives the example's command, one of mgit or git. After "git add" every conflict is resolved, which the guide leaves
// to an editor; "cd" needs nothing.
func (g *guided) follow(t *testing.T, e example) {
	t.Helper()
	words := strings.Fields(e.command)
	switch {
	case words[0] == "cd":
		return
	case words[0] == "git" && words[1] == "add" && len(g.benches(t)) > 0:
		g.resolve(t)
		return
	case words[0] != "mgit" && words[0] != "git" && words[0] != "echo":
		t.Errorf("the guide shows %q, which this test does not know", e.command)
		return
	}
	said := clock.ReplaceAllString(g.say(t, e.command), "DATE")
	shown := example{shown: strings.Split(clock.ReplaceAllString(strings.Join(e.shown, "\n"), "DATE"), "\n")}
	if line := shown.missing(said); len(e.shown) > 0 && line != "" {
		t.Errorf("%s does not say what the guide shows:\n%s\nbut\n%s", e.command, line, said)
	}
}

// say is what a command says, with how it failed if it did. It runs through a shell, for the quotes.
func (g *guided) say(t *testing.T, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", `PATH=$0:$PATH; `+command, filepath.Dir(g.program))
	cmd.Dir = g.Path
	cmd.Env = append(g.Env(), "TERM=dumb", "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		out = append(out, err.Error()+"\n"...)
	}
	return strings.ReplaceAll(string(out), g.Path, "/srv/site")
}

var conflict = regexp.MustCompile(`(?ms)^<<<<<<< .*?^=======\n(.*?)^>>>>>>> .*?\n`)

// benches are the worktrees in which conflicts wait for an editor.
func (g *guided) benches(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(g.Path, ".git", "mgit", "worktrees", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// resolve takes the branch's side of every conflict.
func (g *guided) resolve(t *testing.T) {
	t.Helper()
	benches := g.benches(t)
	if len(benches) != 1 {
		t.Fatalf("%d worktrees to resolve in", len(benches))
	}
	w := gittest.At(t, benches[0])
	for _, name := range strings.Fields(w.Git("diff", "--name-only", "--diff-filter=U")) {
		text, err := os.ReadFile(filepath.Join(w.Path, name))
		if err != nil {
			t.Fatal(err)
		}
		w.Write(name, conflict.ReplaceAllString(string(text), "$1"))
	}
	w.Git("add", "--all")
}
