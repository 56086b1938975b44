package job_test

import (
	"strings"
)

// usualRecipe prints how often the top hit of git log -S would have been the
// build. One walk over version.php's history answers that for all dates: -S shows
// the commits, merges left out, in which the number of occurrences changes. That
// it does is checked with git itself for a few.
func (m *moodleClone) usualRecipe(builds []build) {
	m.t.Helper()
	type change struct{ commit, before, after string }
	var changes []change
	commit := ""
	blobs := make(map[string]string)
	for line := range strings.Lines(string(m.git("", "log", "--remotes", "--tags", "--no-merges", "--format=commit %H", "--raw", "--no-abbrev", "--no-renames", "--", "version.php"))) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 2 && fields[0] == "commit":
			commit = fields[1]
		case len(fields) == 6 && strings.HasPrefix(line, ":"):
			changes = append(changes, change{commit, fields[2], fields[3]})
			blobs[fields[2]], blobs[fields[3]] = "", ""
		}
	}
	for id := range blobs {
		if strings.Trim(id, "0") != "" {
			object, err := m.site.Repo.Store().Lookup(m.t.Context(), id)
			if err != nil {
				m.t.Fatal(err)
			}
			blobs[id] = string(object.Data)
		}
	}
	topHit := func(text string) string {
		for _, c := range changes {
			if strings.Count(blobs[c.before], text) != strings.Count(blobs[c.after], text) {
				return c.commit
			}
		}
		return ""
	}
	dates := make(map[string]int)
	for _, b := range m.builds() {
		dates[b.date]++
	}
	byDate, byRelease, unique := 0, 0, 0
	for i, b := range builds {
		if i < 3 {
			said := string(m.git("", "log", "--remotes", "--tags", "-S"+b.date, "--format=%H", "-n1", "--", "version.php"))
			if got := topHit(b.date); got != strings.TrimSpace(said) {
				m.t.Errorf("git log -S%s finds %s, the count here %s", b.date, said, got)
			}
		}
		if topHit(b.date) == b.commit {
			byDate++
		}
		if topHit(b.release) == b.commit {
			byRelease++
		}
		if dates[b.date] == 1 {
			unique++
		}
	}
	n := len(builds)
	m.t.Logf("the top hit of git log -S DATE -- version.php is the build for %d of %d (%.1f %%), with the whole release for %d (%.1f %%); the date belongs to one build only for %d (%.1f %%)",
		byDate, n, percent(byDate, n), byRelease, percent(byRelease, n), unique, percent(unique, n))
}
