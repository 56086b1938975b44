package resolution

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	oneID = "0123456789abcdef0123456789abcdef01234567"
	twoID = "89abcdef0123456789abcdef0123456789abcdef"
)

func sample() Set {
	return Set{
		{ID: oneID, Preimage: []byte("<<<<<<<\na\n=======\nb\n>>>>>>>\n"), Postimage: []byte("ab\n"), Meta: Meta{
			Branch: "LUVLE-4.5-hack-mod_quiz", From: "v4.1.0", Onto: "v4.5.0",
			Paths:  []string{"mod/quiz/lib.php", "lang/m\xfcller.php", `"odd".php`},
			Author: "Ann Author <ann@example.org>", Note: "keep \"both\"\nlines",
			Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}},
		{ID: oneID, Variant: 2, Preimage: []byte("x\n<<<<<<<\na\n=======\nb\n>>>>>>>\n"), Postimage: []byte{}},
		{ID: twoID, Preimage: []byte("<<<<<<<\nc\n=======\n>>>>>>>\n"), Postimage: []byte("c")},
	}
}

func TestFilesAndBack(t *testing.T) {
	t.Parallel()
	files, err := sample().Files()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"resolutions/" + oneID + "/meta.2.toml", "resolutions/" + oneID + "/meta.toml",
		"resolutions/" + oneID + "/postimage", "resolutions/" + oneID + "/postimage.2",
		"resolutions/" + oneID + "/preimage", "resolutions/" + oneID + "/preimage.2",
		"resolutions/" + twoID + "/meta.toml", "resolutions/" + twoID + "/postimage", "resolutions/" + twoID + "/preimage",
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("files\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	files["mgit.toml"] = []byte("not ours")
	files["resolutions/README"] = []byte("not ours")
	files["resolutions/"+oneID+"/preimage.01"] = []byte("not ours")
	files["resolutions/../"+oneID+"/preimage"] = []byte("not ours")
	files["resolutions/"+oneID+"/thisimage"] = []byte("not ours")
	got, err := Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got, cmpopts.IgnoreUnexported(Meta{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	t.Parallel()
	before := `format = 1
branch = "b"
reviewed = true
zeal = 3

[origin]
run = 7
[origin.deep]
list = ["a", "b"]
`
	files := map[string][]byte{
		"resolutions/" + oneID + "/preimage":  []byte("p"),
		"resolutions/" + oneID + "/postimage": []byte("q"),
		"resolutions/" + oneID + "/meta.toml": []byte(before),
	}
	set, err := Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	set[0].Meta.Note = "added"
	out, err := set.Files()
	if err != nil {
		t.Fatal(err)
	}
	want := `format = 1
branch = "b"
note = "added"
reviewed = true
zeal = 3

[origin]
run = 7
[origin.deep]
list = ["a", "b"]
`
	if diff := cmp.Diff(want, string(out["resolutions/"+oneID+"/meta.toml"])); diff != "" {
		t.Errorf("meta.toml (-want +got):\n%s", diff)
	}
}

func TestOneBadResolutionLeavesTheOthers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(files map[string][]byte, dir string)
		want   string
	}{
		"newer format": {func(f map[string][]byte, dir string) { f[dir+"meta.toml"] = []byte("format = 2\n") }, "newer"},
		"no format":    {func(f map[string][]byte, dir string) { f[dir+"meta.toml"] = []byte("note = \"x\"\n") }, "format = 1 is missing"},
		"no TOML":      {func(f map[string][]byte, dir string) { f[dir+"meta.toml"] = []byte("format = \n") }, "meta.toml"},
		"no postimage": {func(f map[string][]byte, dir string) { delete(f, dir+"postimage") }, "the postimage is missing"},
		"no preimage":  {func(f map[string][]byte, dir string) { delete(f, dir+"preimage") }, "the preimage is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := sample().Files()
			if err != nil {
				t.Fatal(err)
			}
			test.change(files, "resolutions/"+twoID+"/")
			set, err := Parse(files)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), twoID) {
				t.Errorf("error %v, want one with %q and the id", err, test.want)
			}
			if len(set) != 2 {
				t.Errorf("%d resolutions are left, want 2", len(set))
			}
			var newer *FormatError
			if errors.As(err, &newer) != (name == "newer format") {
				t.Errorf("error %v is a FormatError: %v", err, newer)
			}
		})
	}
}

func TestAMissingMetaIsNoFault(t *testing.T) {
	t.Parallel()
	files, err := sample().Files()
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "resolutions/"+oneID+"/meta.toml")
	if set, err := Parse(files); err != nil || len(set) != 3 {
		t.Errorf("%d resolutions, error %v; want 3", len(set), err)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	other := Resolution{ID: oneID, Preimage: []byte("y"), Postimage: []byte("z")}
	same := sample()[1]
	same.Variant = 9 // the number is a matter of the rr-cache it comes from
	set := sample()
	got := set.Add(Set{other, same, other})
	var names []string
	for _, r := range got {
		names = append(names, r.Name())
	}
	want := []string{oneID, oneID + ".1", oneID + ".2", twoID}
	if !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	if diff := cmp.Diff(sample(), set, cmpopts.IgnoreUnexported(Meta{})); diff != "" {
		t.Errorf("Add changed its receiver:\n%s", diff)
	}
}

