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

// A waiver is for the findings of its rule, in what its commit changed where it says so, and not for others; one that nothing
// was found for is said.
func TestWaivers(t *testing.T) {
	t.Parallel()
	subject := one()
	second := &File{Path: "b.php", Before: []Blob{{}}, After: Blob{Mode: git.ModeFile, Data: []byte("new\n")}}
	subject.Files = append(subject.Files, second)
	waivers := []Waiver{{Rule: "one", Touched: []*File{second}, Reason: "a fixture", By: ByTrailer}, {Rule: "two", By: ByFlag}, {Rule: "three", By: ByFlag}}
	result, err := Run(t.Context(), Request{Subject: subject, Waivers: waivers, rules: []Rule{finds("one", Error), finds("two", Error)}})
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, f := range result.Findings {
		if f.Waived == nil {
			open = append(open, f.String())
		}
	}
	if len(result.Findings) != 4 || len(open) != 1 || open[0] != "one a.php:2" {
		t.Errorf("open: %q of %v", open, result.Findings)
	}
	if len(result.Unused) != 1 || result.Unused[0].Rule != "three" {
		t.Errorf("unused: %v", result.Unused)
	}
}

// What a commit waives are the lines that it added, at whatever place they are now, and findings about a whole file that it
// changed or about a line of it that nobody has added. Contents that were let go are loaded again for it.
func TestWaiverOfLines(t *testing.T) {
	t.Parallel()
	contents := map[*File][2]string{}
	file := func(before, after string) *File {
		f := &File{Path: "a.php", Before: []Blob{{Mode: git.ModeFile}}, After: Blob{Mode: git.ModeFile}}
		contents[f] = [2]string{before, after}
		return f
	}
	load := func(_ context.Context, files []*File) error {
		for _, f := range files {
			f.Before[0].Data, f.After.Data = []byte(contents[f][0]), []byte(contents[f][1])
		}
		return nil
	}
	judged := file("old\n", "theirs\nold\nours\n")
	commit := file("old\n", "old\nours\n")
	other := file("", "ours\n")
	other.Path = "b.php"
	rules := []Rule{finds("one", Error), {ID: "whole", Severity: Error, file: func(j *Judge, f *File) {
		j.At(f.Path, 0, "all of it")
		j.At(f.Path, 2, "a line that was there")
	}}}
	for name, test := range map[string]struct {
		touched []*File
		open    string
	}{
		"its lines":            {[]*File{commit}, "one a.php:1"},
		"all lines":            {[]*File{judged}, ""},
		"another file's":       {[]*File{other}, "whole a.php, one a.php:1, whole a.php:2, one a.php:3"},
		"of a commit of none":  {[]*File{}, "whole a.php, one a.php:1, whole a.php:2, one a.php:3"},
		"two files, one of it": {[]*File{other, commit}, "one a.php:1"},
	} {
		waivers := []Waiver{{Rule: "one", Touched: test.touched, By: ByTrailer}, {Rule: "whole", Touched: test.touched, By: ByTrailer}}
		result, err := Run(t.Context(), Request{Subject: &Subject{Files: []*File{judged}}, Waivers: waivers, Load: load, rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		var open []string
		for _, f := range result.Findings {
			if f.Waived == nil {
				open = append(open, f.String())
			}
		}
		if got := strings.Join(open, ", "); got != test.open {
			t.Errorf("%s: open are %s, want %s", name, got, test.open)
		}
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

// What one commit says of its own files lets nothing pass that a rule which failed has not judged in others.
func TestFailureOfARuleIsOfAllFiles(t *testing.T) {
	t.Parallel()
	first, second := one().Files[0], one().Files[0]
	second.Path = "b.php"
	fails := Rule{ID: "fails", Severity: Error, file: func(*Judge, *File) { panic("oops") }}
	for name, test := range map[string]struct {
		touched []*File
		want    bool
	}{
		"of the message that is written": {nil, true},
		"of a commit of one":             {[]*File{second}, false},
		"of a commit of all":             {[]*File{second, first}, true},
		"of a commit of none":            {[]*File{}, false},
	} {
		waivers := []Waiver{{Rule: "fails", Touched: test.touched, By: ByTrailer}}
		result, err := Run(t.Context(), Request{Subject: &Subject{Files: []*File{first, second}}, Waivers: waivers, rules: []Rule{fails}})
		if err != nil || len(result.Findings) != 1 || (result.Findings[0].Waived != nil) != test.want {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
}
