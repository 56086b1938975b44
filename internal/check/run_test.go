package check_test

import (
	"context"
	"testing"

	"mgit/internal/check"
)

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

// Contents are what takes long to read: for rules that do not look at them nothing is.
func TestRulesThatLookAtNoFileLoadNone(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{"message-length": 0, "mgit-merged": 0, "conflict-marker": 1} {
		loaded := 0
		_, err := check.Run(t.Context(), check.Request{
			Subject: &check.Subject{Files: []*check.File{{Path: "lib.php", After: check.Blob{Mode: 0o100644}}}, Messages: []check.Message{{Text: "words\n"}}},
			Severity: func(r check.Rule) check.Severity {
				if r.ID == id {
					return check.Error
				}
				return check.Off
			},
			Load: func(context.Context, []*check.File) error { loaded++; return nil },
		})
		if err != nil || loaded != want {
			t.Errorf("%s: loaded %d times, %v", id, loaded, err)
		}
	}
}
