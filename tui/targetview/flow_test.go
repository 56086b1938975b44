package targetview

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Main(m)) }

const (
	test       = "LUVLE-4.1-test"
	deployment = "LUVLE-4.1-deployment"
)

// newSite builds a site: three branches of which two conflict, a patch release, and an empty test target.
func newSite(t *testing.T) *gittest.Repo {
	t.Helper()
	r := gittest.NewAt(t, filepath.Join(t.TempDir(), "site"))
	upstream := func(tag, version, lib string) {
		r.Write("version.php", fmt.Sprintf("<?php\n$version  = %s;\n$release  = '%s (Build: 20230101)';\n$branch   = '401';\n", version, strings.TrimPrefix(tag, "v")))
		r.Write("lib.php", lib)
		r.Commit(tag)
		r.Git("tag", "-a", "-m", tag, tag)
	}
	upstream("v4.1.0", "2022112800.00", "one\ntwo\nthree\nfour\nfive\n")
	upstream("v4.1.1", "2022112801.00", "one\ntwo\nthree\nfour\nfixed\n")
	r.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", "v4.1.1^{}")
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Git("branch", "-D", "main")
	r.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	var config strings.Builder
	config.WriteString("[mgit]\n\tcustomer = LUVLE\n\tseries = 4.1\n[mgit \"remote.upstream\"]\n\turl = https://example.org/moodle.git\n\trole = upstream\n" +
		"[mgit \"release\"]\n\tourname = lu\n\tshortcustomer = lu\n")
	path := filepath.Join(r.Path, ".git", "config")
	old, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(old, config.String()...), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	empty := r.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", empty))
	r.Grow("LUVLE-4.1-hack-core-one", "v4.1.0", "lib.php", "ONE\ntwo\nthree\nfour\nfive\n")
	r.Grow("LUVLE-4.1-hack-core-two", "v4.1.0", "lib.php", "1\ntwo\nthree\nfour\nfive\n")
	r.Grow("LUVLE-4.1-feature-local_greeting", "v4.1.0", "local/greeting/version.php", "<?php\n")
	return r
}

func copyOf(t *testing.T, r *gittest.Repo) *gittest.Repo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, os.DirFS(r.Path)); err != nil {
		t.Fatal(err)
	}
	c := gittest.At(t, dir)
	c.Git("update-index", "-q", "--refresh")
	return c
}

func open(t *testing.T, r *gittest.Repo) func(context.Context) (*job.Site, error) {
	return func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	}
}

func enter(t *testing.T, r *gittest.Repo) (*tuitest.Driver, *View) {
	t.Helper()
	h := tuitest.Host(t, "plain", open(t, r))
	h.Now = func() time.Time { return time.Date(2026, 3, 3, 21, 30, 0, 0, time.UTC) } // the releases are old enough
	v := New(h)
	return tuitest.Drive(t, h, v, 120, 40, ""), v
}

// moment is a run's time, which differs between two that are compared; so do the ids that follow from it.
var moment = regexp.MustCompile(`[0-9a-f]{40}|\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)|\b1[0-9]{9}\b`)

// state is all that a run leaves behind, except times: references, the trees below them, and the journal.
func state(r *gittest.Repo) string {
	var b strings.Builder
	for line := range strings.Lines(r.Git("for-each-ref", "--format=%(refname)") + "\n") {
		ref := strings.TrimSpace(line)
		b.WriteString(ref + "\n")
		if !strings.HasPrefix(ref, "refs/mgit/runs/") {
			b.WriteString(r.Git("rev-parse", ref+"^{tree}") + "\n" + moment.ReplaceAllString(r.Git("log", "--format=%an %s%n%b", "--topo-order", ref), "·") + "\n")
			continue
		}
		for file := range strings.Lines(r.Git("ls-tree", "-r", "--name-only", ref) + "\n") {
			file = strings.TrimSpace(file)
			b.WriteString(file + "\n" + moment.ReplaceAllString(r.Git("cat-file", "blob", ref+":"+file), "·") + "\n")
		}
	}
	return b.String()
}

