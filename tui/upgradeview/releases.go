package upgradeview

import (
	"cmp"
	"slices"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func releaseTable() widget.Table[job.UpgradeRelease] {
	text := func(get func(job.UpgradeRelease) string) func(job.UpgradeRelease) widget.Span {
		return func(r job.UpgradeRelease) widget.Span { return widget.Span{Text: get(r)} }
	}
	return widget.Table[job.UpgradeRelease]{
		Columns: []widget.Column[job.UpgradeRelease]{
			{Title: "release", Cell: text(func(r job.UpgradeRelease) string { return r.Tag }), Compare: compareTags},
			{Title: "released", Rank: 4, Cell: text(func(r job.UpgradeRelease) string { return cmp.Or(r.Released, "unknown") })},
			{Title: "series", Rank: 5, Cell: text(func(r job.UpgradeRelease) string {
				if r.Support.LTS {
					return r.Series + " LTS"
				}
				return r.Series
			})},
			{Title: "fixes until", Rank: 3, Cell: text(func(r job.UpgradeRelease) string { return cmp.Or(r.Support.General, "unknown") })},
			{Title: "security until", Rank: 2, Cell: text(func(r job.UpgradeRelease) string { return cmp.Or(r.Support.Security, "unknown") })},
			{Title: "", Elastic: true, Cell: releaseCell},
		},
		ID: func(r job.UpgradeRelease) string { return r.Tag },
		Fields: map[string]func(job.UpgradeRelease) []string{
			"series":  func(r job.UpgradeRelease) []string { return []string{r.Series} },
			"support": func(r job.UpgradeRelease) []string { return []string{r.Support.State} },
			"is":      releaseWords,
		},
		Empty: "This clone has no newer release. `git fetch upstream --tags` brings what there is.",
	}
}

func compareTags(a, b job.UpgradeRelease) int {
	x, _ := moodle.ParseTag(a.Tag)
	y, _ := moodle.ParseTag(b.Tag)
	return x.Compare(y)
}

// releaseCell says in a word or two what is special about a release.
func releaseCell(r job.UpgradeRelease) widget.Span {
	switch {
	case r.Experimental:
		return widget.Span{Text: "an experiment, not for production", Role: theme.Faint}
	case r.Support.State == "ended":
		return widget.Span{Text: "x support ended", Role: theme.Bad}
	case r.First && r.Newest:
		return widget.Span{Text: "first and newest of " + r.Series}
	case r.First:
		return widget.Span{Text: "first of " + r.Series}
	case r.Newest:
		return widget.Span{Text: "newest of " + r.Series}
	}
	return widget.Span{}
}

func releaseWords(r job.UpgradeRelease) []string {
	var words []string
	for word, is := range map[string]bool{"lts": r.Support.LTS, "first": r.First, "newest": r.Newest, "experiment": r.Experimental} {
		if is {
			words = append(words, word)
		}
	}
	return words
}

// fillReleases lists the releases: those that an upgrade goes onto before the others.
func (v *View) fillReleases() {
	all, known := v.releases.Value()
	if !known {
		return
	}
	rows := slices.Clone(all.Releases)
	slices.SortStableFunc(rows, func(a, b job.UpgradeRelease) int {
		return cmp.Compare(stageOf(all, a), stageOf(all, b))
	})
	v.releaseTable.SetRows(rows)
}

// stageOf orders releases: under way, finished, not begun.
func stageOf(all *job.ReleasesReport, r job.UpgradeRelease) int {
	for _, u := range all.Upgrades {
		switch {
		case u.Onto != r.Tag:
		case u.Finished:
			return 1
		default:
			return 0
		}
	}
	return 2
}

// choose selects a release when the list is there for the first time: the one that an upgrade under way goes
// onto, else that of one which is finished, else the first of the newest series with long-term support that is
// supported, else of the newest that is, else of the newest. Where an upgrade was begun, its board comes first.
func (v *View) choose() {
	all, known := v.releases.Value()
	if v.entered || !known || len(all.Releases) == 0 {
		return
	}
	v.entered = true
	var chosen *job.BegunUpgrade
	for i, u := range all.Upgrades {
		switch {
		case u.Finished && u.From != all.Series.String(): // the site has moved on
		case chosen == nil, chosen.Finished, !u.Finished:
			chosen = &all.Upgrades[i]
		}
	}
	if chosen != nil && v.releaseTable.Select(chosen.Onto) {
		v.page = pageBoard
		return
	}
	isSupported := func(r job.UpgradeRelease) bool { return r.Support.State == "general" || r.Support.State == "security" }
	for _, fits := range []func(job.UpgradeRelease) bool{
		func(r job.UpgradeRelease) bool { return isSupported(r) && r.Support.LTS },
		isSupported,
		func(r job.UpgradeRelease) bool { return !r.Experimental },
	} {
		for _, r := range all.Releases {
			if r.First && !r.Experimental && fits(r) && v.releaseTable.Select(r.Tag) {
				return
			}
		}
	}
}
