package plugins

import (
	"maps"
	"slices"
	"strings"

	"mgit/internal/moodle"
)

// Need is a plugin that another one needs.
type Need struct {
	Component moodle.Component
	Version   string // the least, "" for any
	Found     string // the version that is there, "" where that is not known
	State     State
	Cyclic    bool // the two need each other, directly or by way of others
}

// State says whether a need is met.
type State string

// The states of a need.
const (
	Met     State = "met"
	Missing State = "missing"
	TooOld  State = "too-old"
	Unknown State = "unknown" // it is there, and its version cannot be read
)

// Weigh says whether needs are met, in the order of their components. Version
// returns the version of a component that is there, "" where that cannot be read.
func Weigh(needs map[moodle.Component]string, version func(moodle.Component) (text string, present bool)) []Need {
	var all []Need
	for _, c := range slices.SortedFunc(maps.Keys(needs), moodle.Component.Compare) {
		n := Need{Component: c, Version: needs[c], State: Met}
		var present bool
		n.Found, present = version(c)
		switch {
		case !present:
			n.State = Missing
		case n.Version == "":
		case n.Found == "":
			n.State = Unknown
		case moodle.CompareVersions(n.Found, n.Version) < 0:
			n.State = TooOld
		}
		all = append(all, n)
	}
	return all
}

// weighNeeds holds what plugins need against what is there, Moodle's own plugins
// included.
func (t *taking) weighNeeds() {
	graph := make(map[string][]string)
	for i := range t.Plugins {
		p := &t.Plugins[i]
		p.Dependencies = Weigh(p.Version.Dependencies, t.versionOf)
		for _, n := range p.Dependencies {
			graph[p.Component.String()] = append(graph[p.Component.String()], n.Component.String())
		}
	}
	t.Cycles = Cycles(graph)
	for i := range t.Plugins {
		p := &t.Plugins[i]
		for j := range p.Dependencies {
			n := &p.Dependencies[j]
			n.Cyclic = InCycle(t.Cycles, p.Component.String(), n.Component.String())
		}
	}
}

// versionOf is the version of a plugin that Moodle sees in the tree.
func (t *taking) versionOf(c moodle.Component) (version string, present bool) {
	if p := t.Find(c); p != nil {
		return p.Version.Version, p.Seen
	}
	dir, ok := t.Layout.PathOf(c)
	if !ok || c.IsCore() {
		return "", false
	}
	source, err := t.Tree.Read(dir+"/version.php", VersionLimit)
	if err != nil {
		_, there := t.Tree.File(dir + "/version.php")
		return "", there || t.mayLackVersion(c.Type) && hasFiles(t.Tree.Files(), dir)
	}
	v, _, _ := ReadVersion(source)
	return v.Version, true
}

// Cycles finds what needs each other in a graph of what needs what: each circle
// once, as the names that can all reach each other, in order. One that needs
// itself is a circle too. The circles are in the order of their first names.
func Cycles(graph map[string][]string) [][]string {
	c := circles{graph: graph, index: make(map[string]int), low: make(map[string]int), open: make(map[string]bool)}
	for _, name := range slices.Sorted(maps.Keys(graph)) {
		if c.index[name] == 0 {
			c.visit(name)
		}
	}
	slices.SortFunc(c.found, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return c.found
}

// InCycle reports whether two names stand in the same circle.
func InCycle(cycles [][]string, a, b string) bool {
	return slices.ContainsFunc(cycles, func(c []string) bool { return slices.Contains(c, a) && slices.Contains(c, b) })
}

// circles is Tarjan's search for strongly connected components. It keeps its own
// stack: a chain of needs in a hostile tree may be long.
type circles struct {
	graph      map[string][]string
	index, low map[string]int // from 1 on; 0: not visited
	open       map[string]bool
	stack      []string
	found      [][]string
}

func (c *circles) visit(name string) {
	type step struct {
		name string
		next int
	}
	c.enter(name)
	for path := []step{{name, 0}}; len(path) > 0; {
		at := &path[len(path)-1]
		if at.next < len(c.graph[at.name]) {
			to := c.graph[at.name][at.next]
			at.next++
			if c.index[to] == 0 {
				c.enter(to)
				path = append(path, step{to, 0})
			} else if c.open[to] {
				c.low[at.name] = min(c.low[at.name], c.index[to])
			}
			continue
		}
		c.leave(at.name)
		done := at.name
		if path = path[:len(path)-1]; len(path) > 0 {
			up := path[len(path)-1].name
			c.low[up] = min(c.low[up], c.low[done])
		}
	}
}

func (c *circles) enter(name string) {
	c.index[name] = len(c.index) + 1
	c.low[name] = c.index[name]
	c.stack = append(c.stack, name)
	c.open[name] = true
}

func (c *circles) leave(name string) {
	if c.low[name] != c.index[name] {
		return
	}
	at := len(c.stack) - 1
	for c.stack[at] != name {
		at--
	}
	circle := slices.Clone(c.stack[at:])
	c.stack = c.stack[:at]
	for _, n := range circle {
		delete(c.open, n)
	}
	if len(circle) > 1 || slices.Contains(c.graph[name], name) {
		slices.Sort(circle)
		c.found = append(c.found, circle)
	}
}
