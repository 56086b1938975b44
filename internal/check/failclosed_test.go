package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// one is a change of one file with one line more.
func one() *Subject {
	return &Subject{
		Files: []*File{{
			Path:   "a.php",
			Before: []Blob{{Mode: git.ModeFile, Data: []byte("old\n")}},
			After:  Blob{Mode: git.ModeFile, Data: []byte("old\nnew\n")},
		}},
		Messages: []Message{{Text: "a message\n"}},
	}
}

// finds is a rule that blames every added line.
func finds(id string, severity Severity) Rule {
	return Rule{ID: id, Severity: severity, Hint: "the rule's hint", file: func(j *Judge, f *File) {
		for _, line := range f.Added() {
			j.At(f.Path, line.Number, "added")
		}
	}}
}

// What panics, hangs, or ends without an answer is found to have done so, by name, and the other rules go on.
func TestRulesFailClosed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule Rule
		want string
	}{
		"panics over a file":    {Rule{ID: "bad", Severity: Warning, file: func(*Judge, *File) { panic("nil\nmap") }}, "it broke: nil map"},
		"panics over all":       {Rule{ID: "bad", Severity: Error, whole: func(*Judge) { var f *File; _ = f.Path }}, "it broke: runtime error"},
		"panics over a message": {Rule{ID: "bad", Severity: Error, message: func(*Judge, *Message) { panic(errors.New("oops")) }}, "it broke: oops"},
		"never ends":            {Rule{ID: "bad", Severity: Error, whole: func(*Judge) { select {} }}, "it took longer than"},
		"gives up in time":      {Rule{ID: "bad", Severity: Error, whole: func(j *Judge) { <-j.Context.Done() }}, "it took longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := Request{Subject: one(), Limit: 50 * time.Millisecond, rules: []Rule{test.rule, finds("good", Error)}}
			result, err := Run(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Findings) != 2 || result.Findings[1].String() != "good a.php:2" {
				t.Fatalf("found %v", result.Findings)
			}
			failed := result.Findings[0]
			if failed.Rule != RuleFailed || failed.Failed != "bad" || failed.Severity != Error || !strings.Contains(failed.Text, "the rule bad could not judge: "+test.want) {
				t.Errorf("found %+v", failed)
			}
			if !result.Found(false) {
				t.Error("what was not judged passes")
			}
			request.Waivers = []Waiver{{Rule: "bad", By: ByFlag}, {Rule: RuleFailed, By: ByFlag}}
			if result, err = Run(t.Context(), request); err != nil || result.Findings[0].Waived == nil || len(result.Unused) != 1 {
				t.Errorf("waived by its own name: %+v, %v", result, err)
			}
		})
	}
}

// A rule that nobody waits for any more may still be ending a program: that is waited for.
func TestProgramsAreAwaited(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	late := Rule{ID: "late", Severity: Error, whole: func(j *Judge) {
		j.running.RLock()
		defer j.running.RUnlock()
		<-j.Context.Done()
		time.Sleep(100 * time.Millisecond)
		ended.Store(true)
	}}
	if _, err := Run(t.Context(), Request{Subject: one(), Limit: 20 * time.Millisecond, rules: []Rule{late}}); err != nil || !ended.Load() {
		t.Errorf("ended: %v, %v", ended.Load(), err)
	}
}

// A rule that has used up its time over the first files is not asked about the others.
func TestTimeIsForAllFiles(t *testing.T) {
	t.Parallel()
	subject := one()
	for range 2 * portion {
		subject.Files = append(subject.Files, subject.Files[0])
	}
	var asked atomic.Int32
	slow := Rule{ID: "slow", Severity: Error, file: func(j *Judge, _ *File) {
		if asked.Add(1) == 1 {
			<-j.Context.Done()
		}
	}}
	result, err := Run(t.Context(), Request{Subject: subject, Limit: 20 * time.Millisecond, rules: []Rule{slow}})
	if err != nil || len(result.Findings) != 1 || result.Findings[0].Failed != "slow" || asked.Load() != 1 {
		t.Errorf("asked %d times: %+v, %v", asked.Load(), result, err)
	}
}

// Settings say what a rule weighs; a finding weighs less than that where its rule says so, and never more.
func TestSeverities(t *testing.T) {
	t.Parallel()
	mild := Rule{ID: "mild", Severity: Error, whole: func(j *Judge) { j.Report(Finding{Severity: Warning, Text: "not so bad"}) }}
	final := finds("final", Error)
	final.Final = true
	settings := map[string]Severity{"off": Off, "warned": Warning, "raised": Error, "mild": Error, "final": Off}
	result, err := Run(t.Context(), Request{
		Subject:  one(),
		rules:    []Rule{mild, finds("off", Error), finds("warned", Error), finds("raised", Warning), final},
		Severity: func(r Rule) Severity { return settings[r.ID] },
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]Severity)
	for _, f := range result.Findings {
		got[f.Rule] = f.Severity
	}
	for rule, want := range map[string]Severity{"off": "", "warned": Warning, "raised": Error, "mild": Warning, "final": Error} {
		if got[rule] != want {
			t.Errorf("%s weighs %q, want %q", rule, got[rule], want)
		}
	}
	if result.Findings[0].Hint == "" && result.Findings[1].Hint != "the rule's hint" {
		t.Errorf("hints: %+v", result.Findings)
	}
}

