package job

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/moodle"
)

// componentOf is the component whose branch has the orphans of a component: core's
// where a branch cannot be named by it.
func (x *extraction) componentOf(component string) string {
	if _, err := moodle.ParseComponent(component); err != nil {
		return moodle.CoreType
	}
	_, err := x.site.newName(NewRequest{Type: extractType, Component: component, Short: x.request.Short, Series: x.request.Series})
	if err != nil {
		return moodle.CoreType
	}
	return component
}

// extractNames gives the branches names that nobody has.
type extractNames struct {
	*extraction
	keys map[string]bool // of records and of branches of all series
}

func (x *extraction) newNames() extractNames {
	n := extractNames{x, make(map[string]bool)}
	for _, b := range x.site.refs.listing(x.site.Scheme, x.site.internal).Branches {
		n.keys[b.Key()] = true
	}
	doc, err := config.ParseDocument(settingsFile, x.settings)
	if err != nil {
		return n // writing the records will say so
	}
	records, _ := doc.Get("branch")
	if table, ok := records.(map[string]any); ok {
		for key := range table {
			n.keys[key] = true
		}
	}
	return n
}

// defaultShort begins the short names where there must be one and none was asked for.
const defaultShort = "live"

// choose names the branch. A record is one for a branch in all series, so a name
// is taken too when a branch of another series, or another type, has it.
func (n extractNames) choose(b *extracted) error {
	var last error
	for i := range 1000 {
		name, err := n.site.newName(NewRequest{
			Type: extractType, Component: b.component, Short: n.short(i), Series: n.request.Series,
		})
		if err != nil {
			last = err
			break
		}
		if why := n.taken(name); why != "" {
			last = errors.New(why)
			continue
		}
		n.keys[name.Key()] = true
		b.name, b.record = name.Raw, name.Key()
		return nil
	}
	return last
}

// short is the i-th short name to be tried.
func (n extractNames) short(i int) string {
	begin := n.request.Short
	if begin == "" {
		if i == 0 {
			return ""
		}
		begin, i = defaultShort, i-1
	}
	if i == 0 {
		return begin
	}
	return begin + strconv.Itoa(i+1)
}

// taken says who has the name, "" when it is free.
func (n extractNames) taken(name branches.Name) string {
	refs := n.site.refs
	if ref, _, ok := refs.present(name.Raw, n.site.internal); ok {
		return fmt.Sprintf("there is a branch %s already", shortRemote(strings.TrimPrefix(ref.Name, "refs/heads/")))
	}
	if _, ok := refs.ref[parkedRef(name.Raw)]; ok {
		return fmt.Sprintf("a branch %s is parked", name.Raw)
	}
	if n.keys[name.Key()] {
		return fmt.Sprintf("there is a branch or record %s already", name.Key())
	}
	for _, r := range refs.refs {
		have, ok := strings.CutPrefix(r.Name, "refs/heads/")
		if ok && (strings.HasPrefix(have, name.Raw+"/") || strings.HasPrefix(name.Raw, have+"/")) {
			return fmt.Sprintf("the branch %s is in the way of %s", have, name.Raw)
		}
	}
	return ""
}

// mostRecordPaths is how many paths a record lists before folders stand for them.
const mostRecordPaths = 20

// recordPaths is what a branch with these files may touch, as its record says it. It is
// nil, which sets no limit, where the paths cannot be written down.
func recordPaths(files []string) []string {
	var all []string
	deepest := 0
	for _, f := range files {
		for f != "." && !isRecordPath(f) {
			f = path.Dir(f)
		}
		if f == "." {
			return nil
		}
		all = append(all, f)
		deepest = max(deepest, strings.Count(f, "/")+1)
	}
	all = distinct(all)
	for depth := deepest - 1; len(all) > mostRecordPaths; depth-- {
		if depth == 0 {
			return nil
		}
		for i, f := range all {
			all[i] = firstParts(f, depth)
		}
		all = distinct(all)
	}
	return slices.DeleteFunc(all, func(f string) bool {
		return slices.ContainsFunc(all, func(folder string) bool { return strings.HasPrefix(f, folder+"/") })
	})
}

// isRecordPath reports whether the file of settings takes the path.
func isRecordPath(f string) bool {
	return utf8.ValidString(f) && !strings.HasPrefix(f, "-") && path.Clean("/" + f)[1:] == f
}

// firstParts cuts a path down to so many parts.
func firstParts(f string, depth int) string {
	for i := range len(f) {
		if f[i] != '/' {
			continue
		}
		if depth--; depth == 0 {
			return f[:i]
		}
	}
	return f
}
