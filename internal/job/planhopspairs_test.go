package job_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/support"
)

// seriesRow is a row of the table of what each series asks for, in numbers.
type seriesRow struct {
	name     string
	number   []int
	requires []int // of the release before
	php      []int
	blocked  []int // nil: no upper bound
	text     map[string]string
}

// newestPatch is how far every series has come in these tests.
const newestPatch = 20

func readRequirements(t *testing.T) []seriesRow {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "moodle", "environment.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	header := strings.Split(lines[0], "\t")
	var rows []seriesRow
	for _, line := range lines[1:] {
		r := seriesRow{text: make(map[string]string)}
		for i, cell := range strings.Split(line, "\t") {
			r.text[header[i]] = cell
		}
		r.name, r.number = r.text["series"], numbers(t, r.text["series"])
		r.requires, r.php = numbers(t, r.text["requires"]), numbers(t, r.text["php"])
		if r.text["blocked"] != "-" {
			r.blocked = numbers(t, r.text["blocked"])
		}
		rows = append(rows, r)
	}
	return rows
}

// numbers are a version as three numbers.
func numbers(t *testing.T, version string) []int {
	t.Helper()
	all := []int{0, 0, 0}
	for i, part := range strings.Split(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = n
	}
	return all
}

// environmentOf is a cumulative environment.xml as the series' own branch has it: all
// rows up to its own, and the next one.
func environmentOf(rows []seriesRow, last int) string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<COMPATIBILITY_MATRIX>\n")
	for _, r := range rows[:min(last+2, len(rows))] {
		fmt.Fprintf(&b, "  <MOODLE version=%q requires=%q>\n    <DATABASE level=\"required\">\n", r.name, r.text["requires"])
		for _, vendor := range []string{"mariadb", "mysql", "postgres", "mssql", "oracle"} {
			if version := r.text[vendor]; version != "-" {
				fmt.Fprintf(&b, "      <VENDOR name=%q version=%q />\n", vendor, version)
			}
		}
		fmt.Fprintf(&b, "    </DATABASE>\n    <PHP version=%q level=\"required\">\n", r.text["php"])
		if r.blocked != nil {
			code := strings.TrimSuffix(strings.ReplaceAll(r.text["blocked"], ".", ""), "0") // 8.0 is restrict_php_version_8
			fmt.Fprintf(&b, "      <RESTRICT function=\"restrict_php_version_%s\" message=\"x\" />\n", code)
		}
		b.WriteString("    </PHP>\n    <PHP_EXTENSIONS>\n      <PHP_EXTENSION name=\"curl\" level=\"required\" />\n      <PHP_EXTENSION name=\"json\" level=\"required\" />\n" +
			"      <PHP_EXTENSION name=\"exif\" level=\"optional\" />\n    </PHP_EXTENSIONS>\n  </MOODLE>\n")
	}
	b.WriteString("</COMPATIBILITY_MATRIX>\n")
	return b.String()
}

// releasesOf is a clone with an upstream that made the releases, oldest first, each with
// the environment.xml of its series' branch, and a branch of every series.
func releasesOf(t *testing.T, rows []seriesRow, tags ...string) *fixture {
	t.Helper()
	f := &fixture{gittest.NewAt(t, filepath.Join(t.TempDir(), "repo")), t}
	wasBelow := ""
	for n, tag := range tags {
		release := numbers(t, strings.TrimPrefix(tag, "v"))
		i := slices.IndexFunc(rows, func(r seriesRow) bool { return slices.Equal(r.number[:2], release[:2]) })
		below := ""
		if release[0] == 5 && release[1] > 0 {
			below = "public/"
		}
		if below != wasBelow {
			f.Remove("version.php")
			f.Remove("admin/environment.xml")
		}
		wasBelow = below
		name := strings.TrimSuffix(strings.TrimPrefix(tag, "v"), ".0")
		f.release(name, code(rows[i].number), fmt.Sprintf("20%02d0101%02d.00", i, release[2]), below)
		f.Write(below+"admin/environment.xml", environmentOf(rows, i))
		f.Commit("Moodle release " + name)
		f.Git("tag", tag)
		if n == 0 || !strings.HasPrefix(tags[n-1], "v"+rows[i].name+".") {
			f.Git("branch", "LUVLE-"+rows[i].name+"-hack-core-x")
		}
	}
	f.Detach()
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": "https://example.org/moodle.git", "mgit.remote.upstream.role": "upstream",
		"remote.upstream.url": "https://example.org/moodle.git",
	} {
		f.Git("config", key, value)
	}
	empty := f.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", empty))
	return f
}

// code is $branch of a series.
func code(n []int) string {
	if n[0] < 3 || n[0] == 3 && n[1] < 10 {
		return fmt.Sprintf("%d%d", n[0], n[1])
	}
	return fmt.Sprintf("%d%02d", n[0], n[1])
}