// What the screen assembles is what the command does, journal and all.
func TestAssembleIsTheCommands(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	other := copyOf(t, r)
	d, v := enter(t, r)
	if v.Subject() != test {
		t.Fatalf("selected is %q", v.Subject())
	}
	d.Press("a")
	d.Choose("a")
	p, message := d.Run()
	if len(p.Moves) != 1 || p.Moves[0].Ref != "refs/heads/"+test || p.Moves[0].Old != "" {
		t.Errorf("moves %+v", p.Moves)
	}
	said := strings.Join(p.Lines, "\n")
	for _, want := range []string{"2 clean, 1 conflict", "LUVLE-4.1-hack-core-two: contents in lib.php", "that is changed by LUVLE-4.1-hack-core-one"} {
		if !strings.Contains(said, want) {
			t.Errorf("the preview lacks %q:\n%s", want, said)
		}
	}
	if want := test + " on v4.1.0: 2 clean, 1 conflict. This was run 1."; message != want || d.Ended != screen.Waiting {
		t.Errorf("%q, want %q; it ends with %d", message, want, d.Ended)
	}
	if open := tuitest.Taken[screen.OpenMsg](d); open.View != keymap.Conflict || open.Subject != test {
		t.Errorf("opened %+v", open)
	}
	site, err := open(t, other)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	if _, _, err := job.Assemble(t.Context(), site, job.AssembleRequest{Target: test}, false); err != nil {
		t.Fatal(err)
	}
	if is, want := state(r), state(other); is != want {
		t.Errorf("by the screen:\n%s\nby the command:\n%s", is, want)
	}
	// The view has read anew: two are held, one is missing.
	said = strings.Join(strings.Fields(d.Plain()), " ")
	for _, want := range []string{"branch is missing.", "! missing", "+ current"} {
		if !strings.Contains(said, want) {
			t.Errorf("the view lacks %q:\n%s", want, d.Plain())
		}
	}
	// A second time there is nothing to do but what waits for a person.
	d.Press("a")
	d.Choose("a")
	if p, _ := d.Run(); !strings.Contains(p.Nothing, "There was nothing to do") || !strings.Contains(p.Nothing, "mgit resolve") || d.Ended != screen.Waiting {
		t.Errorf("%+v", p)
	}
}

// The flags are chosen in the menu, and stand in the command.
func TestAssemblyMenu(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	r.Git("branch", test, "v4.1.0^{}")
	d, v := enter(t, r)
	d.Press("j", "a") // deployment is not built yet
	for _, key := range []string{"1", "u", "n"} {
		d.Choose(key)
	}
	d.Choose("a")
	task := tuitest.Taken[screen.StartMsg](d).Task
	if got, want := strings.Join(task.Command, " "), "assemble "+deployment+" --from "+test+" --no-resolutions --update-worktrees"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	d.Press("r")
	if said := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(said.Text, "not built yet") {
		t.Errorf("%+v", said)
	}
	d.Press("k", "a")
	d.Choose("f")
	d.Choose("a")
	task = tuitest.Taken[screen.StartMsg](d).Task
	if got, want := strings.Join(task.Command, " "), "assemble "+test+" --fresh"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := strings.Join(v.Twin(), " "); got != "assemble "+test+" --check" {
		t.Errorf("twin %q", got)
	}
	d.Press("P")
	d.Choose("y")
	if c := tuitest.Taken[screen.CopyMsg](d); c.Text != "mgit push "+test {
		t.Errorf("copied %+v", c)
	}
}

// A target is assembled, gets the patch release, and is released; then the release is proven.
func TestMinorReleaseVerify(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	r.Git("update-ref", "-d", "refs/heads/LUVLE-4.1-hack-core-two")
	d, v := enter(t, r)
	d.Press("a")
	d.Choose("a")
	d.Run()
	d.Press("M")
	d.Choose("m")
	p, message := d.Run()
	if len(p.Moves) != 1 || message != test+" goes from v4.1.0 to v4.1.1. This was run 2." {
		t.Errorf("%+v %q", p, message)
	}
	d.Press("M")
	if said := tuitest.Taken[screen.NoticeMsg](d); said.Text != test+" has v4.1.1 already." {
		t.Errorf("%+v", said)
	}
	d.Press("r")
	d.Choose("r")
	p, message = d.Run()
	const tag = "lu-moodle-lu_v4.1.1-0"
	if len(p.Moves) != 1 || p.Moves[0].Ref != "refs/tags/"+tag {
		t.Errorf("moves %+v", p.Moves)
	}
	if want := test + " is " + tag + " now. This was run 3. It is local: nothing was pushed."; message != want {
		t.Errorf("%q, want %q", message, want)
	}
	d.Press("u")
	if v.Subject() != tag {
		t.Fatalf("selected is %q:\n%s", v.Subject(), d.Plain())
	}
	d.Press("enter")
	if text := d.Plain(); !strings.Contains(text, "+ "+tag+" is proven.") {
		t.Errorf("it is not proven:\n%s", text)
	}
	d.Press("esc", "r")
	d.Choose("n")
	d.Enter("another")
	if task := tuitest.Taken[screen.StartMsg](d).Task; strings.Join(task.Command, " ") != "release "+test+" --tag another" {
		t.Errorf("%q", task.Command)
	}
}

