package job

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// recipe is what belongs to a target: a base, and branches in order. The newest
// merged tag of upstream comes from the target itself; see [AssemblePlan].
type recipe struct {
	target   target
	base     Commit   // the first release of the series
	members  []member // in the order in which they are merged
	leftOut  []LeftOutOf
	warnings []Warning

	own  *history.Own // of the members, and of the target
	view *recipeView
}

// recipeView is what is read once for a recipe.
type recipeView struct {
	branches []branches.Branch // all of the series
	entries  map[string]*upgrade.Entry
	ledger   *upgrade.Ledger
}

// member is a branch that belongs to a target.
type member struct {
	branches.Branch
	record   config.Record
	ticket   string
	requires []string // full names of other members
}

// LeftOutOf is a branch of the series that does not belong to a target.
type LeftOutOf struct {
	Branch string `json:"branch"`
	Reason string `json:"reason"`
}

// readMembers finds the branches that belong to the target by the settings, in
// the order in which they are merged: those that `order` names, then the others
// by name, with the members of a set beside it; but always behind the branches
// that they require or stand on.
func (s *Site) readMembers(ctx context.Context, r *recipe) error {
	series := r.target.Version
	listing := s.refs.listing(s.Scheme, s.internal)
	r.view = &recipeView{branches: listing.Of(series), entries: make(map[string]*upgrade.Entry)}
	var err error
	if r.view.ledger, err = s.readLedger(ctx, series); err != nil {
		return err
	}
	if l := r.view.ledger; l != nil {
		for _, old := range sortedNames(l.Entries) {
			r.view.entries[l.Entries[old].NewName] = l.Entries[old]
		}
	}
	rules := s.Config.Assembly[r.target.Short]
	for _, b := range r.view.branches {
		reason, err := r.notMember(rules, b)
		if err != nil {
			return err
		}
		if reason != "" {
			r.leftOut = append(r.leftOut, LeftOutOf{Branch: b.Raw, Reason: reason})
			continue
		}
		m := member{Branch: b, record: s.Config.Records[b.Key()]}
		m.ticket = m.record.Ticket
		if e := r.view.entries[b.Raw]; m.ticket == "" && e != nil {
			m.ticket = e.Ticket
		}
		r.members = append(r.members, m)
	}
	if err := r.readOwn(ctx, s); err != nil {
		return err
	}
	r.link()
	r.order(rules, s.Config.Records)
	return nil
}

// notMember says why a branch does not belong to the target; "" when it does.
func (r *recipe) notMember(rules config.Assembly, b branches.Branch) (string, error) {
	setting := func(key string) string { return fmt.Sprintf("target.%s.%s", r.target.Short, key) }
	if len(rules.Types) > 0 && !slices.Contains(rules.Types, b.Type) {
		return fmt.Sprintf("%s does not name the type %s", setting("types"), b.Type), nil
	}
	in, err := matchesBranch(setting("branches"), rules.Branches, b)
	if err != nil {
		return "", err
	}
	if len(rules.Branches) > 0 && in == "" {
		return setting("branches") + " does not name it", nil
	}
	out, err := matchesBranch(setting("except"), rules.Except, b)
	if err != nil {
		return "", err
	}
	if out != "" {
		return fmt.Sprintf("%s names it (%s)", setting("except"), out), nil
	}
	if len(rules.States) == 0 {
		return "", nil
	}
	e := r.view.entries[b.Raw]
	switch {
	case e == nil:
		return fmt.Sprintf("%s asks for a state, and no upgrade to %s knows it", setting("states"), r.target.Version), nil
	case !slices.Contains(rules.States, e.State):
		return fmt.Sprintf("its state is %s, and %s does not name that", e.State, setting("states")), nil
	}
	return "", nil
}

// matchesBranch returns the glob that matches the name or the record key of a
// branch; "" for none.
func matchesBranch(setting string, globs []string, b branches.Branch) (string, error) {
	for _, g := range globs {
		for _, text := range []string{b.Raw, b.Key()} {
			ok, err := path.Match(g, text)
			if err != nil {
				return "", &UsageError{Text: fmt.Sprintf("%s: %q is no pattern", setting, g), Hint: "`mgit config edit` changes it; * stands for any text, ? for one character"}
			}
			if ok {
				return g, nil
			}
		}
	}
	return "", nil
}

// readOwn reads the site's own commits below the branches of the series, the
// target, here and where it is published, and other tips.
func (r *recipe) readOwn(ctx context.Context, s *Site, others ...git.ID) error {
	tips := slices.Clone(others)
	for _, b := range r.view.branches {
		tips = append(tips, b.Tip)
		for _, name := range s.internal {
			if theirs := s.refs.commit("refs/remotes/" + name + "/" + b.Raw); theirs != git.ZeroID {
				tips = append(tips, theirs)
			}
		}
	}
	if r.target.tip() != git.ZeroID {
		tips = append(tips, r.target.tip())
	}
	for _, p := range r.target.published {
		tips = append(tips, p.Peeled)
	}
	var err error
	r.own, err = history.Read(ctx, s.Repo, s.Repo.Store(), tips, s.refs.upstream(s.upstream))
	return err
}

