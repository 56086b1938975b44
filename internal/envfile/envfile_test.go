package envfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mgit/internal/envfile"
)

const (
	oldID = "0123456789abcdef0123456789abcdef01234567"
	newID = "fedcba9876543210fedcba9876543210fedcba98"
)

// line says how one line reads and what becomes of it when the value is replaced by NEW.
func TestLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line, value string
		state       envfile.State
		after       string // "" where it cannot be replaced
	}{
		{"MOODLE_GIT_HEAD=" + oldID, oldID, envfile.Literal, "MOODLE_GIT_HEAD=NEW"},
		{"MOODLE_GIT_HEAD = v1  ", "v1", envfile.Literal, "MOODLE_GIT_HEAD = NEW  "},
		{"  export\tMOODLE_GIT_HEAD=v1", "v1", envfile.Literal, "  export\tMOODLE_GIT_HEAD=NEW"},
		{"MOODLE_GIT_HEAD='v1'", "v1", envfile.Literal, "MOODLE_GIT_HEAD='NEW'"},
		{`MOODLE_GIT_HEAD="v1" # why`, "v1", envfile.Literal, `MOODLE_GIT_HEAD="NEW" # why`},
		{`MOODLE_GIT_HEAD="v1"#why`, "v1", envfile.Literal, `MOODLE_GIT_HEAD="NEW"#why`},
		{"MOODLE_GIT_HEAD=v1 # why", "v1", envfile.Literal, "MOODLE_GIT_HEAD=NEW # why"},
		{"MOODLE_GIT_HEAD=v1\t#why", "v1", envfile.Literal, "MOODLE_GIT_HEAD=NEW\t#why"},
		{"MOODLE_GIT_HEAD=v1#2", "", envfile.Unreadable, ""}, // no comment without a blank
		{"MOODLE_GIT_HEAD=", "", envfile.Empty, "MOODLE_GIT_HEAD=NEW"},
		{"MOODLE_GIT_HEAD=''", "", envfile.Empty, "MOODLE_GIT_HEAD='NEW'"},
		{"MOODLE_GIT_HEAD= # later", "", envfile.Empty, "MOODLE_GIT_HEAD=NEW # later"},
		{"MOODLE_GIT_HEAD", "", envfile.Unset, ""},
		{"export MOODLE_GIT_HEAD # of the build", "", envfile.Unset, ""},
		{"MOODLE_GIT_HEAD: v1", "", envfile.Unreadable, ""},
		{"MOODLE_GIT_HEAD=$HEAD", "", envfile.Expanded, ""},
		{`MOODLE_GIT_HEAD="${HEAD:-v1}"`, "", envfile.Expanded, ""},
		{"MOODLE_GIT_HEAD=`git rev-parse HEAD`", "", envfile.Expanded, ""},
		{"MOODLE_GIT_HEAD='$HEAD'", "", envfile.Unreadable, ""},
		{`MOODLE_GIT_HEAD="v\"1"`, "", envfile.Unreadable, ""},
		{`MOODLE_GIT_HEAD="v1"x`, "", envfile.Unreadable, ""},
		{`MOODLE_GIT_HEAD="v1`, "", envfile.Unreadable, ""},
		{"MOODLE_GIT_HEAD=a b", "", envfile.Unreadable, ""},
		{"MOODLE_GIT_HEAD=-x", "", envfile.Unreadable, ""},
		{"MOODLE_GIT_HEAD=v\x001", "", envfile.Unreadable, ""},
		{"MOODLE_GIT_HEAD=hunter2!", "", envfile.Unreadable, ""},
		{"MOODLE_CORE_GIT_HEAD=v1", "v1", envfile.Literal, "MOODLE_CORE_GIT_HEAD=NEW"},
		{"MOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD=tags/v3.2.0", "tags/v3.2.0", envfile.Literal, "MOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD=NEW"},
	}
	for _, test := range tests {
		for _, around := range [][2]string{{"", ""}, {"", "\n"}, {"", "\r\n"}, {"\ufeff", "\n"}, {"# x\nDB='it''s'\n\n", "\nPASSWORD=secret\n"}, {"A=b\r\n", "\r\nB=c"}} {
			f := envfile.Parse([]byte(around[0] + test.line + around[1]))
			pins := f.Pins()
			if len(pins) != 1 || pins[0].Value != test.value || pins[0].State != test.state {
				t.Errorf("%q: %+v, want %q (%s)", f.Bytes(), pins, test.value, test.state)
				continue
			}
			edited, err := f.Set(0, "NEW")
			if test.after == "" {
				if !errors.Is(err, envfile.ErrNotLiteral) {
					t.Errorf("%q: set: %v, want %v", f.Bytes(), err, envfile.ErrNotLiteral)
				}
				continue
			}
			if want := around[0] + test.after + around[1]; err != nil || string(edited.Bytes()) != want {
				t.Errorf("%q: set to %q, %v, want %q", f.Bytes(), edited.Bytes(), err, want)
			}
		}
	}
}

