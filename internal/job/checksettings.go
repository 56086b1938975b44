package job

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
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

// unknownRules warns of settings that are about no rule: they may be meant for a newer mgit, or be misspelt.
func (s *Site) unknownRules() []Warning {
	rules := check.Rules()
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	var keys []string
	for id := range s.Config.Check.Rules {
		keys = append(keys, config.FormatPath("check", "rules", id))
	}
	for branchType, weighed := range s.Config.Check.Types {
		for id := range weighed {
			keys = append(keys, config.FormatPath("check", "types", branchType, id))
		}
	}
	slices.Sort(keys)
	var warnings []Warning
	for _, key := range keys {
		id := key[strings.LastIndexByte(key, '.')+1:]
		if slices.Contains(ids, id) {
			continue
		}
		source, _ := s.Config.Source(key)
		text := fmt.Sprintf("%s: %s: there is no rule %s", source.Place(), key, id)
		if meant := config.Closest(id, ids); meant != "" {
			text += fmt.Sprintf("; did you mean %s?", meant)
		}
		warnings = append(warnings, Warning{ID: "unknown-rule", Text: text})
	}
	return warnings
}
