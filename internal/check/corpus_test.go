package check_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// lesson is a change, and what all rules together say of it: one that shows what a rule finds, or what it lets pass.
// The lessons are meant to be read; what is odd about a rule beyond them stands in its own tests.
type lesson struct {
	rule   string
	name   string
	change *checktest.Case
	// found are the findings of all rules, divided by ", ", with "warning " before those that are no errors. Where it is "", the
	// lesson is that nothing at all is found.
	found string
}

// corpus are all lessons.
func corpus(t *testing.T) []lesson {
	return slices.Concat(
		branchLessons(), scopeLessons(), pluginLessons(), stepLessons(), nameLessons(), languageLessons(),
		leftoverLessons(), secretLessons(), codeLessons(t), hackLessons(), messageLessons(),
	)
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, l := range corpus(t) {
		t.Run(l.rule+"/"+l.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(foundByAll(t, l.change.Subject(t)), ", "); got != l.found {
				t.Errorf("\nfound %s\nwant  %s", got, l.found)
			}
		})
	}
}

// foundByAll asks all rules, the one about markers included, which is off while nobody asks for it.
func foundByAll(t *testing.T, s *check.Subject) []string {
	t.Helper()
	result, err := check.Run(t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
		if r.Severity == check.Off {
			return check.Warning
		}
		return r.Severity
	}})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range result.Findings {
		line := f.String()
		if f.Severity != check.Error {
			line = string(f.Severity) + " " + line
		}
		found = append(found, line)
	}
	return found
}

// Of every rule there is a lesson of what it finds and one of what it lets pass, and no lesson stands there twice.
func TestCorpusHasEveryRule(t *testing.T) {
	t.Parallel()
	const fewest = 150
	good, bad, names := make(map[string]int), make(map[string]int), make(map[string]bool)
	all := corpus(t)
	for _, l := range all {
		if names[l.rule+" "+l.name] {
			t.Errorf("%s/%s stands there twice", l.rule, l.name)
		}
		names[l.rule+" "+l.name] = true
		switch finds := strings.Contains(" "+l.found, " "+l.rule); {
		case finds:
			bad[l.rule]++
		case l.found == "":
			good[l.rule]++
		default:
			t.Errorf("%s/%s is about other rules: %s", l.rule, l.name, l.found)
		}
		if _, ok := check.Lookup(l.rule); !ok {
			t.Errorf("%s/%s: there is no such rule", l.rule, l.name)
		}
	}
	for _, r := range check.Rules() {
		if good[r.ID] == 0 || bad[r.ID] == 0 {
			t.Errorf("%s has %d lessons of what it lets pass and %d of what it finds", r.ID, good[r.ID], bad[r.ID])
		}
	}
	if len(all) < fewest {
		t.Errorf("there are %d lessons, fewer than %d", len(all), fewest)
	}
}

// lu is a commit on a branch for the plugin mod_ouwiki, which is whole; lib is a file of it, of which the change makes
// something else.
func lu(old, text string) *checktest.Case { return whole().Changes(lib, old, text) }

const lib = "mod/ouwiki/lib.php"

// fresh is a commit that adds a file to the plugin.
func fresh(name, text string) *checktest.Case { return whole().Adds("mod/ouwiki/"+name, text) }

// hackOf is a commit on a hack of a component, which may touch some paths beyond it and says why it is there.
func hackOf(component string, paths ...string) *checktest.Case {
	return at45().On(kind("hack", component, paths...)).On(reasoned)
}

func reasoned(s *check.Subject) { s.Branch.HasRecord, s.Branch.Reasoned = true, true }
