package job

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/upgrade"
)

// ordered sorts branches of the site LUVLE by the settings and returns their keys.
func ordered(t *testing.T, rules config.Assembly, records map[string]config.Record, names ...string) (keys []string, warnings []string) {
	t.Helper()
	scheme, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	r := &recipe{own: &history.Own{}, target: target{Target: branches.Target{Raw: "LUVLE-4.5-test", Short: "test"}}}
	for i, name := range names {
		n, err := scheme.Parse("LUVLE-4.5-" + name)
		if err != nil {
			t.Fatal(err)
		}
		b := branches.Branch{Name: n, Tip: git.ID{byte(i + 1)}}
		r.members = append(r.members, member{Branch: b, record: records[n.Key()]})
	}
	r.link()
	r.order(rules, records)
	for _, m := range r.members {
		keys = append(keys, m.Key())
	}
	for _, w := range r.warnings {
		warnings = append(warnings, w.ID)
	}
	return keys, warnings
}

func TestMembersAreMergedInOrder(t *testing.T) {
	t.Parallel()
	names := []string{"hack-mod_quiz-x", "feature-block_exams", "feature-set_exams", "hack-core-mail", "hack-mod_forum-subject"}
	for name, test := range map[string]struct {
		rules    config.Assembly
		records  map[string]config.Record
		want     []string
		warnings []string
	}{
		"by key, whatever the type": {
			want: []string{"block_exams", "core-mail", "mod_forum-subject", "mod_quiz-x", "set_exams"},
		},
		"the members of a set beside it": {
			records: map[string]config.Record{"set_exams": {Members: []string{"mod_quiz", "block_exams"}}},
			want:    []string{"core-mail", "mod_forum-subject", "set_exams", "block_exams", "mod_quiz-x"},
		},
		"what is required comes first": {
			records: map[string]config.Record{"block_exams": {Requires: []string{"mod_quiz-x"}}, "mod_quiz-x": {Requires: []string{"mod_forum-subject"}}},
			want:    []string{"mod_forum-subject", "mod_quiz-x", "block_exams", "core-mail", "set_exams"},
		},
		"a given order, then the rest": {
			rules: config.Assembly{Order: []string{"set_exams", "mod_forum-subject", "gone"}},
			want:  []string{"set_exams", "mod_forum-subject", "block_exams", "core-mail", "mod_quiz-x"},
		},
		"requirements win over a given order": {
			rules:   config.Assembly{Order: []string{"set_exams"}},
			records: map[string]config.Record{"set_exams": {Requires: []string{"core-mail"}}},
			want:    []string{"core-mail", "set_exams", "block_exams", "mod_forum-subject", "mod_quiz-x"},
		},
		"a circle ends": {
			records:  map[string]config.Record{"core-mail": {Requires: []string{"mod_quiz-x"}}, "mod_quiz-x": {Requires: []string{"core-mail"}}},
			want:     []string{"block_exams", "mod_quiz-x", "core-mail", "mod_forum-subject", "set_exams"},
			warnings: []string{"requires-circle"},
		},
		"what is not there is said": {
			records:  map[string]config.Record{"core-mail": {Requires: []string{"mod_gone"}}},
			want:     []string{"block_exams", "core-mail", "mod_forum-subject", "mod_quiz-x", "set_exams"},
			warnings: []string{"requires-missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, warnings := ordered(t, test.rules, test.records, names...)
			if diff := cmp.Diff(test.want, keys); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.warnings, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatBelongsToATarget(t *testing.T) {
	t.Parallel()
	scheme, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	name, err := scheme.Parse("LUVLE-4.5-hack-mod_forum-subject")
	if err != nil {
		t.Fatal(err)
	}
	b := branches.Branch{Name: name}
	r := &recipe{
		target: target{Target: branches.Target{Raw: "LUVLE-4.5-test", Short: "test", Version: name.Version}},
		view:   &recipeView{entries: map[string]*upgrade.Entry{b.Raw: {State: upgrade.StateMoved}}},
	}
	for _, test := range []struct {
		rules config.Assembly
		want  string
	}{
		{config.Assembly{}, ""},
		{config.Assembly{Types: []string{"hack"}, Branches: []string{"LUVLE-4.5-*"}, States: []string{"tested", "moved"}}, ""},
		{config.Assembly{Branches: []string{"mod_forum-*"}}, ""},
		{config.Assembly{Types: []string{"feature"}}, "target.test.types does not name the type hack"},
		{config.Assembly{Branches: []string{"mod_quiz*"}}, "target.test.branches does not name it"},
		{config.Assembly{Except: []string{"*-subject"}}, "target.test.except names it (*-subject)"},
		{config.Assembly{States: []string{"tested"}}, "its state is moved, and target.test.states does not name that"},
	} {
		got, err := r.notMember(test.rules, b)
		if err != nil || got != test.want {
			t.Errorf("%+v: %q, %v, want %q", test.rules, got, err, test.want)
		}
	}
	r.view.entries = nil
	if got, _ := r.notMember(config.Assembly{States: []string{"moved"}}, b); got == "" {
		t.Error("a branch without a state belongs to a target that asks for one")
	}
	if _, err := r.notMember(config.Assembly{Except: []string{"["}}, b); err == nil {
		t.Error("a pattern that is none is taken")
	}
}
