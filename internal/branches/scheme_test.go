package branches_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/branches"
	"mgit/internal/moodle"
)

func scheme(t *testing.T, template string) *branches.Scheme {
	t.Helper()
	s, err := branches.ParseScheme(template, branches.DefaultTypes(), "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func series(t *testing.T, text string) moodle.Series {
	t.Helper()
	s, err := moodle.ParseSeries(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const slashes = "{type}/{customer}/{version}/{frankenstyle}[+{shortname}]"

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template, name string
		want           branches.Name
		key            string
	}{
		{
			branches.DefaultTemplate, "LUVLE-2.5-hack-mod_resource-singlefiles",
			branches.Name{Type: "hack", Component: "mod_resource", Short: "singlefiles", Version: series(t, "2.5")},
			"mod_resource-singlefiles",
		},
		{
			branches.DefaultTemplate, "LUVLE-3.10-feature-block_panopto",
			branches.Name{Type: "feature", Component: "block_panopto", Version: series(t, "3.10")},
			"block_panopto",
		},
		{
			branches.DefaultTemplate, "LUVLE-4.5-hack-core-a-b.c_d2",
			branches.Name{Type: "hack", Component: "core", Short: "a-b.c_d2", Version: series(t, "4.5")},
			"core-a-b.c_d2",
		},
		{
			branches.DefaultTemplate, "LUVLE-4.5-feature-set_exams",
			branches.Name{Type: "feature", Component: "set_exams", Version: series(t, "4.5")},
			"set_exams",
		},
		{
			slashes, "hack/LUVLE/4.5/mod_forum+subject",
			branches.Name{Type: "hack", Component: "mod_forum", Short: "subject", Version: series(t, "4.5")},
			"mod_forum-subject",
		},
		{
			slashes, "hack/LUVLE/4.5/core_grades",
			branches.Name{Type: "hack", Component: "core_grades", Version: series(t, "4.5")},
			"core_grades",
		},
		{
			"MDL-{version}-{type}-{frankenstyle}[-{shortname}]", "MDL-4.5-feature-mod_quiz-timer",
			branches.Name{Type: "feature", Component: "mod_quiz", Short: "timer", Version: series(t, "4.5")},
			"mod_quiz-timer",
		},
		{
			"{shortname}@{frankenstyle}/{version}/{type}", "a-b@mod_quiz/4.5/hack",
			branches.Name{Type: "hack", Component: "mod_quiz", Short: "a-b", Version: series(t, "4.5")},
			"mod_quiz-a-b",
		},
		{
			"{customer}{version}/{type}[({shortname})]/{frankenstyle}", "LUVLE4.5/hack(x)/mod_quiz",
			branches.Name{Type: "hack", Component: "mod_quiz", Short: "x", Version: series(t, "4.5")},
			"mod_quiz-x",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := scheme(t, test.template)
			test.want.Customer, test.want.Raw = "LUVLE", test.name
			got, err := s.Parse(test.name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Key() != test.key {
				t.Errorf("key %q, want %q", got.Key(), test.key)
			}
			if component, short, err := branches.ParseKey(got.Key()); err != nil || component != got.Component || short != got.Short {
				t.Errorf("ParseKey(%q) = %q, %q, %v", got.Key(), component, short, err)
			}
			if text, err := s.Format(got); err != nil || text != test.name {
				t.Errorf("Format = %q, %v", text, err)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{
		"LUVLE-4.5-hakc-mod_forum":                    `no type "hakc"; there are "feature", "hack"`,
		"LUVLE-4.5-Hack-mod_forum":                    `no type "Hack"`,
		"LUVLE-45x-hack-mod_forum":                    `"45x" is no version`,
		"LUVLE-4.5.2-hack-mod_forum":                  `"4.5.2" is no version`,
		"LUVLE-405-hack-mod_forum":                    `the version is written 4.5, not 405`,
		"LUVLE-MOODLE_405_STABLE-hack-mod_forum":      `written 4.5, not MOODLE_405_STABLE`,
		"LUVLE-4.05-hack-mod_forum":                   `"4.05" is no version`,
		"LUVLE-4.5-hack-mod_fo_o":                     `an activity module has no underscore`,
		"LUVLE-4.5-hack-forum":                        `has no type`,
		"LUVLE-4.5-hack-mod_Forum":                    `upper case`,
		"LUVLE-4.5-hack-block__x":                     `two underscores`,
		"LUVLE-4.5-hack-set_":                         `has no name after "set_"`,
		"LUVLE-4.5-hack-set_9":                        `begins with a letter`,
		"LUVLE-4.5-hack-set_a__b":                     `separates nothing`,
		"LUVLE-4.5-hack-set_eXams":                    `only a-z, 0-9 and _`,
		"LUVLE-4.5-hack-mod_forum-":                   `{shortname} is missing`,
		"LUVLE-4.5-hack-mod_forum-x.":                 `begin and end with a letter`,
		"LUVLE-4.5-hack-mod_forum--x":                 `begin and end with a letter`,
		"LUVLE-4.5-hack-mod_forum-a..b":               `two dots`,
		"LUVLE-4.5-hack-mod_forum-a.lock":             `.lock`,
		"LUVLE-4.5-hack-mod_forum-a/b":                `letters, digits`,
		"LUVLE-4.5-hack-mod_forum-caf\u00e9":          `letters, digits`,
		"LUVLE-4.5-hack-mod_forum-a\xffb":             `letters, digits`,
		"LUVLE-4.5-hack":                              `{frankenstyle}`,
		"LUVLE-4.5":                                   `{type}`,
		"LUVLE-4.5-training":                          `no type "training"`,
		"LUVLE-":                                      `{version} is missing`,
		"luvle-4.5-hack-mod_forum":                    `the customer is written "LUVLE", not "luvle"`,
		"LUVLE-4.5--mod_forum":                        `{type} is missing`,
		"LUVLE-4.5-hack-mod_forum extra":              `only a-z`,
		"LUVLE-4.5-hack-mod_forum-subject\x00--force": `letters, digits`,
	} {
		_, err := scheme(t, branches.DefaultTemplate).Parse(name)
		var bad *branches.NameError
		if !errors.As(err, &bad) {
			t.Errorf("Parse(%q): %v, want a NameError", name, err)
			continue
		}
		if bad.Name != name || !strings.Contains(bad.Reason, reason) {
			t.Errorf("Parse(%q): reason %q, want %q in it", name, bad.Reason, reason)
		}
	}
}

func TestParseForeign(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		branches.DefaultTemplate: {
			"", "main", "MOODLE_405_STABLE", "mgit", "feature/LUVLE", "LUVLE", "LUVLEX-4.5-hack-mod_forum", "OTHER-4.5-hack-mod_forum",
			"-LUVLE-4.5-hack-mod_forum", "refs/heads/LUVLE-4.5-hack-mod_forum", "wip",
		},
		slashes: {"hack/OTHER/4.5/mod_forum", "hack", "LUVLE-4.5-hack-mod_forum", "feature/login"},
		"MDL-{version}-{type}-{frankenstyle}[-{shortname}]": {"MDL-81234-fix-login", "main", "MDL", "MDL-"},
	}
	for template, names := range tests {
		for _, name := range names {
			if n, err := scheme(t, template).Parse(name); !errors.Is(err, branches.ErrForeign) {
				t.Errorf("%s: Parse(%q) = %+v, %v, want ErrForeign", template, name, n, err)
			}
		}
	}
	short, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), "LU")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.Parse("LUVLE-4.5-hack-mod_forum"); !errors.Is(err, branches.ErrForeign) {
		t.Errorf("the customer LU took a branch of LUVLE for its own: %v", err)
	}
}

func TestParseNearMissInOtherTemplates(t *testing.T) {
	t.Parallel()
	for template, names := range map[string]map[string]string{
		slashes: {
			"hakc/LUVLE/4.5/mod_forum":     `no type "hakc"`,
			"hack/LUVLE/next/mod_forum":    `"next" is no version`,
			"hack/LUVLE/4.5/mod_fo_o":      "no underscore",
			"hack/LUVLE/4.5/mod_forum+":    "{shortname} is missing",
			"hack/LUVLE/4.5/mod_forum+a+b": "letters, digits",
		},
		"MDL-{version}-{type}-{frankenstyle}[-{shortname}]":         {"MDL-4.5-hack-mod_fo_o": "no underscore"},
		"{customer}-{version}-{type}-{frankenstyle}":                {"LUVLE-4.5-hack-mod_forum-x": "only a-z"},
		"{customer}/{version}/{type}/{frankenstyle}/end":            {"LUVLE/4.5/hack/mod_forum/ende": "too much"},
		"{customer}/{version}/{type}[({shortname})]/{frankenstyle}": {"LUVLE/4.5/hack(x/mod_forum": `")" is missing`},
	} {
		for name, reason := range names {
			_, err := scheme(t, template).Parse(name)
			var bad *branches.NameError
			if !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
				t.Errorf("%s: Parse(%q): %v, want %q in it", template, name, err, reason)
			}
		}
	}
}

func TestParseSchemeRefuses(t *testing.T) {
	t.Parallel()
	for template, reason := range map[string]string{
		"":                                                 "is empty",
		"{customer}-{version}":                             "{frankenstyle} is missing",
		"{customer}-{type}-{frankenstyle}":                 "{version} is missing",
		"{version}-{frankenstyle}":                         "{type} is missing, and there is more than one type",
		"{version}{type}-{frankenstyle}":                   "nothing separates {version} from {type}",
		"{version}-{type}{frankenstyle}":                   "nothing separates {type} from {frankenstyle}",
		"{version}.{type}-{frankenstyle}":                  `{version} can hold the "."`,
		"{version}-{type}x{frankenstyle}":                  `{type} can hold the "x"`,
		"{version}-{type}-{frankenstyle}_{shortname}":      `{frankenstyle} can hold the "_"`,
		"{version}-{type}-{frankenstyle}[_{shortname}]":    `{frankenstyle} can hold the "_"`,
		"{version}-{type}-{frankenstyle}[{shortname}]":     "must begin with a text",
		"{type}-{frankenstyle}[-{shortname}]-{version}":    "begins like what follows",
		"{type}-{frankenstyle}[-{shortname}]{version}":     "a text must follow",
		"{version}-{type}[-{frankenstyle}]":                "only {shortname} can be optional",
		"{version}-{type}-{frankenstyle}[-x]":              "holds no {shortname}",
		"{version}-{type}-{frankenstyle}[-{shortname}][x]": "one optional part only",
		"{version}-{type}-{frankenstyle}[-[{shortname}]]":  "optional part inside another",
		"{version}-{type}-{frankenstyle}[-{shortname}":     `"[" is not closed`,
		"{version}-{type}-{frankenstyle}]":                 "closes nothing",
		"{version}-{type}-{frankenstyle}}":                 "opens nothing",
		"{version}-{type}-{frankenstyle":                   "is not closed",
		"{version}-{type}-{component}":                     "there is no {component}; there are {customer}",
		"{version}-{type}-{version}-{frankenstyle}":        "twice",
		"-{version}-{type}-{frankenstyle}":                 "cannot begin",
		"/{version}-{type}-{frankenstyle}":                 "cannot begin",
		"{version}-{type}-{frankenstyle}/":                 "cannot end",
		"{version} {type}-{frankenstyle}":                  "cannot stand",
		"{version}~{type}-{frankenstyle}":                  "cannot stand",
		"{version}-{type}/..{frankenstyle}":                "cannot stand",
		"{version}é{type}-{frankenstyle}":                  "cannot stand",
	} {
		s, err := branches.ParseScheme(template, branches.DefaultTypes(), "LUVLE")
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("ParseScheme(%q) = %v, %v, want %q in the error", template, s, err, reason)
		}
	}
	for _, customer := range []string{"", "-x", "LU VLE", "a/b", "{x}", ".x"} {
		if _, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), customer); err == nil {
			t.Errorf("the customer %q is accepted", customer)
		}
	}
	for _, types := range [][]string{nil, {""}, {"hack", "hack"}, {"a-b"}, {"a b"}} {
		if _, err := branches.ParseScheme(branches.DefaultTemplate, types, "LUVLE"); err == nil {
			t.Errorf("the types %q are accepted", types)
		}
	}
}

