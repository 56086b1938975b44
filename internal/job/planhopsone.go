package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/support"
)

// hop describes the i-th release of the way.
func (p *hopsPlan) hop(ctx context.Context, way []moodle.Hop, i int) (Hop, error) {
	w := way[i]
	h := Hop{
		Tag: w.Tag.String(), Commit: ID(p.site.refs.commit("refs/tags/" + w.Tag.String())), Release: w.Release(),
		Series: w.Tag.Series.String(), Requires: requires(w.Needs), Instead: []string{}, Sites: []HopSite{},
		Requirements: requirementsOf(w.Needs, p.sources[w.Tag]),
	}
	before, beforeSeries, php := p.from.String(), p.from.Series, p.report.From.PHP
	if i > 0 {
		before, beforeSeries, php = way[i-1].Release(), way[i-1].Tag.Series, p.report.Hops[i-1].Requirements.PHP
	}
	h.Within = w.Tag.Series == beforeSeries
	for _, s := range w.Instead {
		h.Instead = append(h.Instead, s.String())
	}
	if i == len(way)-1 {
		h.Why = fmt.Sprintf("%s asks for %s or later, which %s is.", w.Tag, h.Requires, withoutBuild(before))
	} else {
		h.Why = p.why(way[i], way[i+1], before)
	}
	h.PHPShared, h.PHPChange = sharedPHP(php, h.Requirements.PHP)
	for _, name := range sortedNames(p.site.Config.Sites) {
		m := measure(name, p.site.Config.Sites[name], h.Requirements)
		m.Reached = p.hasReached(name, w.Tag)
		h.Sites = append(h.Sites, m)
	}
	h.Support = p.supportOf(w.Tag.Series)
	p.noteNewer(w.Tag)
	var err error
	h.Code, err = p.code(ctx, w.Tag, h.Within, i == len(way)-1)
	return h, err
}

// why says what makes a hop necessary, and what speaks for this one.
func (p *hopsPlan) why(hop, next moodle.Hop, before string) string {
	text := fmt.Sprintf("%s asks for %s or later, and %s is older.", next.Tag, requires(next.Needs), withoutBuild(before))
	if hop.Tag.Series == p.from.Series {
		return text + fmt.Sprintf(" %s is the newest release of %s.", hop.Tag, hop.Tag.Series)
	}
	text += fmt.Sprintf(" %s is the newest release of %s", hop.Tag, hop.Tag.Series)
	if len(hop.Instead) == 0 {
		return text + ", the only series that leads there in so few hops."
	}
	others := make([]string, len(hop.Instead))
	for i, s := range hop.Instead {
		others[i] = s.String()
	}
	best, known := p.support.Of(hop.Tag.Series)
	switch {
	case known && best.LTS:
		text += ", which has long-term support"
	case known && !best.Security.IsZero():
		text += ", which is supported longest"
	}
	return text + fmt.Sprintf("; %s would do as well.", strings.Join(others, ", "))
}

// withoutBuild leaves the build away, which nobody needs in a sentence.
func withoutBuild(text string) string {
	short, _, _ := strings.Cut(text, " (")
	return short
}

// hasReached reports whether a site runs the release or a later one.
func (p *hopsPlan) hasReached(site string, tag moodle.Tag) bool {
	for _, s := range p.report.From.Sites {
		if s.Site != site || s.Release == "" {
			continue
		}
		r, err := moodle.ParseRelease(s.Release)
		return err == nil && r.Compare(tag.Release()) >= 0
	}
	return false
}

func (p *hopsPlan) supportOf(series moodle.Series) SupportStatus {
	s, _ := p.support.Of(series)
	return supportStatus(s, p.request.Now)
}

func supportStatus(s support.Series, now time.Time) SupportStatus {
	return SupportStatus{
		State: string(s.State(now)), LTS: s.LTS,
		Released: dayText(s.Released), General: dayText(s.General), Security: dayText(s.Security),
	}
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// noteNewer says that Moodle has made a release since this clone fetched.
func (p *hopsPlan) noteNewer(tag moodle.Tag) {
	s, _ := p.support.Of(tag.Series)
	if tag == p.to || s.Newest.IsZero() || s.Newest.Compare(tag) <= 0 {
		return
	}
	p.unknown("Moodle has made %s since; this clone has nothing newer than %s: git fetch upstream --tags brings it.", s.Newest, tag)
}

// code says what the code base of a hop is made of.
func (p *hopsPlan) code(ctx context.Context, tag moodle.Tag, within, last bool) (HopCode, error) {
	c := HopCode{Branches: []HopBranch{}, Commands: []string{}}
	target := p.target()
	switch {
	case last:
		c.Commands = append(c.Commands, fmt.Sprintf("mgit rebase-all %s --from %s", tag, p.series))
		return c, nil
	case within && tag.Series == p.series:
		c.Commands = append(c.Commands, "mgit minor "+tag.String())
		if first := p.site.Config.TargetsOf(p.series)[0]; first != target {
			c.Commands = append(c.Commands, fmt.Sprintf("mgit minor %s --into %s", tag, shellWord(target)))
		}
		return c, nil
	}
	needed, left, err := p.branchesFor(ctx, tag)
	if err != nil || len(needed) == 0 {
		c.LeftOut = len(left)
		return c, err
	}
	c.Branches, c.LeftOut = needed, len(left)
	move := fmt.Sprintf("mgit rebase-all %s --from %s", tag, p.series)
	if len(left) > 0 {
		move += onlyFlags(needed, left)
	}
	c.Commands = append(c.Commands, move, fmt.Sprintf("mgit assemble %s --series %s", shellWord(target), tag.Series))
	return c, nil
}

// target is the short name of the last target of the series, the one for production.
func (p *hopsPlan) target() string {
	names := p.site.Config.TargetsOf(p.series)
	return names[len(names)-1]
}

// onlyFlags name the branches to rebase-all: by what their names begin with, where no
// other branch's does, else one by one.
func onlyFlags(needed []HopBranch, left []string) string {
	prefix := needed[0].Branch
	for _, b := range needed {
		for !strings.HasPrefix(b.Branch, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	isOther := func(name string) bool { return strings.HasPrefix(name, prefix) }
	if len(needed) > 2 && !slices.ContainsFunc(left, isOther) {
		return " --only " + shellWord(prefix+"*")
	}
	var flags strings.Builder
	for _, b := range needed {
		flags.WriteString(" --only " + shellWord(b.Branch))
	}
	return flags.String()
}

// shellWord quotes a word for a shell where it needs that.
func shellWord(word string) string {
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/-+@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !isPlain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// rootOf is the tree of a release.
func (p *hopsPlan) rootOf(ctx context.Context, tag moodle.Tag) (git.ID, error) {
	id := p.site.refs.commit("refs/tags/" + tag.String())
	if id == git.ZeroID {
		return git.ZeroID, nil
	}
	c, err := p.site.Repo.Store().Commit(ctx, id)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read %s: %w", tag, err)
	}
	return c.Tree, nil
}