// A signed tag may want a passphrase: that is left to a shell.
func TestSignedReleaseGoesToAShell(t *testing.T) {
	t.Parallel()
	s := newSample(t, usual())
	v := shown(t, "plain", s)
	v.site.Answer(facts{status: s.status, signsTags: true, dir: "/srv/site"}, nil)
	d := tuitest.Drive(t, v.host, v, 80, 24, "")
	d.Press("r")
	d.Choose("s")
	if m := tuitest.Taken[screen.ShellMsg](d); m.Dir != "/srv/site" || !strings.HasPrefix(m.Hint, "mgit release LUVLE-4.5-test") {
		t.Errorf("%+v", m)
	}
	d.Press("r")
	d.Choose("r")
	if task := tuitest.Taken[screen.StartMsg](d).Task; strings.Join(task.Command, " ") != "release LUVLE-4.5-test --sign=false" {
		t.Errorf("%q", task.Command)
	}
}

// So is an assembly whose merges are signed.
func TestSignedAssemblyGoesToAShell(t *testing.T) {
	t.Parallel()
	s := newSample(t, usual())
	v := shown(t, "plain", s)
	v.site.Answer(facts{status: s.status, signsCommits: true, dir: "/srv/site"}, nil)
	d := tuitest.Drive(t, v.host, v, 80, 24, "")
	d.Press("a")
	d.Choose("f")
	d.Choose("s")
	if m := tuitest.Taken[screen.ShellMsg](d); !strings.HasPrefix(m.Hint, "mgit assemble LUVLE-4.5-test --fresh ") {
		t.Errorf("%+v", m)
	}
}

// The map is walked in both directions, filtered, and is a list where one wants it.
func TestWalkTheMap(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", newSample(t, many(120)))
	d := tuitest.Drive(t, v.host, v, 120, 40, "LUVLE-4.5-test")
	d.Press("c", "G", "l", "l", "h", "k", "ctrl+u", "pgup", "pgdown", "ctrl+d")
	a, b, _ := v.heat.two()
	if a == b {
		t.Errorf("%s meets itself", a)
	}
	d.Press("g", "n")
	if p := v.heat.selected(); p == nil || p.Level == "" {
		t.Error("n leads to no pair")
	}
	d.Press("/")
	d.Enter("component006")
	if n := len(v.heat.branches); n != 2 {
		t.Errorf("the filter leaves %q", v.heat.branches)
	}
	d.Press("w")
	if !v.heat.isList {
		t.Error("no list")
	}
	d.Press("w", "enter")
	d.Choose("2")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Branches || !strings.Contains(m.Subject, "component006") {
		t.Errorf("%+v", m)
	}
	d.Press("esc", "f")
	if n := len(v.heat.branches); n != 119 {
		t.Errorf("%d branches with those that share files", n)
	}
	d.Press("tab", "j", "j", "l", "h", "tab", "+", "+", "p", "p", "c")
	if v.mode != contents {
		t.Error("c does not lead back")
	}
}

// A part of a target leads to its branch, and is copied.
func TestPartOpensItsBranch(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", newSample(t, usual()))
	d := tuitest.Drive(t, v.host, v, 120, 40, "")
	d.Press("enter", "j", "enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Branches || m.Subject != usual()[0] {
		t.Errorf("%+v", m)
	}
	var whats []string
	for _, c := range v.Copies() {
		whats = append(whats, c.What)
	}
	if got := strings.Join(whats, ", "); !strings.HasPrefix(got, "name of the branch, commit, what is said of it, name of the target") {
		t.Error(got)
	}
	d.Press("/")
	d.Enter("state:stale")
	if rows := v.parts.Shown(); len(rows) != 2 {
		t.Errorf("%d stale rows", len(rows))
	}
}

// What is clicked on is selected, and the wheel moves what is below it.
func TestMouse(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", newSample(t, many(120)))
	d := tuitest.Drive(t, v.host, v, 120, 40, "LUVLE-4.5-test")
	at := func(what string) (x, y int) {
		t.Helper()
		for y, line := range strings.Split(d.Plain(), "\n") {
			if i := strings.Index(line, what); i >= 0 {
				return cells.Width(line[:i]), y
			}
		}
		t.Fatalf("there is no %q:\n%s", what, d.Plain())
		return 0, 0
	}
	click := func(what string) {
		t.Helper()
		x, y := at(what)
		d.Do(v.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}))
		d.Render()
	}
	click("LUVLE-4.5-deployment")
	if v.Subject() != "LUVLE-4.5-deployment" || v.panes[contents].Second {
		t.Errorf("selected is %q", v.Subject())
	}
	click("hack-mod_component004-shortname")
	if p, _ := v.parts.Selected(); !v.panes[contents].Second || p.name != many(5)[4] {
		t.Errorf("selected is %+v", p)
	}
	d.Press("c")
	click("  5 mod_compone")
	if _, b, _ := v.heat.two(); b != many(7)[6] {
		t.Errorf("selected is %q", b)
	}
	row := v.heat.row
	d.Do(v.Update(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelDown}))
	if v.heat.row != row+3 {
		t.Errorf("the wheel goes from row %d to %d", row, v.heat.row)
	}
}

