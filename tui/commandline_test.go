package tui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// commands is a command line of the test.
type commands struct {
	ran     [][]string
	says    string
	exit    int
	refused string
	waits   bool
}

func (c *commands) Run(ctx context.Context, args []string, out io.Writer) int {
	c.ran = append(c.ran, args)
	fmt.Fprint(out, c.says)
	if c.waits {
		<-ctx.Done()
		fmt.Fprintln(out, "mgit: interrupted")
		return 130
	}
	return c.exit
}

func (c *commands) Complete(_ context.Context, words []string) []string {
	var found []string
	for _, w := range []string{"rebase-all", "status", "--dry-run"} {
		if strings.HasPrefix(w, words[len(words)-1]) {
			found = append(found, w)
		}
	}
	return found
}

func (c *commands) Refusal([]string, bool) string { return c.refused }

func TestCommandLine(t *testing.T) {
	t.Parallel()
	c := &commands{says: "+ clean  LUVLE-4.5-hack-mod_forum\x1b[2J\n" + strings.Repeat("a long line ", 30) + "\n! conflict  日本語\n", exit: 4}
	d := drive(t, func(o *Options) { o.Commands = c })
	d.press(":")
	d.typed("reb")
	d.press("tab")
	d.typed(" v4.5.0 --only 'a b' --d")
	d.press("tab", "enter")
	d.goldens("output")
	if want := []string{"rebase-all", "v4.5.0", "--only", "a b", "--dry-run"}; len(c.ran) != 1 || !slices.Equal(c.ran[0], want) {
		t.Errorf("%q were run", c.ran)
	}
	if !d.views[0].took("reload") {
		t.Error("what a command may have changed is not read anew")
	}
	d.press("y")
	d.shows("copied, control characters written out: output of mgit rebase-al")
	d.press("esc")
	d.hides("exit code 4")
	if rows, _ := d.f.log.snapshot(); len(rows) != 1 || rows[0].note != "mgit rebase-all v4.5.0 --only 'a b' --dry-run" {
		t.Errorf("the log has %+v", rows)
	}

	d.press(":", "up")
	d.shows(":rebase-all v4.5.0 --only 'a b' --dry-run")
	d.press("esc", ":")
	d.typed("con")
	d.press("tab", "enter")
	if d.f.front != 2 || len(c.ran) != 1 {
		t.Errorf("the name of a view brings view %d, and %q ran", d.f.front+1, c.ran)
	}
	d.press(":")
	d.typed("mgit upgrade")
	d.press("enter")
	if got := c.ran[len(c.ran)-1]; !slices.Equal(got, []string{"upgrade"}) {
		t.Errorf("%q was run", got)
	}
	d.press("q", ":")
	d.typed("note x 'open")
	d.press("enter")
	d.shows("a quote is not closed")
	d.press(":", "enter")
	c.refused = "read-only: mgit push changes something; --dry-run shows what"
	d.press(":")
	d.typed("push")
	d.press("enter")
	d.shows("read-only: mgit push")
	if len(c.ran) != 2 {
		t.Errorf("%q were run", c.ran)
	}
	d.press(":")
	d.typed("q")
	d.press("enter")
	if !d.left {
		t.Error(":q does not leave")
	}
}

func TestCommandIsCancelled(t *testing.T) {
	t.Parallel()
	c := &commands{says: "3/24 + clean  x\n", waits: true}
	d := drive(t, func(o *Options) { o.Commands = c })
	cmd := d.f.runCommand([]string{"rebase-all", "v4.5.0"})
	end := held(cmd)
	for !strings.Contains(d.plain(), "3/24") {
		d.send(tick{}) // the other goroutine has to get that far
	}
	d.press("q")
	d.shows("mgit rebase-all v4.5.0 has not ended")
	d.press("w")
	if d.left {
		t.Error("q leaves a command alone")
	}
	d.press("esc")
	d.shows("cancelling")
	end(d)
	d.shows("exit code 130")
	d.shows("mgit: interrupted")
	if d.f.running != 0 {
		t.Error("it is taken to be at work")
	}
	d.press("q")
	d.hides("exit code 130")
	if d.left {
		t.Error("the end of a command leaves")
	}
}

