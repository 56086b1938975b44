package branches

import (
	"strings"

	"mgit/internal/moodle"
)

// Nearest returns the name that a branch whose name Parse calls nearly of the scheme is most likely meant to have: the
// customer in its spelling, the version as a series, a type that differs by a letter or two, and a component in
// lower case. It is not ok where that does not make a name of the scheme, or not another one.
func (s *Scheme) Nearest(name string) (string, bool) {
	values, _ := s.branch.read(s.withCustomer(name))
	for f, mend := range map[field]func(string) string{
		versionField: nearestVersion, typeField: s.nearestType, nameField: nearestComponent, shortField: nearestShort,
	} {
		if text, found := values[f]; found {
			values[f] = mend(text)
		}
	}
	nearest := s.branch.write(values)
	if _, err := s.parseBranch(nearest); err != nil || nearest == name {
		return "", false
	}
	return nearest, true
}

// withCustomer spells the customer as it is configured, where the name begins with it.
func (s *Scheme) withCustomer(name string) string {
	if n := len(s.customer); len(name) >= n && strings.EqualFold(name[:n], s.customer) {
		return s.customer + name[n:]
	}
	return name
}

// nearestVersion is the series of a version in another spelling, 405, or of one of its releases, v4.5.3.
func nearestVersion(text string) string {
	if series, err := moodle.ParseSeries(text); err == nil {
		return series.String()
	}
	if tag, err := moodle.ParseTag("v" + strings.TrimPrefix(text, "v")); err == nil {
		return tag.Series.String()
	}
	if series, err := moodle.ParseSeries(strings.TrimPrefix(text, "v")); err == nil {
		return series.String()
	}
	return text
}

// nearestType is the only type that few letters are different in.
func (s *Scheme) nearestType(text string) string {
	const most = 2
	best, nearest := most+1, text
	for _, t := range s.types {
		switch d := distance(strings.ToLower(text), strings.ToLower(t)); {
		case d < best:
			best, nearest = d, t
		case d == best && nearest != text:
			nearest = text // one as good as the other
		}
	}
	return nearest
}

func nearestComponent(text string) string {
	text = strings.Trim(strings.ToLower(text), "_")
	for strings.Contains(text, "__") {
		text = strings.ReplaceAll(text, "__", "_")
	}
	if name, isModule := strings.CutPrefix(text, "mod_"); isModule {
		return "mod_" + strings.ReplaceAll(name, "_", "")
	}
	return text
}

func nearestShort(text string) string {
	kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune(shortAlphabet, r) {
			return r
		}
		return '-'
	}, text)
	return strings.Trim(kept, "-_.")
}

// distance is how many letters must be added, removed or exchanged for others to make one word of another, two
// letters that changed places counting as one (the optimal string alignment distance).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for k := range len(b) + 1 {
		rows[0][k] = k
	}
	for i := 1; i <= len(a); i++ {
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			rows[i][k] = min(rows[i-1][k]+1, rows[i][k-1]+1, rows[i-1][k-1]+cost)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				rows[i][k] = min(rows[i][k], rows[i-2][k-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
