package job

import (
	"fmt"
	"slices"

	"mgit/internal/clash"
)

// fill makes the report of what was found.
func (c *compared) fill(m *clash.Map) {
	c.fillBranches(m)
	for i := range m.Pairs {
		c.report.Pairs = append(c.report.Pairs, c.pair(&m.Pairs[i]))
	}
	c.count(m)
	c.warn()
	if c.of != nil {
		return
	}
	for _, i := range clash.Order(len(c.branches), m.Pairs, c.requires) {
		c.report.Order = append(c.report.Order, c.branches[i].Raw)
	}
	c.proposeSets(m.Pairs)
}

func (c *compared) fillBranches(m *clash.Map) {
	at := make(map[string]int, len(c.branches))
	for i, b := range c.branches {
		at[b.Key()] = i
	}
	c.requires = make([][]int, len(c.branches))
	for i, b := range c.branches {
		changes := m.Changes[i]
		row := ConflictBranch{
			Name: b.Raw, Tip: ID(b.Tip), Base: c.site.refs.describe(changes.Base), Paths: changes.Paths,
			StandsOn: []string{}, Requires: []string{},
		}
		for _, on := range changes.On {
			row.StandsOn = append(row.StandsOn, c.branches[on].Raw)
			c.requires[i] = append(c.requires[i], on)
		}
		for _, key := range c.site.Config.Records[b.Key()].Requires {
			if on, ok := at[key]; ok && on != i {
				row.Requires = append(row.Requires, c.branches[on].Raw)
				c.requires[i] = append(c.requires[i], on)
			}
		}
		c.report.Branches = append(c.report.Branches, row)
	}
}

func (c *compared) pair(p *clash.Pair) ConflictPair {
	pair := ConflictPair{
		A: c.branches[p.A].Raw, B: c.branches[p.B].Raw, Level: p.Level.String(), Files: p.Files, ByBase: p.ByBase, Unread: p.Unread,
		Lines: []ConflictLines{}, Conflicts: []ConflictPath{},
	}
	if p.Err != nil {
		pair.Error = p.Err.Error()
	}
	for _, l := range p.Lines {
		lines := ConflictLines{Place: At(l.Path), Whole: l.Whole, Ranges: []ConflictRange{}}
		for _, r := range l.Ranges {
			lines.Ranges = append(lines.Ranges, ConflictRange(r))
		}
		pair.Lines = append(pair.Lines, lines)
	}
	for _, conflict := range p.Conflicts {
		pair.Conflicts = append(pair.Conflicts, ConflictPath{At(conflict.Path), conflict.Kind})
	}
	return pair
}

func (c *compared) count(m *clash.Map) {
	t := ConflictTotals{Branches: len(c.branches), Pairs: m.Compared, Apart: m.Compared - len(m.Pairs), Merged: m.Asked}
	for _, p := range c.report.Pairs {
		switch p.Level {
		case LevelFile:
			t.File++
		case LevelLines:
			t.Lines++
		case LevelConflict:
			t.Conflict++
		}
	}
	c.report.Totals = t
}

// warn says what could not be found out.
func (c *compared) warn() {
	var failed, unread int
	for _, p := range c.report.Pairs {
		if p.Error != "" {
			failed++
		}
		unread += len(p.Unread)
	}
	if failed > 0 {
		c.report.Warnings = append(c.report.Warnings, Warning{
			ID: "not-merged", Text: fmt.Sprintf("Git could not merge %d of the pairs at all; they are shown as conflicts", failed),
		})
	}
	if unread > 0 {
		c.report.Warnings = append(c.report.Warnings, Warning{
			ID: "not-read", Text: fmt.Sprintf("the lines of %d files were not compared, because objects are missing from this clone", unread),
		})
	}
}

// proposeSets lists the groups of branches that change the same lines or
// conflict, directly or through others, and that no set holds together yet.
func (c *compared) proposeSets(pairs []clash.Pair) {
	near := slices.DeleteFunc(slices.Clone(pairs), func(p clash.Pair) bool { return p.Level < clash.SameLine || p.ByBase })
	for _, group := range clash.Groups(len(c.branches), near) {
		if c.isSet(group) {
			continue
		}
		var names []string
		for _, i := range group {
			names = append(names, c.branches[i].Raw)
		}
		c.report.Sets = append(c.report.Sets, names)
	}
}

// isSet reports whether one of the branches is a set whose record counts the
// components of all others among its members.
func (c *compared) isSet(group []int) bool {
	return slices.ContainsFunc(group, func(set int) bool {
		if !c.branches[set].IsSet() {
			return false
		}
		record := c.site.Config.Records[c.branches[set].Key()]
		return !slices.ContainsFunc(group, func(i int) bool {
			return i != set && !slices.Contains(record.Members, c.branches[i].Component)
		})
	})
}