// Every action of the table means something here.
func TestEveryActionIsHandled(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", newSample(t, usual()))
	d := tuitest.Drive(t, v.host, v, 80, 24, "")
	for _, b := range v.host.Keys.Bindings(keymap.Targets) {
		before := d.Plain()
		d.Press(b.Keys[0])
		if len(d.Sent) == 0 && d.Plain() == before && b.Action != keymap.TargetsShape && b.Action != keymap.TargetsFiles {
			t.Errorf("%s does nothing", b.Action)
		}
		d.Sent = nil
		d.Press("esc")
	}
}

// In the evening of an upgrade the targets of the new series are there too, as far as no other was asked for.
func TestTargetsOfAnUpgrade(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	r.Git("checkout", "-q", "--detach", "v4.1.1")
	for i, tag := range []string{"v4.5.0", "v4.5.1"} {
		r.Write("version.php", fmt.Sprintf("<?php\n$version  = 202410070%d.00;\n$release  = '%s (Build: 20241007)';\n$branch   = '405';\n", i, tag[1:]))
		r.Commit(tag)
		r.Git("tag", "-a", "-m", tag, tag)
	}
	r.Git("update-ref", "refs/remotes/upstream/MOODLE_405_STABLE", "v4.5.1^{}")
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Grow("LUVLE-4.5-feature-local_greeting", "v4.5.0", "local/greeting/version.php", "<?php\n")
	site, err := open(t, r)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := job.BeginUpgrade(t.Context(), site, job.BeginRequest{To: "4.5"}); err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}

	const next = "LUVLE-4.5-test"
	d, v := enter(t, r)
	if v.Subject() != test || !strings.Contains(d.Plain(), "Targets of Moodle 4.1 and 4.5") {
		t.Fatalf("%q is selected of\n%s", v.Subject(), d.Plain())
	}
	d.Do(v.Enter("4.5"))
	if v.Subject() != next {
		t.Fatalf("for the series 4.5, %q is selected", v.Subject())
	}
	if shown := d.Plain(); strings.Contains(shown, "LUVLE-4.1-hack") || !strings.Contains(shown, "feature-local_greeting") {
		t.Errorf("of its branches, it shows\n%s", shown)
	}
	d.Press("a")
	d.Choose("a")
	if _, message := d.Run(); !strings.Contains(message, next) {
		t.Errorf("assembled: %s", message)
	}
	if got := r.Git("log", "--merges", "--format=%s", next); !strings.Contains(got, "LUVLE-4.5-feature-local_greeting") {
		t.Errorf("%s has %q", next, got)
	}
	d.Press("M")
	d.Choose("m")
	task := d.Sent[0].(screen.StartMsg).Task
	if got := strings.Join(task.Command, " "); got != "minor --into "+next+" --series 4.5" {
		t.Errorf("the patch release is taken by %q", got)
	}
	if _, message := d.Run(); !strings.Contains(message, "v4.5.1") {
		t.Errorf("merged: %s", message)
	}

	h := tuitest.Host(t, "plain", open(t, r))
	h.Series = "4.1"
	asked := tuitest.Drive(t, h, New(h), 120, 40, "")
	if strings.Contains(asked.Plain(), next) {
		t.Errorf("asked for 4.1, it shows\n%s", asked.Plain())
	}
}

// esc goes back in the order of all views: out of the pane, then the filters, then the mode.
func TestBackInOrder(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", newSample(t, usual()))
	d := tuitest.Drive(t, v.host, v, 120, 40, "")
	for _, at := range []string{"first", "second"} {
		d.Press("/")
		d.Enter("LUVLE")
		if at == "first" {
			d.Press("tab")
		}
	}
	if !v.panes[contents].Second || v.targets.Filter() == "" || v.parts.Filter() == "" {
		t.Fatalf("targets %q, parts %q", v.targets.Filter(), v.parts.Filter())
	}
	for i, want := range []string{"LUVLE LUVLE", " LUVLE", " "} {
		d.Press("esc")
		if got := v.parts.Filter() + " " + v.targets.Filter(); v.panes[contents].Second || got != want {
			t.Errorf("after esc %d: %q, want %q", i+1, got, want)
		}
	}
}
