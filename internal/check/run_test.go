package check_test

import (
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