// Contents are loaded a portion at a time, while the one before is judged, and let go again; what cannot be loaded is an error.
func TestContentsComeInPortions(t *testing.T) {
	t.Parallel()
	subject := &Subject{}
	for range 3*portion + 1 {
		subject.Files = append(subject.Files, &File{Path: "a.php", Before: []Blob{{}}, After: Blob{Mode: git.ModeFile}})
	}
	loads := 0
	load := func(_ context.Context, files []*File) error {
		if files[0] == subject.Files[0] {
			loads = 0
		}
		for i, f := range subject.Files {
			f.mu.Lock()
			if f.After.Data != nil && i < (loads-1)*portion {
				t.Errorf("file %d is still held when portion %d comes", i, loads)
			}
			f.mu.Unlock()
		}
		loads++
		for _, f := range files {
			f.mu.Lock()
			f.After.Data = []byte("new\n")
			f.mu.Unlock()
		}
		return nil
	}
	result, err := Run(t.Context(), Request{Subject: subject, Load: load, rules: []Rule{finds("one", Error)}})
	if err != nil || len(result.Findings) != len(subject.Files) || loads != 4 {
		t.Errorf("%d found, %d loads, %v", len(result.Findings), loads, err)
	}
	subject.Files[0].After.Unread = "it has 20 MB"
	idle := Rule{ID: "idle", file: func(*Judge, *File) {}}
	if result, err = Run(t.Context(), Request{Subject: subject, Load: load, rules: []Rule{idle}}); err != nil || len(result.Notes) != 1 || result.Notes[0] != `"a.php" was not looked into: it has 20 MB` {
		t.Errorf("what nobody could see into: %+v, %v", result, err)
	}
	broken := errors.New("no such object")
	if _, err := Run(t.Context(), Request{Subject: subject, Load: func(context.Context, []*File) error { return broken }}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Request{Subject: one()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A rule may ask about several files at once, and what it cannot judge it says once.
func TestFilesTogether(t *testing.T) {
	t.Parallel()
	subject := one()
	subject.Files = append(subject.Files,
		&File{Path: "b.php", Before: []Blob{{}}, After: Blob{Mode: git.ModeExec}},
		&File{Path: "deleted.php", Before: []Blob{{Mode: git.ModeFile}}},
		&File{Path: "other", Before: []Blob{{}}, After: Blob{Mode: git.ModeGitlink}})
	together := Rule{ID: "together", Severity: Error, files: func(j *Judge, files []*File) {
		var asked crew.Group
		for _, f := range files {
			asked.Go(func() {
				j.At(f.Path, 0, "found")
				j.Note("nobody knows")
			})
		}
		asked.Wait()
	}}
	result, err := Run(t.Context(), Request{Subject: subject, rules: []Rule{together, {ID: "noted", whole: func(j *Judge) { j.Note("a second thing") }}}})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(result.Findings) != "[together a.php together b.php]" {
		t.Errorf("found %v", result.Findings)
	}
	if !slices.Equal(result.Notes, []string{"a second thing", "nobody knows"}) {
		t.Errorf("notes %q", result.Notes)
	}
	together.files = func(*Judge, []*File) {
		var broken crew.Group
		broken.Go(func() { panic("oops") })
		broken.Wait()
	}
	result, err = Run(t.Context(), Request{Subject: subject, rules: []Rule{together}})
	if err != nil || len(result.Findings) != 1 || !strings.HasSuffix(result.Findings[0].Text, "it broke: oops") {
		t.Errorf("found %v, %v", result.Findings, err)
	}
}

// A line is added when no parent has it at its place.
func TestAddedLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before []string
		after  string
		want   []int
	}{
		"a new file":           {nil, "a\nb", []int{1, 2}},
		"a line more":          {[]string{"a\nc\n"}, "a\nb\nc\n", []int{2}},
		"the last line's end":  {[]string{"a\nb"}, "a\nb\n", []int{2}},
		"a merge":              {[]string{"ours\nx\n", "x\ntheirs\n"}, "ours\nx\ntheirs\nnew\n", []int{4}},
		"a merge, all of ours": {[]string{"a\nb\n", "c\n"}, "a\nb\n", nil},
		"lines taken away":     {[]string{"a\nb\nc\n"}, "a\nc\n", nil},
		"binary":               {[]string{"a\n"}, "a\x00\nb\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := File{Path: "f", After: Blob{Mode: git.ModeFile, Data: []byte(test.after)}}
			for _, text := range test.before {
				f.Before = append(f.Before, Blob{Mode: git.ModeFile, Data: []byte(text)})
			}
			var got []int
			for _, line := range f.Added() {
				got = append(got, line.Number)
			}
			if len(got) != len(test.want) {
				t.Fatalf("lines %v, want %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("lines %v, want %v", got, test.want)
				}
			}
		})
	}
}

// Who is no longer waited for, since the run was broken off, may still read what it was given.
func TestContentsOutliveABrokenRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	read := make(chan string, 1)
	late := Rule{ID: "late", Severity: Error, file: func(_ *Judge, f *File) {
		cancel()
		<-over
		read <- string(f.After.Data)
	}}
	load := func(context.Context, []*File) error { return nil }
	_, err := Run(ctx, Request{Subject: one(), Load: load, rules: []Rule{late}})
	close(over)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a broken run: %v", err)
	}
	if got := <-read; got != "old\nnew\n" {
		t.Errorf("it reads %q", got)
	}
}

// What a program says without end is heard to its end, and not kept.
func TestSayingHasALimit(t *testing.T) {
	t.Parallel()
	var s saying
	if n, err := io.Copy(&s, io.LimitReader(rand.Reader, saidLimit+1)); n != saidLimit+1 || err != nil || len(s.String()) != saidLimit {
		t.Errorf("kept %d of %d bytes, %v", len(s.String()), n, err)
	}
}
