package moodle_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/moodle"
)

func FuzzParseSeries(f *testing.F) {
	for _, seed := range []string{"4.5", "405", "39", "3.10", "310", "MOODLE_311_STABLE", "102", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := moodle.ParseSeries(text)
		if err != nil {
			return
		}
		for _, spelling := range []string{s.String(), s.StableBranch(), s.Code()} {
			if again, err := moodle.ParseSeries(spelling); err != nil || again != s {
				t.Errorf("%q reads as %s, whose spelling %q reads as %s, %v", text, s, spelling, again, err)
			}
		}
		if tag, err := moodle.ParseTag(s.FirstTag().String()); err != nil || tag.Series != s {
			t.Errorf("%q: first tag %s reads as %v, %v", text, s.FirstTag(), tag, err)
		}
		if s.Compare(s.Next()) >= 0 {
			t.Errorf("%q: %s is followed by %s", text, s, s.Next())
		}
	})
}

func FuzzParseTag(f *testing.F) {
	for _, seed := range []string{"v4.5.0", "v4.5.0-rc1", "v3.11.18", "v4.5.1-beta", "v"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		tag, err := moodle.ParseTag(name)
		if err != nil {
			return
		}
		if tag.String() != name {
			t.Errorf("%q is written as %q", name, tag)
		}
		if again, ok := tag.Release().Tag(); !ok || again != tag {
			t.Errorf("%q: its release %q has the tag %s, %v", name, tag.Release(), again, ok)
		}
	})
}

func FuzzParseRelease(f *testing.F) {
	for _, row := range readFacts(f, "core-builds.tsv") {
		f.Add(row["release"])
	}
	f.Add("2.4.5+ (Build: 20130905) LUVLE 3")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := moodle.ParseRelease(text)
		if err != nil {
			return
		}
		if r.String() != strings.TrimSpace(text) {
			t.Errorf("%q is written as %q", text, r)
		}
		again, err := moodle.ParseRelease(r.Official())
		if err != nil || again.Compare(r) != 0 || again.Official() != r.Official() {
			t.Errorf("%q: official form %q reads as %+v, %v", text, r.Official(), again, err)
		}
		if tag, ok := r.Tag(); ok && (tag.Series != r.Series || tag.Patch != r.Patch) {
			t.Errorf("%q has the tag %s", text, tag)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{
		versionFile("1.9"), versionFile("2.2"), versionFile("4.5"),
		"<?php $version = 2013051400; /* open", "<?php # x ?> $version = '2013051400.1' ;", "$module->version = 1;", "'\\", "<<<<<<< a\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		v, err := moodle.ParseVersion(source)
		var format *moodle.FormatError
		if err != nil {
			if v != (moodle.Version{}) || !errors.As(err, &format) && !errors.Is(err, moodle.ErrNotCore) {
				t.Errorf("%+v with error %v", v, err)
			}
			return
		}
		again, err := moodle.ParseVersion(append([]byte("<?php\n/* $version = 1; */\n# it's\n"), printVersion(v)...))
		if err != nil || again != v {
			t.Errorf("%+v is printed and read as %+v, %v", v, again, err)
		}
		if v.Compare(again) != 0 {
			t.Errorf("%s is not equal to itself", v.Version)
		}
	})
}

func printVersion(v moodle.Version) string {
	quote := "'"
	if strings.Contains(v.Release, quote) {
		quote = `"`
	}
	text := "$version = " + v.Version + ";\n"
	if v.Release != "" {
		text += "$release = " + quote + v.Release + quote + ";\n"
	}
	if v.Branch != "" {
		text += "$branch = '" + v.Branch + "';\n"
	}
	if v.Maturity != "" {
		text += "$maturity = " + v.Maturity + ";\n"
	}
	return text
}

