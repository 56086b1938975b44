package check_test

import (
	"slices"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// Only lines that the change adds are blamed.
func TestConflictMarkers(t *testing.T) {
	t.Parallel()
	const conflict = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> theirs\nd\n"
	got := checktest.New().Core("4.5").
		Adds("mod/ouwiki/lib.php", conflict).
		Changes("mod/ouwiki/old.php", conflict, conflict+"e\n").
		Adds("mod/ouwiki/README.md", "Title\n=======\n").
		Findings(t)
	want := []string{"conflict-marker mod/ouwiki/lib.php:2", "conflict-marker mod/ouwiki/lib.php:4", "conflict-marker mod/ouwiki/lib.php:6"}
	got = slices.DeleteFunc(got, func(line string) bool { return line[:8] != "conflict" })
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestRuleTable(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	families := check.Families()
	for _, rule := range check.Rules() {
		for len(families) > 0 && rule.Family != families[0] {
			families = families[1:]
		}
		if len(families) == 0 {
			t.Fatalf("%s is of the family %q, which does not come here", rule.ID, rule.Family)
		}
		if seen[rule.ID] {
			t.Errorf("%s stands there twice", rule.ID)
		}
		seen[rule.ID] = true
		if rule.Title == "" || rule.Why == "" || rule.Hint == "" || (rule.Severity != check.Error && rule.Severity != check.Warning && rule.Severity != check.Off) {
			t.Errorf("%s is not described in full", rule.ID)
		}
	}
}
