package job

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/moodle"
)

// branchNames are all names that branches have here or on a remote, each once.
// Moodle's own are left out.
func (p *InitPlan) branchNames() []string {
	seen := make(map[string]bool)
	for _, r := range p.site.refs.refs {
		name, local := strings.CutPrefix(r.Name, "refs/heads/")
		if !local {
			name = p.cutRemote(r.Name)
		}
		if name == "" || r.Symref != "" || stableBranch().MatchString(name) || name == "mgit" {
			continue
		}
		seen[name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// cutRemote is the branch of a remote-tracking reference, "" for other references.
// A remote's name may hold a slash.
func (p *InitPlan) cutRemote(ref string) string {
	best := ""
	for _, r := range remotes(p.site.git) {
		prefix := "refs/remotes/" + r.Name + "/"
		if strings.HasPrefix(ref, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	if best == "" {
		return ""
	}
	return strings.TrimPrefix(ref, best)
}

// customerCandidates are how many parts of names are looked at as customers.
const customerCandidates = 24

// findCustomer returns the customer for which most names are of the scheme, and
// how many these are; "" when there is none.
func findCustomer(naming config.Naming, names []string) (customer string, parsed int) {
	inNames := make(map[string]int)
	for _, name := range names {
		for part := range partsOf(name) {
			inNames[part]++
		}
	}
	candidates := slices.SortedFunc(maps.Keys(inNames), func(a, b string) int {
		return cmp.Or(cmp.Compare(inNames[b], inNames[a]), cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	for _, c := range candidates[:min(len(candidates), customerCandidates)] {
		naming.Customer = c
		scheme, err := newScheme(naming)
		if err != nil {
			continue
		}
		n := 0
		for _, name := range names {
			if isOfSite(scheme, name) {
				n++
			}
		}
		if n > parsed {
			customer, parsed = c, n
		}
	}
	return customer, parsed
}

var versionPart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`) })

// partsOf returns the stretches of a name that could be a customer: whole words
// between separators, and several that stand together.
func partsOf(name string) map[string]bool {
	const separators = "-/+_@"
	edges := []int{0}
	for i := range len(name) {
		if strings.IndexByte(separators, name[i]) >= 0 {
			edges = append(edges, i, i+1)
		}
	}
	edges = append(edges, len(name))
	parts := make(map[string]bool)
	for i := 0; i < len(edges); i += 2 {
		for j := i + 1; j < len(edges) && j < i+6; j += 2 {
			if part := name[edges[i]:edges[j]]; part != "" && !versionPart().MatchString(part) {
				parts[part] = true
			}
		}
	}
	return parts
}

// findTypes returns the types with those added that make more names parse, and
// how many names each has.
func findTypes(naming config.Naming, names []string) (types []string, uses map[string]int) {
	types = slices.Clone(naming.Types)
	scheme, err := newScheme(naming)
	if err != nil {
		return types, nil
	}
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return isOfSite(scheme, name) })
	uses = make(map[string]int)
	for _, t := range wordsOf(left) {
		if slices.Contains(types, t) {
			continue
		}
		naming.Types = append(slices.Clone(types), t)
		scheme, err := newScheme(naming)
		if err != nil {
			continue
		}
		for _, name := range left {
			if n, err := scheme.Parse(name); err == nil && n.Type == t {
				uses[t]++
			}
		}
		if uses[t] > 0 {
			types = naming.Types
		}
	}
	return types, uses
}

var word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[a-z][a-z0-9]*`) })

// wordsOf are the words in names of nearly our scheme that could be types.
func wordsOf(names []string) []string {
	const most = 40 // a clone full of other people's branches is no reason to try for long
	counted := make(map[string]int)
	for _, name := range names {
		for _, w := range word().FindAllString(name, -1) {
			counted[w]++
		}
	}
	all := slices.SortedFunc(maps.Keys(counted), func(a, b string) int {
		return cmp.Or(cmp.Compare(counted[b], counted[a]), strings.Compare(a, b))
	})
	return all[:min(len(all), most)]
}

// inProduction is the newest series that has a deployment branch, else the
// oldest that has branches.
func inProduction(l branches.Listing) (series moodle.Series, reason string) {
	for _, t := range l.Targets {
		if t.Short == "deployment" && (series.IsZero() || series.Compare(t.Version) < 0) {
			series, reason = t.Version, "the newest that has a deployment branch"
		}
	}
	if versions := l.Versions(); series.IsZero() && len(versions) > 0 {
		series, reason = versions[0], "the oldest that has branches"
	}
	return series, reason
}

// allSeries are the series that have branches or targets, oldest first.
func allSeries(l branches.Listing) []moodle.Series {
	all := l.Versions()
	for _, t := range l.Targets {
		all = append(all, t.Version)
	}
	slices.SortFunc(all, moodle.Series.Compare)
	return slices.CompactFunc(all, func(a, b moodle.Series) bool { return a.Compare(b) == 0 })
}

var releaseTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z0-9.]+)-moodle-([A-Za-z0-9.]+)_v[0-9]`) })

// findRelease reads how releases are named from the tags there are.
func (p *InitPlan) findRelease(customer string) (ourName, shortCustomer, reason string) {
	counted := make(map[[2]string]int)
	for _, r := range p.site.refs.refs {
		tag, ok := strings.CutPrefix(r.Name, "refs/tags/")
		if m := releaseTag().FindStringSubmatch(tag); ok && m != nil {
			counted[[2]string{m[1], m[2]}]++
		}
	}
	best := [2]string{}
	for _, names := range slices.SortedFunc(maps.Keys(counted), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if counted[names] > counted[best] {
			best = names
		}
	}
	if best != [2]string{} {
		return best[0], best[1], fmt.Sprintf("%s named so", count(counted[best], "release tag"))
	}
	name := strings.ToLower(customer)
	return name, name, "no release tag yet; from the customer's name"
}
