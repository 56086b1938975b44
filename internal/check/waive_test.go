package check

import (
	"context"
	"strings"
	"testing"

	"mgit/internal/git"
)

// unwaived are the findings that nobody let pass, as "id path:line".
func unwaived(r *Result) []string {
	var open []string
	for _, f := range r.Findings {
		if f.Waived == nil {
			open = append(open, f.String())
		}
	}
	return open
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
	open := unwaived(result)
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
		if got := strings.Join(unwaived(result), ", "); got != test.open {
			t.Errorf("%s: open are %s, want %s", name, got, test.open)
		}
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
