package release

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mgit/internal/moodle"
)

const (
	ordinary = "{ourname}-moodle-{shortcustomer}_v{moodle-version}-{local-release}"
	calendar = "{date}{nn}"
)

func names() Names { return Names{OurName: "lu", ShortCustomer: "lu", Customer: "LUVLE"} }

func mustParse(t *testing.T, text string) *Template {
	t.Helper()
	template, err := ParseTemplate(text, names())
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func fieldsOf(t *testing.T, tag string) Fields {
	t.Helper()
	m, err := moodle.ParseTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	return Fields{Series: m.Series, Moodle: m, Date: DateOf(time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC))}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		template, moodle string
		taken            []string
		want             string
	}{
		{ordinary, "v2.5.0", nil, "lu-moodle-lu_v2.5.0-0"},
		{ordinary, "v2.5.0", []string{"lu-moodle-lu_v2.5.0-0", "v2.5.0", "lu-moodle-lu_v2.5.1-7", "other"}, "lu-moodle-lu_v2.5.0-1"},
		// A gap is not filled: the number was somebody's once.
		{ordinary, "v2.5.0", []string{"lu-moodle-lu_v2.5.0-9", "lu-moodle-lu_v2.5.0-11"}, "lu-moodle-lu_v2.5.0-12"},
		{ordinary, "v2.5.0", []string{"lu-moodle-lu_v2.5.0-09", "lu-moodle-lu_v2.5.0--1", "LU-moodle-lu_v2.5.0-4"}, "lu-moodle-lu_v2.5.0-0"},
		{ordinary, "v4.5.0-rc1", []string{"lu-moodle-lu_v4.5.0-rc1-0", "lu-moodle-lu_v4.5.0-3"}, "lu-moodle-lu_v4.5.0-rc1-1"},
		{calendar, "v4.5.0", nil, "2026030200"},
		{calendar, "v4.5.0", []string{"2026030200", "2026030201", "2026030150"}, "2026030202"},
		{"{customer}/{series}/r{local-release}", "v4.5.3", []string{"LUVLE/4.5/r0", "LUVLE/4.1/r8"}, "LUVLE/4.5/r1"},
		{"r{nn}", "v4.5.3", []string{"r07"}, "r08"},
		{"{ourname}-{moodle-version}", "v4.5.3", []string{"lu-4.5.3"}, "lu-4.5.3"},
	} {
		got, err := mustParse(t, c.template).Next(fieldsOf(t, c.moodle), c.taken)
		if err != nil || got != c.want {
			t.Errorf("%s for %s with %v: %q, %v, want %q", c.template, c.moodle, c.taken, got, err, c.want)
		}
	}
	if name, err := mustParse(t, "r{nn}").Next(Fields{}, []string{"r99"}); err == nil {
		t.Errorf("the hundredth release of two digits is %q", name)
	}
	if name, err := mustParse(t, ordinary).Next(Fields{}, nil); err == nil {
		t.Errorf("without a version of Moodle the name is %q", name)
	}
}

func TestParseIsFormatReversed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{ordinary, calendar, "{customer}-{version}", "r{local-release}", "{moodle-version}/x{nn}", "{version}-{moodle-version}-{date}-{local-release}"} {
		template := mustParse(t, text)
		for _, tag := range []string{"v2.5.0", "v4.5.12", "v3.11.0-beta", "v4.5.0-rc12"} {
			for _, number := range []int{0, 1, 10, 99} {
				f := fieldsOf(t, tag)
				f.Number = number
				name, err := template.Format(f)
				if err != nil {
					t.Fatal(err)
				}
				back, ok := template.Parse(name)
				if !ok {
					t.Errorf("%s does not read its own %q", text, name)
					continue
				}
				if again, err := template.Format(back); err != nil || again != name {
					t.Errorf("%s: %q became %q, %v", text, name, again, err)
				}
				if strings.Contains(text, "moodle-version") && back.Moodle != f.Moodle {
					t.Errorf("%s: in %q the version is %v, want %v", text, name, back.Moodle, f.Moodle)
				}
			}
		}
	}
	for template, name := range map[string]string{
		ordinary: "lu-moodle-lu_v2.5.0-0\n", calendar: "2026133200", "{version}": "4.05",
		"{version}-{moodle-version}": "4.1-4.5.0", "r{local-release}": "r00", "x{moodle-version}": "x2.10.0",
	} {
		if f, ok := mustParse(t, template).Parse(name); ok {
			t.Errorf("%s reads %q as %+v", template, name, f)
		}
	}
}

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "{", "{nosuch}", "{local-release}{nn}", "{nn}x{local-release}", "{local-release}0", "{moodle-version}{local-release}", "{version}.{nn}", "{nn}-{nn}",
		"-{nn}", "a b{nn}", "a..{nn}", "{nn}.lock", "/{nn}", "{nn}/", "a:{nn}", "x\xff{nn}", "\x01{nn}", "a/.{nn}",
	} {
		var fault *TemplateError
		if got, err := ParseTemplate(text, names()); !errors.As(err, &fault) {
			t.Errorf("%q is read as %+v, %v", text, got, err)
		}
	}
	var fault *TemplateError
	if _, err := ParseTemplate(ordinary, Names{OurName: "lu"}); !errors.As(err, &fault) || fault.Key != "release.shortcustomer" {
		t.Errorf("without a name: %v", err)
	}
	for _, bad := range []string{"l u", "lu~", "-lu", "ö\x00"} {
		if _, err := ParseTemplate(ordinary, Names{OurName: bad, ShortCustomer: "lu"}); err == nil {
			t.Errorf("ourname %q is accepted", bad)
		}
	}
}

// What CheckTag accepts Git accepts, and what it refuses Git refuses, but for
// names that are options, HEAD, and Moodle's own.
func TestCheckTagIsGits(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a", "a/b", "ä", "2026030200", "lu-moodle-lu_v2.5.0-0", "a.b", "a@b", "x{y}", "@",
		"", "a b", "a..b", "a@{b", "a.", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a~", "a^", "a:", "a?", "a*", "a[", `a\`, "a\x7f", "a\tb",
	} {
		git := exec.Command("git", "check-ref-format", "refs/tags/"+name).Run() == nil
		if name == "@" {
			git = false // HEAD, wherever it stands without a prefix
		}
		if ours := CheckTag(name) == nil; ours != git {
			t.Errorf("%q: accepted %v, by git %v (%v)", name, ours, git, CheckTag(name))
		}
	}
	for _, name := range []string{"v4.5.0", "v4.5.0-rc1", "-d", "--delete", "HEAD"} {
		if CheckTag(name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(ordinary, "lu-moodle-lu_v2.5.0-0")
	f.Add(calendar, "2026030200")
	f.Add("{customer}-{version}-{local-release}", "LUVLE-4.5-12")
	f.Fuzz(func(t *testing.T, text, name string) {
		template, err := ParseTemplate(text, names())
		if err != nil {
			return
		}
		fields, ok := template.Parse(name)
		if !ok {
			return
		}
		if back, err := template.Format(fields); err != nil || back != name {
			t.Errorf("%q reads %q and writes %q, %v", text, name, back, err)
		}
		if err := checkRef(name); err != nil && strings.Trim(name, "0123456789.-") != "" {
			t.Errorf("%q accepts %q: %v", text, name, err)
		}
	})
}