func TestOneTypeNeedsNoPlaceInTheName(t *testing.T) {
	t.Parallel()
	s, err := branches.ParseScheme("{customer}-{version}-{frankenstyle}[-{shortname}]", []string{"change"}, "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Parse("LUVLE-4.5-mod_forum-subject")
	if err != nil || n.Type != "change" {
		t.Fatalf("%+v, %v", n, err)
	}
	if text, err := s.Format(n); err != nil || text != n.Raw {
		t.Errorf("Format = %q, %v", text, err)
	}
}

func TestFormatRefuses(t *testing.T) {
	t.Parallel()
	good := branches.Name{Customer: "LUVLE", Version: series(t, "4.5"), Type: "hack", Component: "mod_forum", Short: "x"}
	tests := []struct {
		reason string
		change func(*branches.Name)
	}{
		{"the customer is", func(n *branches.Name) { n.Customer = "OTHER" }},
		{"no version", func(n *branches.Name) { n.Version = moodle.Series{} }},
		{"no type", func(n *branches.Name) { n.Type = "patch" }},
		{"no component", func(n *branches.Name) { n.Component = "mod_a_b" }},
		{"no component", func(n *branches.Name) { n.Component = "" }},
		{"short name", func(n *branches.Name) { n.Short = "a b" }},
		{"short name", func(n *branches.Name) { n.Short = "x.lock" }},
	}
	s := scheme(t, branches.DefaultTemplate)
	if _, err := s.Format(good); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		bad := good
		test.change(&bad)
		text, err := s.Format(bad)
		if nameErr := (*branches.NameError)(nil); !errors.As(err, &nameErr) || !strings.Contains(nameErr.Reason, test.reason) {
			t.Errorf("Format(%+v) = %q, %v, want %q in the error", bad, text, err, test.reason)
		}
	}
	without := scheme(t, "{customer}-{version}-{type}-{frankenstyle}")
	if text, err := without.Format(good); err == nil {
		t.Errorf("the short name is lost in %q", text)
	}
	between := scheme(t, "{customer}/{version}/{type}/{shortname}-{frankenstyle}")
	good.Short = "a-b"
	if text, err := between.Format(good); err == nil {
		t.Errorf("%q has two readings", text)
	}
}