// Lines that are no pins stay out, whatever they look like.
func TestNoPins(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "\n\n", "# MOODLE_GIT_HEAD=v1", "moodle_git_head=v1", "XMOODLE_GIT_HEAD=v1", "MOODLE_GIT_HEAD_OLD=v1", "MOODLE_PLUGIN__GIT_HEAD",
		"MOODLE_PLUGIN_GIT_HEAD=x", "=v1", "nonsense MOODLE_GIT_HEAD=v1", "\x00\x00", "\xff\xfeM\x00O\x00",
	} {
		if pins := envfile.Parse([]byte(text)).Pins(); len(pins) > 0 {
			t.Errorf("%q has the pins %+v", text, pins)
		}
	}
	if !envfile.Parse([]byte("\xff\xfeM\x00")).IsWide() || envfile.Parse([]byte("\ufeffM")).IsWide() {
		t.Error("UTF-16 is not told from UTF-8 with a mark")
	}
}

func TestQuotesOverLines(t *testing.T) {
	t.Parallel()
	text := "KEY=\"-----BEGIN\nMOODLE_GIT_HEAD=v1\n\\\"-----END\"\nMOODLE_GIT_HEAD=v2\nOTHER='one\ntwo' MOODLE_GIT_HEAD=v3\nMOODLE_CORE_GIT_HEAD=v4\n"
	f := envfile.Parse([]byte(text))
	var got []string
	for _, p := range f.Pins() {
		got = append(got, fmt.Sprintf("%d:%s", p.Line, p.Value))
	}
	if diff := cmp.Diff([]string{"4:v2", "7:v4"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{2}, f.Hidden()); diff != "" {
		t.Error(diff)
	}
}

// The last assignment counts, and both are there to be shown.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	f := envfile.Parse([]byte("MOODLE_GIT_HEAD=v1\nexport MOODLE_GIT_HEAD='v2'\nMOODLE_CORE_GIT_HEAD=v3\n"))
	got := make(map[string]bool)
	for _, p := range f.Pins() {
		got[p.Value] = p.Overruled
	}
	if diff := cmp.Diff(map[string]bool{"v1": true, "v2": false, "v3": false}, got); diff != "" {
		t.Error(diff)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	const core = "MOODLE_GIT_HEAD=" + oldID
	type claims = []envfile.Claim
	tests := []struct {
		name, text string
		want       claims // of the last pin
		after      string // with MOODLE_500_STABLE and 5.0.1 in all of them
	}{
		{
			"the usual form", "# vvvvv MOODLE_405_STABLE, release 4.5.8+ vvvvv\n" + core,
			claims{{Line: 1, Branch: "MOODLE_405_STABLE", Release: "4.5.8+"}},
			"# vvvvv MOODLE_500_STABLE, release 5.0.1 vvvvv\n" + core,
		},
		{
			"other variables between", "#vv  release 4.5.8+ (Build: 20251212),  MOODLE_405_STABLE\r\n\r\nMOODLE_GIT_REPO=x\r\n" + core,
			claims{{Line: 1, Branch: "MOODLE_405_STABLE", Release: "4.5.8+ (Build: 20251212)"}},
			"#vv  release 5.0.1,  MOODLE_500_STABLE\r\n\r\nMOODLE_GIT_REPO=x\r\n" + core,
		},
		{"a sentence", "# We run release 4.5.8.\n" + core, claims{{Line: 1, Release: "4.5.8"}}, "# We run release 5.0.1.\n" + core},
		{"a branch alone", "# MOODLE_39_STABLE\n" + core, claims{{Line: 1, Branch: "MOODLE_39_STABLE"}}, "# MOODLE_500_STABLE\n" + core},
		{"main", "# main, release 5.2dev\n" + core, claims{{Line: 1, Branch: "main", Release: "5.2dev"}}, "# MOODLE_500_STABLE, release 5.0.1\n" + core},
		{"main is a word too", "# the main thing\n" + core, nil, ""},
		{"a release must stand right above", "# release 4.5.8\n\n" + core, nil, ""},
		{"the nearest", "# MOODLE_401_STABLE\n# MOODLE_405_STABLE\n# see the wiki\n" + core, claims{{Line: 2, Branch: "MOODLE_405_STABLE"}}, "# MOODLE_401_STABLE\n# MOODLE_500_STABLE\n# see the wiki\n" + core},
		{"beside", core + " # release 4.5.8", claims{{Line: 1, Release: "4.5.8"}}, core + " # release 5.0.1"},
		{
			"above and beside", "# MOODLE_405_STABLE\n" + core + " # release 4.5.8",
			claims{{Line: 1, Branch: "MOODLE_405_STABLE"}, {Line: 2, Release: "4.5.8"}},
			"# MOODLE_500_STABLE\n" + core + " # release 5.0.1",
		},
		{"of a plugin", "# MOODLE_405_STABLE, release 4.5.8\n# release v4.5-r9\nMOODLE_PLUGIN_A_GIT_HEAD=v4.5-r9", claims{{Line: 2, Release: "v4.5-r9"}}, "# MOODLE_405_STABLE, release 4.5.8\n# release 5.0.1\nMOODLE_PLUGIN_A_GIT_HEAD=v4.5-r9"},
		{"of Moodle, above a plugin", "# MOODLE_405_STABLE, release 4.5.8\nMOODLE_PLUGIN_A_GIT_HEAD=v4.5-r9\n" + core, claims{{Line: 1, Branch: "MOODLE_405_STABLE", Release: "4.5.8"}}, "# MOODLE_500_STABLE, release 5.0.1\nMOODLE_PLUGIN_A_GIT_HEAD=v4.5-r9\n" + core},
		{"not of the plugin below it", "# MOODLE_405_STABLE, release 4.5.8\nMOODLE_PLUGIN_A_GIT_HEAD=v4.5-r9", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := envfile.Parse([]byte(test.text))
			last := len(f.Pins()) - 1
			if diff := cmp.Diff(test.want, f.Pins()[last].Claims, cmpopts.IgnoreUnexported(envfile.Claim{})); diff != "" {
				t.Fatal(diff)
			}
			for i := range test.want {
				var err error
				if f, err = f.SetClaim(last, i, "MOODLE_500_STABLE", "5.0.1"); err != nil {
					t.Fatal(err)
				}
			}
			if len(test.want) > 0 && string(f.Bytes()) != test.after {
				t.Errorf("rewritten:\n%s\nwant:\n%s", f.Bytes(), test.after)
			}
		})
	}
}

