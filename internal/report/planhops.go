package report

import (
	"strings"
	"time"

	"mgit/internal/job"
)

// planHopsSection is the way to the release: what is installed on it, and what the
// servers must have.
func planHopsSection(h *job.PlanHops) Section {
	s := Section{ID: "way", Title: "The way"}
	if h == nil {
		return s
	}
	s.Lead = append(s.Lead, hopsWords(h))
	s.Lead = append(s.Lead, h.Unknown...)
	way := Block{Columns: []Column{{Title: "release", Name: true}, {Title: "needs"}, {Title: "PHP"}, {Title: "support"}, {Title: "why"}}}
	for _, hop := range h.Hops {
		needs := "not known"
		if hop.Requires != "" {
			needs = hop.Requires + " or later"
		}
		why := hop.Why
		if hop.PHPChange {
			why = strings.TrimSpace(why + " No version of PHP suits this release and the one before: change PHP between the two.")
		}
		way.Rows = append(way.Rows, []string{hopName(hop), needs, phpWords(hop.Requirements.PHP), supportWords(hop.Support), why})
	}
	if h.Support.Date != "" {
		way.Note = "Dates of support as of " + dayWords(h.Support.Date) + ", " + h.Support.Source + "."
	}
	s.Blocks = append(s.Blocks, way, serversBlock(h))
	for _, hop := range h.Hops {
		s.Blocks = append(s.Blocks, hopCodeBlock(hop))
	}
	return s
}

func hopName(h job.Hop) string {
	if h.Tag == "" {
		return h.Release + " (no tag here)"
	}
	return h.Tag
}

func hopsWords(h *job.PlanHops) string {
	from := h.From.Release
	if from == "" {
		from = h.From.Series
	}
	if h.From.In != "" {
		from += ", as " + h.From.In + " has it,"
	}
	switch {
	case len(h.Hops) == 0:
		return "From " + from + " no way to " + h.To + " was found."
	case h.Direct:
		return "From " + from + " the upgrade to " + h.To + " is direct."
	case len(h.Hops) == 1:
		return "Whether " + h.To + " can be installed over " + from + " is not known."
	}
	return "Moodle does not upgrade from " + from + " to " + h.To + " directly: the way has " + count(len(h.Hops), "release", "releases") + ". Each is installed, and the database upgraded to it, before the next."
}

func phpWords(r job.PHPRange) string {
	switch {
	case r.From == "":
		return "not known"
	case r.Blocked == "":
		return r.From + " or later"
	}
	return r.From + " to below " + r.Blocked
}

func supportWords(s job.SupportStatus) string {
	lts := ""
	if s.LTS {
		lts = ", LTS"
	}
	switch s.State {
	case "general":
		return "until " + dayWords(s.General) + ", security " + dayWords(s.Security) + lts
	case "security":
		return "security only, until " + dayWords(s.Security) + lts
	case "ended":
		return "ended " + dayWords(s.Security) + lts
	case "announced":
		return "announced for " + dayWords(s.Released) + lts
	}
	return "not known"
}

// dayWords writes a day of a report as people do; what is none stays as it is.
func dayWords(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}

// serversBlock holds what sites.toml states against what the hops need. What is
// right is counted, not listed.
func serversBlock(h *job.PlanHops) Block {
	b := Block{Title: "What the servers lack", Columns: []Column{
		{Title: "site", Name: true}, {Title: "release", Name: true}, {Title: "what"}, {Title: "so"}, {Title: "has"}, {Title: "needs"},
	}}
	right, unstated := 0, false
	for _, hop := range h.Hops {
		for _, site := range hop.Sites {
			if site.Reached {
				continue
			}
			for _, c := range []struct {
				what  string
				check job.ServerCheck
			}{{"PHP", site.PHP}, {"database", site.Database}, {"extensions", site.Extensions}} {
				if c.check.Status == job.ServerOK {
					right++
					continue
				}
				unstated = unstated || c.check.Status == job.ServerNotStated
				has, needs := c.check.Has, c.check.Needs
				if len(c.check.Missing) > 0 {
					has, needs = "", strings.Join(c.check.Missing, ", ")
				}
				b.Rows = append(b.Rows, []string{site.Site, hopName(hop), c.what, serverMeans(c.check.Status), has, needs})
			}
		}
	}
	if len(b.Rows) > 0 && right > 0 {
		b.Note = count(right, "other requirement is", "other requirements are") + " met."
	}
	if unstated {
		b.Note = strings.TrimSpace(b.Note + " What is not stated, sites.toml can say: mgit config edit site.NAME.php 8.1.27")
	}
	return b
}

func serverMeans(status string) string {
	return map[string]string{
		job.ServerTooOld:    "too old",
		job.ServerBlocked:   "too new",
		job.ServerMissing:   "missing",
		job.ServerUnclear:   "not exact enough",
		job.ServerNotStated: "not stated",
		job.ServerUnknown:   "not known",
	}[status]
}

// hopCodeBlock says how the code base of a release on the way is made.
func hopCodeBlock(h job.Hop) Block {
	if len(h.Code.Commands) == 0 {
		return Block{}
	}
	b := Block{Title: "The code base of " + hopName(h), Items: h.Code.Commands, Mono: true}
	var names []string
	for _, branch := range h.Code.Branches {
		names = append(names, branch.Branch)
	}
	if len(names) > 0 {
		b.Note = "It needs " + strings.Join(names, ", ") + "."
	}
	if h.Code.LeftOut > 0 {
		b.Note = strings.TrimSpace(b.Note + " The database does not depend on the " + oneMany(h.Code.LeftOut, "other branch.", "other "+count(h.Code.LeftOut, "branch", "branches")+"."))
	}
	return b
}
