package debian

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const sample = `luns-moodle-lu (1:2.5.1-0-2) wheezy lenny; urgency=low, binary-only=yes

  [ Ann Other ]
  * New release.
    - with a list

  * Another.

 -- Ann Öther <ann@example.org>  Mon, 02 Mar 2026 09:00:00 +0100

luns-moodle-lu (2.5.0) UNRELEASED; urgency=medium

  * First.

 -- Bob <bob@example.org>  Sun,  1 Mar 2026 09:00:00 +0000

Local variables:
mode: debian-changelog
`

func TestParse(t *testing.T) {
	t.Parallel()
	all, err := Parse([]byte(sample))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	want := Entry{
		Source: "luns-moodle-lu", Version: Version{"1", "2.5.1-0", "2"}, Distributions: []string{"wheezy", "lenny"}, Metadata: "urgency=low, binary-only=yes",
		Changes:    []string{"  [ Ann Other ]", "  * New release.", "    - with a list", "", "  * Another."},
		Maintainer: "Ann Öther <ann@example.org>", Date: all[0].Date,
	}
	if !reflect.DeepEqual(all[0], want) || all[0].Date.Format(time.RFC3339) != "2026-03-02T09:00:00+01:00" {
		t.Errorf("read as %+v", all[0])
	}
	text, err := all[0].Format()
	if err != nil || !strings.HasPrefix(sample, text) {
		t.Errorf("written as %q, %v", text, err)
	}
	if all, err := Parse([]byte(strings.ReplaceAll(sample, "\n", "\r\n"))); err != nil || len(all) != 2 {
		t.Errorf("with CRLF: %+v, %v", all, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Parse([]byte("\n\n")); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty one: %v", err)
	}
	for text, line := range map[string]int{
		"moodle\n": 1, "moodle (x) y; urgency=low\n": 1, "moodle (1) y\n": 1, "m (1) y; u=low\n": 1,
		"moodle (1) y; urgency=low\n * one space\n": 2, "moodle (1) y; urgency=low\n\n  * a\n": 3,
		"moodle (1) y; urgency=low\n\n -- nobody\n": 3, "<<<<<<< HEAD\n": 1,
	} {
		var wrong *LineError
		if all, err := Parse([]byte(text)); !errors.As(err, &wrong) || wrong.Line != line {
			t.Errorf("%q: %+v, %v; want line %d", text, all, err, line)
		}
	}
	good := Entry{Source: "moodle", Version: Version{Upstream: "1", Revision: "1"}, Distributions: []string{"sid"}, Metadata: "urgency=low", Changes: []string{"  * x"}, Maintainer: "A <a@b>"}
	for what, spoil := range map[string]func(*Entry){
		"name with a line break": func(e *Entry) { e.Maintainer = "A\n -- B <b@c>" }, "no distribution": func(e *Entry) { e.Distributions = nil },
		"change that ends the entry": func(e *Entry) { e.Changes = []string{" -- A <a@b>  x", ""} }, "version": func(e *Entry) { e.Version.Upstream = "v1" },
		"not UTF-8": func(e *Entry) { e.Changes = []string{"  * \xff"} }, "no address": func(e *Entry) { e.Maintainer = "A" },
	} {
		bad := good
		spoil(&bad)
		if text, err := bad.Format(); err == nil {
			t.Errorf("%s: written as %q", what, text)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Version{
		"4.5.5-0-1": {"", "4.5.5-0", "1"}, "1:2.5-3+deb12u1": {"1", "2.5", "3+deb12u1"}, "2026030200": {"", "2026030200", ""}, "1:2:3-1": {"1", "2:3", "1"},
	} {
		if got, err := ParseVersion(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "v4.5", "4.5_1", "4.5-", "x:1", "4 5", "1:", "-1", "4.5-1-ö"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, v)
		}
	}
	taken := []Version{{"1", "4.5.5-0", "2+deb12u1"}, {"1", "4.5.5-0", "1"}, {"", "4.5.4-0", "9"}}
	for upstream, want := range map[string]string{"4.5.5-0": "1:4.5.5-0-3", "4.5.6-0": "1:4.5.6-0-1", "4.5.4-0": "1:4.5.4-0-10"} {
		if v, err := Next(upstream, taken); err != nil || v.String() != want {
			t.Errorf("%s: %s, %v, want %s", upstream, v, err, want)
		}
	}
	if v, err := Next("v4.5", nil); err == nil {
		t.Errorf("%s", v)
	}
}

func TestBullet(t *testing.T) {
	t.Parallel()
	lines := Bullet(strings.Repeat("word ", 40) + "\n" + strings.Repeat("x", 100))
	for i, line := range lines {
		if len(line) > lineWidth && !strings.Contains(line, "xxx") || i == 0 != strings.HasPrefix(line, "  * ") || i > 0 && !strings.HasPrefix(line, "    ") {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines", len(lines))
	}
}

// What we write, Debian's own tool reads, and the other way round.
func TestDebianReadsIt(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("dpkg-parsechangelog")
	if err != nil {
		t.Skip("dpkg-dev is not installed: nobody to ask")
	}
	entry := Entry{
		Source: "lu-moodle-lu", Version: Version{"2", "4.5.5-0", "1"}, Distributions: []string{"bookworm"}, Metadata: "urgency=medium",
		Changes: append(Bullet("New release of Moodle: "+strings.Repeat("ö ", 60)), Bullet("LU-12: second.")...), Maintainer: "Ann Öther <ann@example.org>",
		Date: time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", -3600)),
	}
	text, err := entry.Format()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "changelog")
	if err := os.WriteFile(file, []byte(text+sample), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-l", file).CombinedOutput()
	if err != nil || strings.Contains(string(out), "warning") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Source: lu-moodle-lu\n", "Version: 2:4.5.5-0-1\n", "Distribution: bookworm\n", "Urgency: medium\n", "Maintainer: Ann Öther <ann@example.org>\n", "Date: Mon, 02 Mar 2026 09:00:00 -0100\n", "second."} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, e := range all {
			if e.Date.IsZero() {
				continue
			}
			again, err := e.Format()
			if err != nil {
				continue // of long ago, in a form that we would not write
			}
			back, err := Parse([]byte(again))
			if err != nil || len(back) != 1 || back[0].Version != e.Version {
				t.Errorf("%q gives %q: %v", text, again, err)
			}
		}
	})
}

// Versions are ordered as dpkg orders them.
func TestVersionsAreDpkgs(t *testing.T) {
	t.Parallel()
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("dpkg is not installed: nothing to compare with")
	}
	all := []string{
		"4.1.3-0-1", "4.1.3-0-2", "4.1.3-0-10", "4.1.3-9-1", "4.1.3-10-1", "4.1.12-0-1", "1:2.0-1", "1", "1.0", "01", "1~rc1-1", "1-1",
		"1+dfsg-1", "1a-1", "1-1+deb12u1", "2026030200-1", "0:4.1.3-0-1", "4.5.0~beta-0-1", "4.5.0-0-1", "1-~", "1.", "1.a", "10:1",
	}
	for _, a := range all {
		for _, b := range all {
			left, err := ParseVersion(a)
			if err != nil {
				t.Fatal(err)
			}
			right, err := ParseVersion(b)
			if err != nil {
				t.Fatal(err)
			}
			relation := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[left.Compare(right)]
			if err := exec.Command(dpkg, "--compare-versions", a, relation, b).Run(); err != nil {
				t.Errorf("%s %s %s: not so by dpkg: %v", a, relation, b, err)
			}
		}
	}
}