// What a stranger called a tag does not get into a file that a shell reads.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	f := envfile.Parse([]byte("# release 1.0\nMOODLE_GIT_HEAD=" + oldID))
	for _, value := range []string{"", "-x", "v1;id", "v1 ", "v1\n", "$(id)", "`id`", "v1#", "'", `"`, "v1&", "v1|", "ü", strings.Repeat("v", 201), "\\"} {
		if _, err := f.Set(0, value); !errors.Is(err, envfile.ErrValue) {
			t.Errorf("%q: %v, want %v", value, err, envfile.ErrValue)
		}
		if _, err := f.Add("MOODLE_CORE_GIT_HEAD", value); !errors.Is(err, envfile.ErrValue) {
			t.Errorf("add %q: %v, want %v", value, err, envfile.ErrValue)
		}
		if _, err := f.SetClaim(0, 0, "", value+"\n"); !errors.Is(err, envfile.ErrValue) {
			t.Errorf("claim %q: %v, want %v", value, err, envfile.ErrValue)
		}
	}
	if _, err := f.Add("PATH", "v1"); !errors.Is(err, envfile.ErrValue) {
		t.Errorf("a variable that is no pin: %v", err)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	const added = "MOODLE_GIT_HEAD=v1"
	for text, want := range map[string]string{
		"": added + "\n", "\ufeff": "\ufeff" + added + "\n", "A=b": "A=b\n" + added + "\n", "A=b\n": "A=b\n" + added + "\n",
		"A=b\r\nC=d": "A=b\r\nC=d\r\n" + added + "\r\n", "A=b\r\n": "A=b\r\n" + added + "\r\n",
	} {
		f, err := envfile.Parse([]byte(text)).Add("MOODLE_GIT_HEAD", "v1")
		if err != nil || string(f.Bytes()) != want {
			t.Errorf("%q: %q, %v, want %q", text, f.Bytes(), err, want)
		}
	}
	if _, err := envfile.Parse([]byte("A='b\n")).Add("MOODLE_GIT_HEAD", "v1"); !errors.Is(err, envfile.ErrUnclosed) {
		t.Errorf("behind an open quotation mark: %v", err)
	}
}