// The screen stays until a command that is cut off has ended, and leaves then.
func TestCommandAndQuitNow(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{"at once": {"ctrl+c"}, "after the question": {"q", "c"}} {
		d := drive(t, func(o *Options) { o.Commands = &commands{says: "begun\n", waits: true} })
		end := held(d.f.runCommand([]string{"rebase-all", "v4.5.0"}))
		for !strings.Contains(d.plain(), "begun") {
			d.send(tick{})
		}
		d.press(keys...)
		if d.left {
			t.Fatalf("%s: it has left before the command ended", name)
		}
		d.shows("cancelling")
		end(d)
		if !d.left {
			t.Errorf("%s: it stays after the command ended", name)
		}
	}
}

// What a view asks ends with the program.
func TestQuestionEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	host := tuitest.Host(t, "plain", func(context.Context) (*job.Site, error) { return nil, nil })
	newFrame(ctx, Options{Host: host, Log: &Log{}}, nil)
	var q screen.Question[int]
	cmd := q.Ask(host, func(ctx context.Context, _ *job.Site, _ *screen.Progress) (int, error) {
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	})
	cmd().(screen.Answered).Settle()
	if _, known := q.Value(); known || q.IsOpen() {
		t.Error("it has an answer, or waits for one")
	}
}

func TestSplitWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`a b`:              `["a" "b"]`,
		`  a   "b c"d  `:   `["a" "b cd"]`,
		`'a\b' a\ b ""`:    `["a\\b" "a b" ""]`,
		`note x "it's \""`: `["note" "x" "it's \""]`,
		``:                 `[]`,
		`"`:                `a quote is not closed`,
		`a\`:               `a quote is not closed`,
		`日本 "語 x"`:         `["日本" "語 x"]`,
	} {
		words, err := splitWords(line)
		got := fmt.Sprintf("%q", words)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// What a shell reads of words is the words again.
func FuzzShellWords(f *testing.F) {
	f.Add("a b", "it's", "--x=y")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		want := []string{strings.ToValidUTF8(a, "x"), strings.ToValidUTF8(b, "y"), strings.ToValidUTF8(c, "z")}
		got, err := splitWords(screen.ShellWords(want))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q comes back as %q, %v", want, got, err)
		}
	})
}

// An answer about other text than what stands there by now is dropped.
func TestLateCompletion(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) { o.Commands = &commands{} })
	d.press(":")
	d.typed("reb")
	_, cmd := d.f.Update(keyPress("tab"))
	end := held(firstOf(cmd))
	d.typed("x")
	end(d)
	d.shows(":rebx\n")
	d.press("esc", ":")
	d.typed("stat")
	_, cmd = d.f.Update(keyPress("tab"))
	end = held(firstOf(cmd))
	d.press("esc")
	end(d)
	if d.f.prompt != nil {
		t.Error("the prompt came back")
	}
}

// Who presses enter before the completion is there gets what it makes, where that is one word.
func TestHurriedCompletion(t *testing.T) {
	t.Parallel()
	c := &commands{}
	d := drive(t, func(o *Options) { o.Commands = c })
	d.press(":")
	d.typed("stat")
	_, cmd := d.f.Update(keyPress("tab"))
	d.press("enter")
	held(firstOf(cmd))(d)
	if d.f.prompt != nil || d.f.running != 0 || len(c.ran) != 1 || c.ran[0][0] != "status" {
		t.Errorf("%q were run", c.ran)
	}
}

// What is sent to a view that is not there any more is nobody's.
func TestUnknownMessages(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.send(struct{ x int }{1})
	d.send(tea.ColorProfileMsg{})
	d.do(screen.Says(0, "\x1b[31mred"))
	d.shows(`\x1b[31mred`)
	d.press("j")
	d.hides("red")
}

// What a command says in sentences is read without scrolling sideways; a table keeps its lines.
func TestSentencesOfACommandAreWhole(t *testing.T) {
	t.Parallel()
	const sentence = "mgit: no remote has the role internal, so there is nobody to share the mgit branch with: mgit config show lists the remotes"
	table := "state    " + strings.Repeat("LUVLE-4.5-hack-mod_forum  ", 5)
	d := drive(t, func(o *Options) { o.Commands = &commands{says: sentence + "\n" + table + "\n", exit: 2} })
	d.press(":")
	d.typed("sync")
	d.press("enter")
	_, said, _ := strings.Cut(d.plain(), "mgit sync")
	read := strings.Join(strings.Fields(said), " ")
	if !strings.Contains(read, sentence) {
		t.Errorf("the sentence is not there: %q", read)
	}
	if n := strings.Count(said, "LUVLE-4.5-hack-mod_forum"); n >= 5 {
		t.Errorf("the table is broken into lines: %d", n)
	}
	if strings.Contains(said, "more") {
		t.Error("it is said that there is more, and there is not")
	}
}