// link finds out which members need others below them: by their records, and by
// the commits that they stand on.
func (r *recipe) link() {
	byKey := make(map[string]string)
	for _, m := range r.members {
		byKey[m.Key()] = m.Raw
	}
	for i := range r.members {
		m := &r.members[i]
		for _, key := range m.record.Requires {
			if name, ok := byKey[key]; ok && name != m.Raw {
				m.requires = append(m.requires, name)
				continue
			}
			r.warnings = append(r.warnings, Warning{
				ID: "requires-missing", Text: fmt.Sprintf("%s requires %s, which %s does not have", m.Raw, key, r.target.Raw),
			})
		}
	}
}

// order sorts the members; see readMembers.
func (r *recipe) order(rules config.Assembly, records map[string]config.Record) {
	rank := func(m member) int { return position(rules.Order, m.Key()) }
	group := make(map[string]string, len(r.members))
	for _, m := range r.members {
		group[m.Raw] = setOf(m, records)
	}
	slices.SortStableFunc(r.members, func(a, b member) int {
		isSet := func(m member) int {
			if m.IsSet() {
				return 0
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			strings.Compare(group[a.Raw], group[b.Raw]),
			cmp.Compare(isSet(a), isSet(b)),
			strings.Compare(a.Raw, b.Raw),
		)
	})
	r.lowerFirst()
}

// setOf is the key by which a branch is sorted: that of the set whose members
// its component belongs to, the first by name, else its own.
func setOf(m member, records map[string]config.Record) string {
	if m.IsSet() {
		return m.Key()
	}
	for _, key := range sortedNames(records) {
		if strings.HasPrefix(key, "set_") && slices.Contains(records[key].Members, m.Component) {
			return key
		}
	}
	return m.Key()
}

// lowerFirst puts every member behind those it requires and those it stands on,
// and changes the order in nothing else. Where branches require each other in a
// circle, the first of them stays first.
func (r *recipe) lowerFirst() {
	at := make(map[string]int, len(r.members))
	byTip := make(map[git.ID][]int)
	for i, m := range r.members {
		at[m.Raw] = i
		byTip[m.Tip] = append(byTip[m.Tip], i)
	}
	const begun, done = 1, 2
	state := make([]int, len(r.members))
	sorted := make([]member, 0, len(r.members))
	var visit func(i int)
	visit = func(i int) {
		if state[i] != 0 {
			if state[i] == begun {
				r.warnings = append(r.warnings, Warning{
					ID: "requires-circle", Text: fmt.Sprintf("%s requires itself, by way of others; it is merged where its name stands", r.members[i].Raw),
				})
			}
			return
		}
		state[i] = begun
		for _, name := range r.members[i].requires {
			visit(at[name])
		}
		for _, c := range r.own.Of(r.members[i].Tip, git.ZeroID) {
			if c.ID == r.members[i].Tip {
				continue
			}
			for _, below := range byTip[c.ID] {
				visit(below)
			}
		}
		state[i] = done
		sorted = append(sorted, r.members[i])
	}
	for i := range r.members {
		visit(i)
	}
	r.members = sorted
}

// memberSteps are the merges that bring the members in.
func (r *recipe) memberSteps() []assemble.Step {
	var steps []assemble.Step
	for _, m := range r.members {
		steps = append(steps, assemble.Step{Name: m.Raw, Tip: m.Tip, Requires: m.requires})
	}
	return steps
}

// noteRemotes warns of members that are newer on an internal remote than here:
// what is merged is what is here.
func (r *recipe) noteRemotes(s *Site) {
	for _, m := range r.members {
		if m.Remote != "" {
			continue
		}
		for _, name := range s.internal {
			theirs := s.refs.commit("refs/remotes/" + name + "/" + m.Raw)
			if theirs == git.ZeroID || r.own.Contains(m.Tip, theirs) || !r.own.Owns(theirs) {
				continue
			}
			r.warnings = append(r.warnings, Warning{
				ID: "behind-remote", Text: fmt.Sprintf("%s/%s has commits that the branch here has not; what is here is merged", name, m.Raw),
			})
		}
	}
}

// seriesOf returns the function that finds out which series a short name means.
func (s *Site) seriesOf(ctx context.Context, asked string) func() (moodle.Series, error) {
	return func() (moodle.Series, error) { return s.Series(ctx, asked) }
}
