package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mgit/internal/moodle"
)

// buildsPerSeries is how many builds the development of a series has: the last
// two are its beta and its release candidate.
const buildsPerSeries = 6

// stable is a stable branch.
type stable struct {
	tip   *commit
	build build
}

// upstream is Moodle's history while it is written.
type upstream struct {
	*history
	catalogue []plugin
	main      *commit
	stables   map[moodle.Series]*stable
	tags      map[string]*commit
	spots     []spot          // still unchanged
	rewritten []spot          // changed on main alone
	solved    map[int]*commit // on main, by the number of the issue
	issues    int             // how many were made
	now       time.Time
}

// writeUpstream writes the history of the given number of series, with at least
// files files in the first tree.
func writeUpstream(out io.Writer, series, files int) (*upstream, error) {
	u := &upstream{
		history:   newHistory(out),
		catalogue: catalogueOf(files),
		stables:   make(map[moodle.Series]*stable),
		tags:      make(map[string]*commit),
		solved:    make(map[int]*commit),
	}
	all := releases(series)
	from := all[0].date.AddDate(0, 0, -20*7)
	for _, r := range all {
		u.develop(r, from)
		from = r.date
	}
	u.bumpMain(u.devBuild(all[len(all)-1].series.Next(), from.AddDate(0, 0, 11)), "weekly back-to-dev release")
	u.point("refs/heads/main", u.main)
	return u, u.err
}

// catalogueOf returns the shipped plugins and as many generated ones as it takes
// to reach the number of files.
func catalogueOf(files int) []plugin {
	all := plugins()
	const own, each = 290, 6
	for i := 0; own+i*each < files; i++ {
		name := fmt.Sprintf("r%05d", i)
		all = append(all, plugin{component: "report_" + name, path: "report/" + name, title: "Report " + name, things: "row"})
	}
	return all
}

// develop makes a series: its builds on main, those of the older stable branches
// meanwhile, its release and its stable branch.
//
//	main   o─o─o─ 4.2dev ─o─o─ 4.2beta ─ 4.2rc1 ─ v4.2.0 ─ 4.3dev
//	            ╲ (picked)                           ╲
//	401    ─────o── 4.1.1+ ──── v4.1.2        402     o─ 4.2+
func (u *upstream) develop(r release, from time.Time) {
	span := r.date.Sub(from) / (buildsPerSeries + 1)
	for k := 1; k <= buildsPerSeries; k++ {
		day := from.Add(span * time.Duration(k)).Truncate(24 * time.Hour)
		u.now = day.Add(-5*24*time.Hour + 9*time.Hour)
		if u.main == nil {
			u.begin(r, day)
		} else if k == 1 {
			u.bumpMain(u.devBuild(r.series, u.now), "weekly back-to-dev release")
		}
		fixes := u.improve(r.series, k)
		b := u.devBuild(r.series, day)
		kind := "weekly release"
		if word := map[int]string{buildsPerSeries - 1: "beta", buildsPerSeries: "rc1"}[k]; word != "" {
			b.word, kind = word, "Moodle release"
		}
		u.now = day.Add(4 * time.Hour)
		u.bumpMain(b, kind)
		if kind == "Moodle release" {
			u.tagBuild(u.main, b)
		}
		u.maintain(r, k, day, fixes)
	}
	u.release(r)
}

func (u *upstream) devBuild(series moodle.Series, day time.Time) build {
	return build{series: series, word: "dev", version: day.Format("20060102") + "00", date: day}
}

// begin writes the first commit.
func (u *upstream) begin(r release, day time.Time) {
	edits, spots := firstTree(u.catalogue, u.devBuild(r.series, day))
	u.spots = shuffle(spots)
	u.main = u.commit("refs/heads/main", u.meta(integrator(), "MDL-1 core: Import of the code"), nil, edits...)
}

// shuffle spreads neighbours: changes of one time are in different places.
func shuffle(spots []spot) []spot {
	var out []spot
	const stride = 17
	for i := range stride {
		for j := i; j < len(spots); j += stride {
			out = append(out, spots[j])
		}
	}
	return out
}