func TestLeftover(t *testing.T) {
	t.Parallel()
	const conflict = "Title\n=======\n<<<<<<<\na\n=======\nb\n>>>>>>>\n"
	wide := strings.NewReplacer("<<<<<<<", "<<<<<<<<<", "\na\n=======", "\na\n=========", ">>>>>>>", ">>>>>>>>>").Replace(conflict)
	tests := []struct {
		name, before, after string
		want                int
	}{
		{"resolved", conflict, "Title\n=======\na\nb\n", 0},
		{"heading gone", conflict, "a\nb\n", 0},
		{"separator left", conflict, "Title\n=======\na\n=======\nb\n", 4},
		{"begin left", conflict, "a\n<<<<<<< HEAD\n", 2},
		{"end left", conflict, "a\n>>>>>>> topic\nb\n", 2},
		{"base left", conflict, "a\n||||||| 1234\n", 2},
		{"marker without end of line", conflict, "a\n>>>>>>>", 2},
		{"carriage returns", conflict, "a\r\n>>>>>>>\r\n", 2},
		{"not markers", conflict, "<<<<<<\n>>>>>>>>\n >>>>>>>\n<<<<<<<EOT\n|||||||x\n========\n", 0},
		{"wide resolved", wide, "Title\n=======\n=======\n>>>>>>>\n", 0},
		{"wide left", wide, "a\n=========\n", 2},
	}
	for _, test := range tests {
		if got := leftover([]byte(test.before), []byte(test.after)); got != test.want {
			t.Errorf("%s: line %d, want %d", test.name, got, test.want)
		}
	}
}

func TestMayMeet(t *testing.T) {
	t.Parallel()
	const conflict = "x\n<<<<<<<\na\n=======\nb\n>>>>>>>\ny\n"
	tests := []struct {
		name, preimage, ours, theirs string
		want                         bool
	}{
		{"straight", conflict, "1\na\n", "2\nb\n", true},
		{"swapped", conflict, "1\nb\n", "2\na\n", true},
		{"both on one side", conflict, "a\nb\n", "c\n", false},
		{"one missing", conflict, "a\n", "c\n", false},
		{"within a line only", conflict, "xa\n", "b\n", false},
		{"within a line, then whole", conflict, "xa\na\n", "b\n", true},
		{"no last line break", conflict, "1\na", "2\nb", true},
		{"no last line break, within a line", conflict, "xa", "b", false},
		{"empty side", "<<<<<<<\na\n=======\n>>>>>>>\n", "a\n", "", true},
		{"second hunk elsewhere", conflict + conflict[:20] + "c\n>>>>>>>\n", "a\n", "b\n", false},
		{"longer markers", strings.NewReplacer("<<<<<<<", "<<<<<<<<<", "=======", "=========", ">>>>>>>", ">>>>>>>>>").Replace(conflict), "a\n", "c\n", false},
		{"shorter markers are text", "<<<<<<<\n" + strings.NewReplacer("<<<<<<<", "<<<<<<<<<", "=======", "=========", ">>>>>>>", ">>>>>>>>>").Replace(conflict), "a\n", "b\n", true},
		{"a row is no marker", "<<<<<<<<<<<<<<\n" + conflict, "a\n", "c\n", false},
		{"nested, so unknown", "<<<<<<<\n<<<<<<<\na\n=======\nb\n>>>>>>>\n=======\nb\n>>>>>>>\n", "1\n", "2\n", true},
		{"unfinished, so unknown", "<<<<<<<\na\n", "1\n", "2\n", true},
	}
	for _, test := range tests {
		hunks, _ := conflicts([]byte(test.preimage))
		if got := mayMeet(hunks, []byte(test.ours), []byte(test.theirs)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, r := range sample() {
		if err := r.Check(); err != nil {
			t.Error(err)
		}
	}
	none := Resolution{ID: oneID, Preimage: []byte("a\n"), Postimage: []byte("b\n")}
	if err := none.Check(); err == nil {
		t.Error("a preimage without a conflict passes")
	}
}

// Whatever a colleague's files hold, reading them does not panic, and what was
// read is written in a form that reads the same.
func FuzzParse(f *testing.F) {
	files, err := sample().Files()
	if err != nil {
		f.Fatal(err)
	}
	dir := "resolutions/" + oneID + "/"
	f.Add(files[dir+"preimage"], files[dir+"postimage"], files[dir+"meta.toml"])
	f.Add([]byte("<<<<<<<\n|||||||\n"), []byte(">>>>>>>\n"), []byte("format = 1\n[x]\ny = 1979-05-27\n"))
	f.Add([]byte(""), []byte(""), []byte("format = 1\npaths = ['\"a\\xffb\"']\nformat2 = [[1], [{a = 1}]]\n"))
	f.Fuzz(func(t *testing.T, pre, post, meta []byte) {
		first, err := Parse(map[string][]byte{dir + "preimage": pre, dir + "postimage": post, dir + "meta.toml": meta})
		if err != nil {
			return
		}
		_ = first[0].Check()
		hunks, _ := conflicts(pre)
		mayMeet(hunks, post, pre)
		once, err := first.Files()
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(once)
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, once[dir+"meta.toml"])
		}
		twice, err := second.Files()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Errorf("written twice:\n%s", diff)
		}
	})
}