// A megabyte of the worst lines is read in no time.
func TestHuge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("what it costs is measured without the race detector")
	}
	for _, line := range []string{"A='\n", "A=\"\\\n", "A='x'\n", "# MOODLE_405_STABLE, release 4.5.8\n", "MOODLE_GIT_HEAD=v1 #\n", "export " + strings.Repeat(" ", 60) + "\n"} {
		data := []byte(strings.Repeat(line, 1<<20/len(line)))
		begun := time.Now()
		f := envfile.Parse(data)
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%q: %v", line, took)
		}
		if !bytes.Equal(f.Bytes(), data) {
			t.Errorf("%q: not kept", line)
		}
	}
}

// Whatever the bytes, reading keeps them; setting a value changes these bytes alone and reads back;
// no other pin and no claim changes with it.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		"# vvvvv MOODLE_405_STABLE, release 4.5.8+ vvvvv\r\nMOODLE_GIT_HEAD=" + oldID + "\r\nMOODLE_PLUGIN_A_GIT_HEAD=\"tags/v1\" # release v1.0",
		"\ufeffexport MOODLE_CORE_GIT_HEAD = 'x'", "A='\nMOODLE_GIT_HEAD=1\n'\nMOODLE_GIT_HEAD=", "MOODLE_GIT_HEAD\n\x00=\"\\\"", "MOODLE_GIT_HEAD=v1\r\rMOODLE_GIT_HEAD=v2\n\r",
		"MOODLE_GIT_HEAD=\"\"'\nX='", "# release 4.5.8.\nMOODLE_GIT_HEAD= #main, release 4.5",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		original := bytes.Clone(data)
		file := envfile.Parse(data)
		if !bytes.Equal(file.Bytes(), original) {
			t.Fatal("reading changed the bytes")
		}
		for i, p := range file.Pins() {
			edited, err := file.Set(i, newID)
			if err != nil {
				if p.State == envfile.Literal || p.State == envfile.Empty {
					t.Fatalf("%+v: %v", p, err)
				}
				continue
			}
			checkSet(t, file, edited, i)
			checkClaims(t, file, i)
		}
		if !bytes.Equal(file.Bytes(), original) {
			t.Fatal("an edit changed the file it was made from")
		}
	})
}

func checkSet(t *testing.T, file, edited *envfile.File, i int) {
	t.Helper()
	before, after := file.Pins(), edited.Pins()
	if len(before) != len(after) {
		t.Fatalf("%d pins became %d", len(before), len(after))
	}
	if after[i].Value != newID {
		t.Fatalf("the value reads back as %+v", after[i])
	}
	back := bytes.Replace(edited.Bytes(), []byte(newID), []byte(before[i].Value), 1)
	if !bytes.Contains(file.Bytes(), []byte(newID)) && !bytes.Equal(back, file.Bytes()) {
		t.Fatalf("more than the value changed:\n%q\n%q", file.Bytes(), edited.Bytes())
	}
	for k := range before {
		if before[k].Variable != after[k].Variable || k != i && before[k].Value != after[k].Value || before[k].Line != after[k].Line {
			t.Fatalf("another pin changed: %+v, %+v", before[k], after[k])
		}
	}
}

func checkClaims(t *testing.T, file *envfile.File, i int) {
	t.Helper()
	for k, c := range file.Pins()[i].Claims {
		edited, err := file.SetClaim(i, k, "MOODLE_500_STABLE", "5.0.1")
		if err != nil {
			t.Fatal(err)
		}
		now := edited.Pins()[i].Claims
		if len(now) != len(file.Pins()[i].Claims) {
			t.Fatalf("%q: %d claims became %d", file.Bytes(), len(file.Pins()[i].Claims), len(now))
		}
		if c.Branch != "" && now[k].Branch != "MOODLE_500_STABLE" || c.Release != "" && now[k].Release != "5.0.1" {
			t.Fatalf("%q: %+v became %+v", file.Bytes(), c, now[k])
		}
		// Old words put back give the old bytes.
		again, err := edited.SetClaim(i, k, c.Branch, c.Release)
		if err != nil || !bytes.Equal(again.Bytes(), file.Bytes()) {
			t.Fatalf("%v:\n%q\n%q", err, file.Bytes(), again.Bytes())
		}
	}
}