// meta describes a commit that author made some days before it is applied.
func (u *upstream) meta(author person, message string) meta {
	u.now = u.now.Add(23 * time.Minute)
	return meta{
		author: author, authored: u.now.Add(-47 * time.Hour).In(zoneOf(author)),
		committer: integrator(), committed: u.now, message: message + "\n",
	}
}

// improve makes the issues of one build on main and returns those that go to the
// stable branches as well.
func (u *upstream) improve(series moodle.Series, k int) (fixes []*commit) {
	for _, p := range u.planned(series, k) {
		c := u.solve(p.number, p.component, p.summary, false, p.edits...)
		if p.backport {
			fixes = append(fixes, c)
		}
	}
	for i := range 4 {
		s, ok := u.takeSpot()
		if !ok {
			n := u.issues
			u.solve(0, "core", fmt.Sprintf("Part %d of the new interface", n), false,
				put(fmt.Sprintf("lib/classes/local/part%d.php", n), php("core", "A part of the new interface.", fmt.Sprintf("namespace core\\local;\n\nclass part%d {\n}\n", n))))
			break
		}
		c := u.solve(0, s.component, s.summary, i%3 == 0, s.edit)
		if i%2 == 0 {
			fixes = append(fixes, c)
		} else {
			u.rewritten = append(u.rewritten, s)
		}
	}
	return fixes
}

// takeSpot returns a place in a file that is still there.
func (u *upstream) takeSpot() (spot, bool) {
	for i, s := range u.spots {
		if u.main.file(s.edit.target(u.main)) != nil {
			u.spots = slices.Delete(u.spots, i, i+1)
			return s, true
		}
	}
	return spot{}, false
}

// solve makes a commit on main, or on a developer's branch that is merged then.
// The number of the issue is the next one when it is 0.
func (u *upstream) solve(number int, component, summary string, merged bool, edits ...edit) *commit {
	u.issues++
	if number == 0 {
		number = 76300 + u.issues*37
	}
	all := developers()
	author := all[u.issues%len(all)]
	base := u.main
	c := u.commit("refs/heads/main", u.meta(author, fmt.Sprintf("MDL-%d %s: %s", number, component, summary)), []*commit{base}, edits...)
	u.solved[number] = c
	u.main = c
	if merged {
		other := u.commit("refs/heads/main", u.meta(all[(u.issues+1)%len(all)], "NOBUG: Fixed the list of changes"), []*commit{base},
			replace("lib/upgrade.txt", "intended especially for developers.\n", fmt.Sprintf("intended especially for developers.\n* %s (MDL-%d)\n", summary, number)))
		u.main = u.mergeTopic("refs/heads/main", fmt.Sprintf("Merge branch 'MDL-%d-main' of git://git.example.org/%s/moodle", number, login(author)), other, c, base)
	}
	return c
}

func (u *upstream) mergeTopic(ref, message string, ours, theirs, base *commit) *commit {
	m := u.meta(integrator(), message)
	m.authored = u.now
	return u.merge(ref, m, ours, theirs, base, resolution{})
}

func login(p person) string {
	name, _, _ := strings.Cut(p.email, "@")
	return strings.ReplaceAll(name, ".", "")
}

// bumpMain writes a new version.php on main.
func (u *upstream) bumpMain(b build, kind string) {
	u.main = u.bump("refs/heads/main", u.main, b, kind)
}

func (u *upstream) bump(ref string, tip *commit, b build, kind string) *commit {
	m := u.meta(releaser(), fmt.Sprintf("%s %s", kind, b.release()))
	m.committer, m.authored = releaser(), u.now
	return u.commit(ref, m, []*commit{tip}, put("version.php", b.versionPHP()))
}

// tagBuild tags a build as the release tool does: v4.1.3, with the message MOODLE_4013.
func (u *upstream) tagBuild(c *commit, b build) {
	tag := moodle.Tag{Series: b.series, Patch: b.patch, Pre: b.word}
	message := "MOODLE_" + b.series.Code()
	if b.patch > 0 {
		message += fmt.Sprint(b.patch)
	}
	if b.word != "" {
		message += "_" + strings.ToUpper(b.word)
	}
	u.now = u.now.Add(time.Minute)
	u.tag(tag.String(), c, releaser(), u.now, message)
	u.tags[tag.String()] = c
}