func FuzzParsePlugin(f *testing.F) {
	for _, seed := range []string{
		"$plugin->version = 1; $plugin->supported = [401, 405]; $plugin->dependencies = ['mod_quiz' => ANY_VERSION];",
		"$plugin->version = 1; $plugin->component = 'mod_forum';", "$plugin->version='\\", "$plugin->supported=[',;", "$module->version == 1;",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := moodle.ParsePlugin(source)
		if err != nil {
			return
		}
		if p.Component != (moodle.Component{}) {
			if again, err := moodle.ParseComponent(p.Component.String()); err != nil || again != p.Component {
				t.Errorf("component %v: %v", p.Component, err)
			}
		}
		if p.From.Compare(p.To) > 0 || p.From.IsZero() != p.To.IsZero() {
			t.Errorf("supports %s to %s", p.From, p.To)
		}
		if p.Version == "" && len(p.Unread) == 0 {
			t.Error("no version, and nothing unread")
		}
	})
}

func FuzzCompareVersions(f *testing.F) {
	f.Add("2013051400.1", "2013051400.10", "2013051400.11")
	f.Add("", "1", "01.x")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if moodle.CompareVersions(a, b) != -moodle.CompareVersions(b, a) {
			t.Errorf("%q and %q: the order depends on the side", a, b)
		}
		if moodle.CompareVersions(a, b) <= 0 && moodle.CompareVersions(b, c) <= 0 && moodle.CompareVersions(a, c) > 0 {
			t.Errorf("%q ≤ %q ≤ %q, but not the ends", a, b, c)
		}
	})
}

func FuzzParseComponent(f *testing.F) {
	for _, seed := range []string{"mod_forum", "mod_a_b", "core", "core_grades", "local_a__b", "set_x", "Mod_x", "local_", "quizaccess_seb"} {
		f.Add(seed)
	}
	l := mustLayout(f, treeOf(f, "4.5").fs())
	f.Fuzz(func(t *testing.T, name string) {
		c, err := moodle.ParseComponent(name)
		var reason *moodle.NameError
		if err != nil {
			if !errors.As(err, &reason) || reason.Reason == "" {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		if c.String() != name {
			t.Errorf("%q is written as %q", name, c)
		}
		dir, ok := l.PathOf(c)
		if !ok {
			return
		}
		if owner, rest, ok := l.ComponentOf(dir + "/x.php"); owner != c || rest != "x.php" || !ok {
			t.Errorf("%s is in %s, which belongs to %s", c, dir, owner)
		}
	})
}

// Any declaration of sub-plugins is read without harm, and what is taken from it
// stays inside the tree.
func FuzzSubPlugins(f *testing.F) {
	f.Add("mod/data/db/subplugins.json", `{"plugintypes": {"datafield": "mod/data/field"}}`, "mod/data/field/text/x.php")
	f.Add("mod/data/db/subplugins.json", `{"subplugintypes": {"datafield": "../../x"}, "plugintypes": []}`, "mod/data/x")
	f.Add("mod/data/db/subplugins.php", `<?php $subplugins = ['datafield' => 'mod/data/field'`, "mod/data/field/a/b")
	base := treeOf(f, "4.5")
	f.Fuzz(func(t *testing.T, file, content, name string) {
		if !strings.HasPrefix(file, "mod/data/db/subplugins.") {
			return
		}
		files := base.with(tree{"mod/data/db/" + strings.TrimPrefix(file, "mod/data/db/"): content}).fs()
		if strings.Contains(strings.TrimPrefix(file, "mod/data/db/"), "/") {
			return
		}
		l := mustLayout(t, files)
		for _, typ := range l.Types() {
			if _, err := fstest.MapFS(files).Open(typ.Dir); err != nil && strings.Contains(err.Error(), "invalid") {
				t.Errorf("type %s is in %q", typ.Name, typ.Dir)
			}
		}
		c, rest, ok := l.ComponentOf(name)
		if ok && !strings.HasSuffix(name, rest) {
			t.Errorf("%q belongs to %s with rest %q", name, c, rest)
		}
	})
}
