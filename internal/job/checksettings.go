package job

import (
	"os/exec"
	"regexp"
	"slices"
	"sync"

	"mgit/internal/check"
	"mgit/internal/config"
	"mgit/internal/corehack"
)

// checkOptions are the settings that rules ask for.
func (s *Site) checkOptions() check.Options {
	words := s.Config.Corehack.Markers
	markers := sync.OnceValue(func() *corehack.Markers { return corehack.NewMarkers(words) })
	o := check.Options{
		MaxFileSize:   int64(s.Config.Check.MaxFileKB) << 10,
		SubjectLength: s.Config.Check.SubjectLength,
		Justified:     s.Config.Justified,
		IsMarker: func(line []byte) bool {
			_, found := markers().Find([]string{string(line)})
			return found
		},
		PHP: s.Config.PHP,
	}
	if o.PHP == "" {
		o.PHP, _ = exec.LookPath("php") // "" where there is none
	}
	for _, text := range s.Config.Check.Tickets {
		if ticket, err := regexp.Compile(text); err == nil { // what is set was checked
			o.Tickets = append(o.Tickets, ticket)
		}
	}
	return o
}

// lacksPHP reports whether the syntax of PHP should be judged, and there is nobody to ask.
func (s *Site) lacksPHP() bool {
	rule, _ := check.Lookup("php-syntax")
	return s.severityFor("")(rule) != check.Off && s.checkOptions().PHP == ""
}

// severityFor says what rules weigh on branches of a type.
func (s *Site) severityFor(branchType string) func(check.Rule) check.Severity {
	return func(r check.Rule) check.Severity {
		if set := s.Config.Check.Severity(r.ID, branchType); set != "" {
			return check.Severity(set)
		}
		return r.Severity
	}
}

// rulesAmiss are settings that weigh what is no rule, which may be meant for a newer mgit or be misspelt, or one that always
// weighs the same. Those that wait to be confirmed are among them.
func rulesAmiss(c *config.Config) config.Problems {
	var ids []string
	for _, r := range check.Rules() {
		ids = append(ids, r.ID)
	}
	var all config.Problems
	for _, path := range weighed(c) {
		id := path[len(path)-1]
		p := &config.Problem{Source: config.Source{File: settingsFile}, Key: config.FormatPath(path...)}
		if source, isInForce := c.Source(p.Key); isInForce {
			p.Source = source
		}
		switch rule, known := check.Lookup(id); {
		case !known:
			p.Text, p.Suggestion = "there is no rule "+id, config.Closest(id, ids)
		case rule.Final:
			p.Text = "nothing changes what the rule " + id + " weighs"
		default:
			continue
		}
		all = append(all, p)
	}
	return all
}

// weighed are the keys that say what rules weigh, sorted: "check.rules.<id>" and "check.types.<type>.<id>".
func weighed(c *config.Config) [][]string {
	var paths [][]string
	for id := range c.Check.Rules {
		paths = append(paths, []string{"check", "rules", id})
	}
	for branchType, rules := range c.Check.Types {
		for id := range rules {
			paths = append(paths, []string{"check", "types", branchType, id})
		}
	}
	for _, change := range c.Pending() {
		path := splitKey(change.Key)
		isWeight := len(path) == 3 && path[1] == "rules" || len(path) == 4 && path[1] == "types"
		if path[0] == "check" && isWeight && change.New != "" {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, slices.Compare)
	return slices.CompactFunc(paths, slices.Equal)
}

// warnOfRules warns of settings that weigh what is no rule.
func (s *Site) warnOfRules() []Warning {
	var warnings []Warning
	for _, p := range rulesAmiss(s.Config) {
		warnings = append(warnings, Warning{ID: "unknown-rule", Text: p.Error()})
	}
	return warnings
}