// For every pair of series, from its first release and from its newest, the chain is the
// shortest there is, and of the shortest the one over the series that are supported
// longest. Both are found here by trying every chain on the table, in numbers.
func TestHopsOfEveryPair(t *testing.T) {
	t.Parallel()
	rows := readRequirements(t)
	var tags []string
	for _, r := range rows {
		tags = append(tags, "v"+r.name+".0", fmt.Sprintf("v%s.%d", r.name, newestPatch))
	}
	f := releasesOf(t, rows, tags...)
	asked, pairs, lengths := 0, 0, make(map[int]int)
	var planner job.HopsPlanner
	// Only some of the pairs are looked at, unless many cases are asked for.
	step := map[int]int{0: 17, newestPatch: 5}
	if os.Getenv("MGIT_CASES") != "" {
		step = map[int]int{0: 1, newestPatch: 1}
	}
	for _, patch := range []int{0, newestPatch} {
		for _, r := range rows {
			f.Git("update-ref", "refs/heads/LUVLE-"+r.name+"-deployment", fmt.Sprintf("v%s.%d", r.name, patch))
		}
		site := f.open("")
		for from := range rows {
			for to := from + 1; to < len(rows); to++ {
				if asked++; asked%step[patch] != 0 {
					continue
				}
				request := job.PlanRequest{Tag: "v" + rows[to].name + ".0", Now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
				if err := request.From.UnmarshalText([]byte(rows[from].name)); err != nil {
					t.Fatal(err)
				}
				r, err := planner.Plan(t.Context(), site, request)
				if err != nil {
					t.Fatal(err)
				}
				best := bestChain(rows, from, patch, to)
				if got, want := chainOf(r), tagsOf(rows, best, to); got != want {
					t.Errorf("%s.%d to %s: %s, want %s", rows[from].name, patch, r.To, got, want)
					continue
				}
				checkHops(t, rows, r, from, best)
				lengths[len(r.Hops)]++
				pairs++
			}
		}
	}
	if pairs < 120 || len(lengths) < 5 {
		t.Errorf("%d pairs, chains by length: %v", pairs, lengths)
	}
	t.Logf("%d pairs, chains by length: %v", pairs, lengths)
}

func chainOf(r *job.PlanHops) string {
	var tags []string
	for _, h := range r.Hops {
		tags = append(tags, h.Tag)
	}
	return strings.Join(tags, " ")
}

func tagsOf(rows []seriesRow, chain []int, to int) string {
	var tags []string
	for _, i := range chain {
		tags = append(tags, fmt.Sprintf("v%s.%d", rows[i].name, newestPatch))
	}
	return strings.Join(append(tags, "v"+rows[to].name+".0"), " ")
}

// bestChain tries all chains of newest releases between, one hop more each time, and
// returns the rows of the best of the shortest; nil for none in between.
func bestChain(rows []seriesRow, from, patch, to int) []int {
	admits := func(next, before, patch int) bool {
		needs, has := rows[next].requires, rows[before].number
		return slices.Compare([]int{has[0], has[1], patch}, needs) >= 0
	}
	if admits(to, from, patch) {
		return nil
	}
	data := support.BuiltIn()
	rank := func(i int) (security time.Time, lts bool) {
		for _, s := range data.Series {
			if s.Series.String() == rows[i].name {
				return s.Security, s.LTS
			}
		}
		return time.Time{}, false
	}
	chains := [][]int{{}}
	for range len(rows) {
		var longer, whole [][]int
		for _, chain := range chains {
			for next := from; next < to; next++ {
				last, lastPatch := from, patch
				if len(chain) > 0 {
					last, lastPatch = chain[len(chain)-1], newestPatch
				}
				isNewer := next > last || next == last && lastPatch < newestPatch
				if !isNewer || !admits(next, last, lastPatch) {
					continue
				}
				grown := append(slices.Clone(chain), next)
				longer = append(longer, grown)
				if admits(to, next, newestPatch) {
					whole = append(whole, grown)
				}
			}
		}
		if len(whole) > 0 {
			return slices.MaxFunc(whole, func(a, b []int) int {
				for i := len(a) - 1; i >= 0; i-- {
					x, xLTS := rank(a[i])
					y, yLTS := rank(b[i])
					if c := cmp.Or(x.Compare(y), boolCompare(xLTS, yLTS), cmp.Compare(a[i], b[i])); c != 0 {
						return c
					}
				}
				return 0
			})
		}
		chains = longer
	}
	return []int{-1}
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// checkHops holds what is said of each hop against the table.
func checkHops(t *testing.T, rows []seriesRow, r *job.PlanHops, from int, chain []int) {
	t.Helper()
	if r.Direct != (len(r.Hops) == 1) || len(r.Unknown) > 0 && len(r.Hops) == 0 {
		t.Errorf("%s to %s: direct %v, unknown %q", r.From.Release, r.To, r.Direct, r.Unknown)
	}
	before := rows[from]
	for i, h := range r.Hops {
		row := rows[slices.IndexFunc(rows, func(r seriesRow) bool { return r.name == h.Series })]
		q := h.Requirements
		if h.Requires != row.text["requires"] || q.PHP.From != row.text["php"] || cmp.Or(q.PHP.Blocked, "-") != row.text["blocked"] {
			t.Errorf("%s: asks for %s, PHP %+v", h.Tag, h.Requires, q.PHP)
		}
		for _, d := range q.Databases {
			word := map[string]string{"pgsql": "postgres", "sqlsrv": "mssql", "oci": "oracle"}[d.Database]
			if row.text[cmp.Or(word, d.Database)] != d.Version {
				t.Errorf("%s: %s %s", h.Tag, d.Database, d.Version)
			}
		}
		prefix := ""
		if number := row.number; number[0] == 5 && number[1] > 0 {
			prefix = "public/"
		}
		if q.Source != h.Tag+":"+prefix+"admin/environment.xml" {
			t.Errorf("%s: read from %s", h.Tag, q.Source)
		}
		noPHP := row.blocked != nil && slices.Compare(before.php, row.blocked) >= 0 || before.blocked != nil && slices.Compare(row.php, before.blocked) >= 0
		if h.PHPChange != noPHP {
			t.Errorf("%s after %s: change of PHP %v, PHP for both %+v", h.Tag, before.name, h.PHPChange, h.PHPShared)
		}
		if h.Within != (before.name == h.Series) || h.Within && chain[i] != from {
			t.Errorf("%s after %s: within the series %v", h.Tag, before.name, h.Within)
		}
		before = row
	}
}