func TestWithVersion(t *testing.T) {
	t.Parallel()
	s := scheme(t, branches.DefaultTemplate)
	n, err := s.Parse("LUVLE-4.1-hack-mod_forum-subject")
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Format(n.WithVersion(series(t, "4.5")))
	if err != nil || text != "LUVLE-4.5-hack-mod_forum-subject" {
		t.Errorf("%q, %v", text, err)
	}
	if n.Version != series(t, "4.1") {
		t.Error("WithVersion changed its receiver")
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	s := scheme(t, branches.DefaultTemplate)
	if _, err := s.Parse("LUVLE-4.5-test"); !errors.Is(err, branches.ErrTarget) {
		t.Errorf("Parse of a target: %v", err)
	}
	target, err := s.ParseTarget("LUVLE-4.5-deployment")
	want := branches.Target{Customer: "LUVLE", Version: series(t, "4.5"), Short: "deployment", Raw: "LUVLE-4.5-deployment"}
	if err != nil || target != want {
		t.Errorf("ParseTarget = %+v, %v", target, err)
	}
	for _, name := range []string{"LUVLE-4.5-training", "LUVLE-405-test", "LUVLE-4.5-test-x", "LUVLE-4.5-hack-mod_forum", "main", "", "luvle-4.5-test"} {
		if got, err := s.ParseTarget(name); !errors.Is(err, branches.ErrForeign) {
			t.Errorf("ParseTarget(%q) = %+v, %v", name, got, err)
		}
	}
	if text, err := s.FormatTarget(branches.Target{Customer: "LUVLE", Version: series(t, "5.1"), Short: "test"}); err != nil || text != "LUVLE-5.1-test" {
		t.Errorf("FormatTarget = %q, %v", text, err)
	}
	if text, err := s.FormatTarget(branches.Target{Customer: "LUVLE", Version: series(t, "5.1"), Short: "tset"}); err == nil {
		t.Errorf("FormatTarget made %q", text)
	}
	more, err := s.WithTargets("deploy/{target}/{version}", []string{"test", "pre-live"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := more.Parse("deploy/pre-live/4.5"); !errors.Is(err, branches.ErrTarget) {
		t.Errorf("own target template: %v", err)
	}
	var bad *branches.NameError
	if _, err := more.Parse("LUVLE-4.5-test"); !errors.As(err, &bad) {
		t.Errorf("a target of the default template: %v", err)
	}
}

func TestWithTargetsRefuses(t *testing.T) {
	t.Parallel()
	one, err := branches.ParseScheme("{customer}-{version}-{frankenstyle}", []string{"change"}, "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		template, target, reason string
	}{
		{"{customer}-{version}-{target}", "set_all", "would also be the name of a branch"},
		{"{customer}-{version}", "test", "{target} is missing"},
		{"{target}", "test", "{version} is missing"},
		{"{version}{target}", "test", "nothing separates"},
		{"{version}-{frankenstyle}-{target}", "test", "there is no {frankenstyle}"},
		{"{version}-{target}", "a b", "short name"},
		{"{version}/x.lock/{target}", "test", ".lock"},
	}
	for _, test := range tests {
		_, err := one.WithTargets(test.template, []string{test.target})
		if err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s with %q: %v, want %q in the error", test.template, test.target, err, test.reason)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "-x", "mod_forum-", "mod_fo_o", "mod_forum-a..b", "LUVLE-4.5-hack-mod_forum"} {
		_, _, err := branches.ParseKey(key)
		if bad := (*branches.NameError)(nil); !errors.As(err, &bad) {
			t.Errorf("ParseKey(%q): %v", key, err)
		}
	}
}
