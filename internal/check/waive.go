package check

import "mgit/internal/git"

// Waiver lets the findings of one rule pass, once.
type Waiver struct {
	Rule   string
	Reason string // "" where none was asked
	// Commit is the one whose trailer says it, zero while that is being made and for a flag.
	Commit git.ID
	// By is "flag" or "trailer".
	By string
	// Path narrows a waiver to one file; "" is all.
	Path string
	// Paths narrows it to some files, those that its commit touches; nil is all.
	Paths map[string]bool
}

// The places where a waiver is said.
const (
	ByFlag    = "flag"
	ByTrailer = "trailer"
)

// waive says of the findings who let them pass, and which waivers were for nothing.
func (r *run) waive(out *Result) {
	used := make([]bool, len(r.request.Waivers))
	for i := range out.Findings {
		for k, w := range r.request.Waivers {
			if waives(w, out.Findings[i]) {
				out.Findings[i].Waived, used[k] = &r.request.Waivers[k], true
				break
			}
		}
	}
	for k, w := range r.request.Waivers {
		if !used[k] {
			out.Unused = append(out.Unused, w)
		}
	}
}

// waives reports whether a waiver is meant for a finding. That a rule failed is waived like its findings, by its id.
// What one commit says is no excuse for what another does.
func waives(w Waiver, f Finding) bool {
	if f.Rule == RuleFailed {
		return w.Rule == f.Failed && w.Path == ""
	}
	switch {
	case w.Rule != f.Rule || isFinal(f.Rule) || w.Path != "" && w.Path != f.Path:
		return false
	case f.Path != "" && w.Paths != nil:
		return w.Paths[f.Path]
	case f.Commit != git.ZeroID && w.Commit != git.ZeroID:
		return f.Commit == w.Commit
	}
	return true
}
