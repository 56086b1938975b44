package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// prefix begins the names of the site's branches: customer and version.
const prefix = "LUVLE-4.1-"

// lateTag is the minor release that the targets and two branches have merged.
const lateTag = "v4.1.3"

// site is the site's history while it is written, on top of upstream's.
type site struct {
	*history
	up    *upstream
	now   time.Time
	tips  map[string]*commit // by full branch name
	names []string           // of the branches, as they were made
}

// writeSite writes the branches and the targets of the site.
func writeSite(out io.Writer, up *upstream, list []branch) (*site, error) {
	s := &site{
		history: up.continued(out),
		up:      up,
		now:     time.Date(2022, 12, 5, 9, 0, 0, 0, time.UTC),
		tips:    make(map[string]*commit),
	}
	for i, b := range list {
		s.branch(i, b)
	}
	s.target("test", list, func(branch) bool { return true })
	s.target("deployment", list, func(b branch) bool { return !b.waiting })
	return s, s.err
}

// follow writes the refs that a fetch from the internal remote leaves.
func (s *site) follow() {
	for _, name := range s.names {
		s.point("refs/remotes/origin/"+name, s.tips[name])
	}
}

func head(name string) string { return "refs/heads/" + name }

// meta describes a commit of one of the colleagues.
func (s *site) meta(i int, message string) meta {
	all := colleagues()
	author := all[i%len(all)]
	s.now = s.now.Add(5*time.Hour + 13*time.Minute)
	return meta{author: author, authored: s.now.In(zoneOf(author)), committer: author, committed: s.now.Add(time.Minute).In(zoneOf(author)), message: message + "\n"}
}

func (s *site) base() *commit { return s.up.tags["v4.1.0"] }

// branch writes one branch.
//
//	v4.1.0 ─ change ─ change ─ change ─ merge
//	               ╲─ side ────────────╱
func (s *site) branch(i int, b branch) {
	name := prefix + b.name
	tip := s.base()
	if b.on != "" {
		tip = s.tips[prefix+b.on]
	}
	for j, c := range b.changes {
		m := s.meta(i+j, c.message)
		if m.encoding = c.encoding; c.encoding != "" {
			// A name in the encoding of the message: one of plain letters.
			m.author, m.committer = colleagues()[0], colleagues()[0]
		}
		tip = s.commit(head(name), m, []*commit{tip}, c.edits...)
		if b.minor && j == 0 {
			tip = s.merge(head(name), s.meta(i, fmt.Sprintf("Merge tag '%s' into %s", lateTag, name)), tip, s.up.tags[lateTag], s.base(), b.byHand)
		}
	}
	if len(b.side) > 0 {
		fork := tip.first()
		side := fork
		for j, c := range b.side {
			side = s.commit(head(name), s.meta(i+j+1, c.message), []*commit{side}, c.edits...)
		}
		tip = s.merge(head(name), s.meta(i, fmt.Sprintf("Merge branch 'export' into %s", name)), tip, side, fork, resolution{})
	}
	s.finish(name, tip)
}

// finish makes the branch's ref point at its last commit.
func (s *site) finish(name string, tip *commit) {
	s.tips[name] = tip
	s.names = append(s.names, name)
	s.point(head(name), tip)
}

// target merges the branches, then the later minor, then the branches that have
// merged it themselves.
func (s *site) target(short string, list []branch, wanted func(branch) bool) {
	name := prefix + short
	tip := s.base()
	early := slices.DeleteFunc(slices.Clone(list), func(b branch) bool { return b.late || !wanted(b) })
	late := slices.DeleteFunc(slices.Clone(list), func(b branch) bool { return !b.late || !wanted(b) })
	for i, b := range early {
		base := s.base()
		if b.on != "" {
			base = s.tips[prefix+b.on]
		}
		tip = s.mergeBranch(i, name, b, tip, base)
	}
	minor := s.up.tags[lateTag]
	tip = s.merge(head(name), s.meta(0, fmt.Sprintf("Merge tag '%s' into %s", lateTag, name)), tip, minor, s.base(), resolution{})
	for i, b := range late {
		tip = s.mergeBranch(i, name, b, tip, minor)
	}
	s.finish(name, tip)
}

func (s *site) mergeBranch(i int, target string, b branch, tip, base *commit) *commit {
	m := s.meta(i, fmt.Sprintf("Merge branch '%s' into %s", prefix+b.name, target))
	return s.merge(head(target), m, tip, s.tips[prefix+b.name], base, resolution{})
}

// generated returns n branches of so many commits each. Of twenty one changes
// what upstream has rewritten by v4.5.0 and conflicts; of the others a third
// changes libraries, as long as upstream has places that it leaves alone (more
// files have more of them), and the rest add plugins.
func generated(up *upstream, n, commits int) []branch {
	free, rewritten := up.between(up.spots, false), up.between(up.rewritten, true)
	var all []branch
	for i := range n {
		switch {
		case i%20 == 19 && i/20 < len(rewritten):
			all = append(all, generatedHack(i, rewritten[i/20], commits, conflict))
		case i%3 == 2 && i/3 < len(free):
			all = append(all, generatedHack(i, free[i/3], commits, clean))
		default:
			all = append(all, generatedPlugin(i, commits))
		}
	}
	return all
}

// between returns the spots that are as at first in v4.1.0, in files that are
// still there in v4.5.0: those that have changed by then, or the others.
func (u *upstream) between(spots []spot, changed bool) []spot {
	from, to := u.tags["v4.1.0"], u.tags["v4.5.0"]
	return slices.DeleteFunc(slices.Clone(spots), func(s spot) bool {
		before, after := from.file(s.edit.path), to.file(s.edit.path)
		return before == nil || after == nil || strings.Contains(before.data, s.edit.text) || strings.Contains(after.data, s.edit.text) != changed
	})
}

func generatedPlugin(i, commits int) branch {
	name := fmt.Sprintf("gen%05d", i)
	changes := pluginChanges("local_"+name, "local/"+name, "Generated "+name, "record")[:1]
	for j := 1; j < commits; j++ {
		changes = append(changes, change{message: fmt.Sprintf("local_%s: Page %d", name, j), edits: []edit{
			put(fmt.Sprintf("local/%s/page%d.php", name, j), php("local_"+name, "A page.", fmt.Sprintf("require('../../config.php');\n\n$page = %d;\n", j))),
		}})
	}
	return branch{name: "feature-local_" + name, outcome: clean, shows: "generated: adds a plugin", changes: changes}
}

// generatedHack changes one line again and again.
func generatedHack(i int, at spot, commits int, outcome string) branch {
	b := branch{name: fmt.Sprintf("hack-%s-gen%05d", at.component, i), outcome: outcome, shows: "generated: changes a library"}
	was := at.edit.old
	for j := range commits {
		is := strings.TrimSuffix(at.edit.old, "\n") + fmt.Sprintf(" // LUVLE: %d.\n", j)
		b.changes = append(b.changes, change{message: fmt.Sprintf("%s: Variant %d", at.component, j), edits: []edit{replace(at.edit.path, was, is)}})
		was = is
	}
	return b
}