// release ends the development of a series.
func (u *upstream) release(r release) {
	u.now = r.date.Add(-2*24*time.Hour + 10*time.Hour)
	edits := []edit{replace("lib/db/upgrade.php", "\n    return true;\n}\n",
		fmt.Sprintf("\n    // Automatically generated Moodle v%s.0 release upgrade line.\n    // Put any upgrade step following this.\n\n    return true;\n}\n", r.series))}
	for _, p := range u.catalogue {
		if p.shipped(r.series) {
			edits = append(edits, put(p.path+"/version.php", pluginVersion(p.component, r.base())))
		}
	}
	u.solve(0, "core", fmt.Sprintf("Bump all versions for the release of %s", r.series), false, edits...)
	b := build{series: r.series, version: r.base(), date: r.date}
	u.bumpMain(b, "Moodle release")
	u.tagBuild(u.main, b)
	u.stables[r.series] = &stable{u.main, b}
	u.point(stableRef(r.series), u.main)
}

func stableRef(series moodle.Series) string {
	return "refs/heads/" + series.StableBranch()
}

// maintain gives the supported stable branches their fixes and a build: a weekly
// one, or every second time a minor release.
func (u *upstream) maintain(r release, k int, day time.Time, fixes []*commit) {
	for _, series := range u.supported(r.series) {
		s := u.stables[series]
		ref := stableRef(series)
		u.now = day.Add(time.Hour)
		for i, fix := range fixes {
			if !u.has(s.tip, fix) {
				continue
			}
			picked := u.pick(ref, fix, s.tip, integrator(), u.now)
			u.now = u.now.Add(11 * time.Minute)
			if i%2 == 0 {
				s.tip = picked
				continue
			}
			note := u.commit(ref, u.meta(integrator(), "NOBUG: Fixed the list of changes"), []*commit{s.tip},
				replace("lib/upgrade.txt", "intended especially for developers.\n", fmt.Sprintf("intended especially for developers.\n* %s\n", subject(fix.meta.message))))
			number, _, _ := strings.Cut(fix.meta.message, " ")
			s.tip = u.mergeTopic(ref, fmt.Sprintf("Merge branch '%s-%s' of git://git.example.org/%s/moodle", number, series.Code(), login(fix.meta.author)), note, picked, s.tip)
		}
		for _, p := range u.plannedStable(series, r.series, k) {
			u.issues++
			s.tip = u.commit(ref, u.meta(developers()[0], fmt.Sprintf("MDL-%d %s: %s", p.number, p.component, p.summary)), []*commit{s.tip}, p.edits...)
		}
		s.build.date, s.build.plus = day, true
		s.build.increment++
		kind := "weekly release"
		if k%2 == 0 {
			s.build.plus, s.build.increment = false, 0
			s.build.patch++
			s.build.version = fmt.Sprintf("%s%02d", s.build.version[:8], s.build.patch)
			kind = "Moodle release"
		}
		s.tip = u.bump(ref, s.tip, s.build, kind)
		if kind == "Moodle release" {
			u.tagBuild(s.tip, s.build)
		}
		u.point(ref, s.tip)
	}
}

// supported returns the stable branches that get fixes while series is made: the
// last two, and the one with long-term support.
func (u *upstream) supported(series moodle.Series) []moodle.Series {
	var all []moodle.Series
	for s := range u.stables {
		all = append(all, s)
	}
	slices.SortFunc(all, moodle.Series.Compare)
	longTerm := func(s moodle.Series) bool {
		return s == moodle.Series{Major: 4, Minor: 1} && series.Major < 5 || s == moodle.Series{Major: 4, Minor: 5}
	}
	recent := all[max(0, len(all)-2):]
	return slices.DeleteFunc(all, func(s moodle.Series) bool { return !slices.Contains(recent, s) && !longTerm(s) })
}

// has tells whether all files that the fix changes are in the tree of tip.
func (u *upstream) has(tip, fix *commit) bool {
	for _, e := range fix.edits {
		if tip.file(e.target(tip)) == nil {
			return false
		}
	}
	return true
}
