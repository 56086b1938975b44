package conflictview

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

const (
	inTest  = "LUVLE-4.5-test"
	pageOne = "LUVLE-4.5-hack-core-pageone"
	pageTwo = "LUVLE-4.5-hack-core-pagetwo"
)

// stoppedTarget is a site whose test target was put together without a branch that conflicts with another.
func stoppedTarget(t *testing.T) *gittest.Repo {
	t.Helper()
	r := copySite(t)
	r.Grow(pageOne, "v4.5.0", "lib.php", numbered(map[int]string{5: "upstream 5", 11: "one", 20: "upstream 20"}))
	r.Grow(pageTwo, "v4.5.0", "lib.php", numbered(map[int]string{5: "upstream 5", 11: "two", 20: "upstream 20"}))
	site := openSite(t, r)
	defer site.Close()
	if _, _, err := job.Assemble(t.Context(), site, job.AssembleRequest{Target: "test", Series: "4.5"}, false); err != nil {
		t.Fatal(err)
	}
	return r
}

// resolveByCommand is mgit resolve in another terminal.
func resolveByCommand(t *testing.T, r *gittest.Repo) error {
	t.Helper()
	site := openSite(t, r)
	defer site.Close()
	_, err := job.ResolveTarget(t.Context(), site, job.ResolveTargetRequest{AssembleRequest: job.AssembleRequest{Target: inTest}}, false)
	return err
}

// An assembly that stopped: from the list to the target that has the branch, with keys alone.
func TestConflictOfATarget(t *testing.T) {
	t.Parallel()
	r := stoppedTarget(t)
	d, v := driveAt(t, r, inTest)
	for _, want := range []string{inTest + " without LUVLE-4.5-hack-co", "waits for you: merging " + pageTwo, "lib.php: contents, 1 hunk"} {
		if text := d.Plain() + strings.Join(planeOf(v), "\n"); !strings.Contains(text, want) {
			t.Errorf("%q is not shown:\n%s", want, text)
		}
	}
	d.Press("enter")
	for _, want := range []string{"target  " + inTest, "+one", "branch  " + pageTwo, "+two", "·line 10", "·line 12"} {
		if text := d.Plain(); !strings.Contains(text, want) {
			t.Errorf("%q is not shown:\n%s", want, text)
		}
	}
	d.Press("S")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "mgit dispose "+pageTwo+" hold") {
		t.Errorf("%q", n.Text)
	}
	d.Press("r")
	if task := d.Sent[0].(screen.StartMsg).Task; strings.Join(task.Command, " ") != "resolve "+inTest {
		t.Errorf("command %v", task.Command)
	}
	if _, message := runs(t, d, r); !strings.Contains(message, "waits for you: merging "+pageTwo) {
		t.Errorf("%q", message)
	}
	d.Press("enter")
	v.firstOpen()
	d.Press("B")
	if _, message := runs(t, d, r); !strings.Contains(message, "both taken for hunk 1 of 1; it is resolved.") {
		t.Errorf("%q", message)
	}
	d.Press("c")
	if _, message := runs(t, d, r); !strings.Contains(message, inTest+" has "+pageTwo+" now.") {
		t.Errorf("%q", message)
	}
	if got := r.Git("show", inTest+":lib.php"); !strings.Contains(got, "line 10\none\ntwo\nline 12\n") {
		t.Errorf("the target has\n%s", got)
	}
	for _, it := range v.items.Rows() {
		if it.target != nil && it.name() == inTest {
			t.Errorf("it still waits: %+v", it.target)
		}
	}
}

// What somebody begins to resolve elsewhere while the view shows it as not begun is not begun twice: the view
// says where it is, as the command does with exit code 7.
func TestBegunInAnotherTerminal(t *testing.T) {
	t.Parallel()
	r := stoppedTarget(t)
	d, v := driveAt(t, r, inTest)
	if err := resolveByCommand(t, r); err != nil {
		t.Fatal(err)
	}
	second, isBegun := errors.AsType[*job.ResolvingError](resolveByCommand(t, r))
	if !isBegun {
		t.Fatal("it was begun twice")
	}
	d.Press("r")
	task := tuitest.Taken[screen.StartMsg](d).Task
	site := openSite(t, r)
	defer site.Close()
	_, err := task.Plan(t.Context(), site, &screen.Progress{})
	if held, ok := errors.AsType[*job.ResolvingError](err); !ok || held.Path != second.Path {
		t.Errorf("the plan says %v", err)
	}
	result, err := task.Work(t.Context(), site, &screen.Progress{})
	if w, ok := result.(worked); ok {
		err = w.err // it comes beside what else was done
	}
	if _, ok := errors.AsType[*job.ResolvingError](err); !ok {
		t.Errorf("it was begun twice: %v", err)
	}
	d.Do(v.Reload())
	if text := strings.Join(planeOf(v), "\n"); !strings.Contains(text, "It is being resolved in the worktree.") || !strings.Contains(text, second.Path) {
		t.Errorf("the view says\n%s", text)
	}
	d.Press("r")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "it is being resolved in "+second.Path) {
		t.Errorf("%q", n.Text)
	}
}

// What was resolved once serves the next branch with the same conflict: the view says so, and the key that
// resolves brings its content to the branch, as the command does.
func TestRecordedResolutionArrives(t *testing.T) {
	t.Parallel()
	const same, newSame = "LUVLE-4.1-hack-core-same", "LUVLE-4.5-hack-core-same"
	byKeys := ""
	for _, way := range []string{"keys", "command"} {
		r := copySite(t)
		r.Grow(same, "v4.1.0", "lib.php", numbered(map[int]string{5: "once"}))
		site := openSite(t, r)
		_, _, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"}, false)
		if err = errors.Join(err, site.Close()); err != nil {
			t.Fatal(err)
		}
		d, v := driveAt(t, r, newOnce)
		d.Press("r")
		runs(t, d, r)
		gittest.At(t, v.known().Worktree).Write("lib.php", numbered(map[int]string{5: "upstream 5, once", 20: "upstream 20"}))
		gittest.At(t, v.known().Worktree).Git("add", "lib.php")
		d.Do(v.Reload())
		d.Press("c")
		if _, message := runs(t, d, r); !strings.Contains(message, newOnce+": resolved.") {
			t.Fatalf("%q", message)
		}
		if way == "keys" {
			d.Do(v.Enter(newSame))
			if text := strings.Join(planeOf(v), "\n"); !strings.Contains(text, newSame+" is parked, and would be resolved now") {
				t.Errorf("the view says\n%s", text)
			}
			d.Press("r")
			if _, message := runs(t, d, r); !strings.HasPrefix(message, newSame+": resolved. 1 commit: 1 kept.") {
				t.Errorf("%q", message)
			}
		} else {
			site := openSite(t, r)
			if _, err := job.Resolve(t.Context(), site, job.ResolveRequest{Branch: newSame}, false); err != nil {
				t.Fatal(err)
			}
			if err := site.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.Git("show", newSame+":lib.php"); !strings.Contains(got, "line 4\nupstream 5, once\nline 6\n") {
			t.Errorf("by %s the branch has\n%s", way, got)
		}
		if state := stateOf(r); byKeys == "" {
			byKeys = state
		} else if state != byKeys {
			t.Errorf("by keys:\n%s\nby command:\n%s", byKeys, state)
		}
	}
}
