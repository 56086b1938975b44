package job

import (
	"encoding/json"
	"slices"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// AssembleReport is what became of a target. Until it is applied it exists in
// memory only.
type AssembleReport struct {
	Target string `json:"target"`
	Base   Commit `json:"base"`
	// UpstreamTag is the newest tag of upstream that is merged, or where that has
	// none the commit's short id; "" for nothing beyond the base.
	UpstreamTag string `json:"upstream_tag"`
	Upstream    ID     `json:"upstream"`
	OldTip      ID     `json:"old_tip"` // null: it was not built yet
	NewTip      ID     `json:"new_tip"`
	Fresh       bool   `json:"fresh"`
	// Joined says that the target was made afresh and committed on top of its old
	// tip, so that those who follow it can fast-forward.
	Joined bool   `json:"joined"`
	From   string `json:"from"` // the target whose tips were taken, "" for none

	Merged    []MergedStep     `json:"merged"`
	Missing   []MissingBranch  `json:"missing"`
	Strangers []StrangerCommit `json:"strangers"`
	LeftOut   []LeftOutOf      `json:"left_out"`

	Warnings []Warning `json:"-"`

	plan    *AssemblePlan
	scratch *git.Scratch
	result  *assemble.Result
}

// MergedStep is a branch, or a tag of upstream, and what became of it.
type MergedStep struct {
	Branch   string `json:"branch"`
	Upstream bool   `json:"upstream"` // it is a tag of upstream
	Tip      ID     `json:"tip"`
	Commit   ID     `json:"commit"`  // the merge; null where nothing was merged
	Outcome  string `json:"outcome"` // clean, resolved, unchanged, conflict, held, failed
	Reason   string `json:"reason"`

	Conflicts []ConflictIn `json:"conflicts"`
	// Against are the branches in the target that change a path in conflict.
	Against     []string `json:"against"`
	Resolutions []string `json:"resolutions"`
	Rebuild     Paths    `json:"rebuild"`
}

// ConflictIn is a path of a merge that Git could not merge.
type ConflictIn struct {
	Path Path   `json:"path"`
	Kind string `json:"kind"`
	// Proposals are the places that a path may have which has no certain one in the
	// layout of the target.
	Proposals Paths `json:"proposals,omitempty"`
}

// MissingBranch is a branch that belongs to a target and is not in it, or not as
// it is now.
type MissingBranch struct {
	Branch  string `json:"branch"`
	Tip     ID     `json:"tip"`
	Has     ID     `json:"has"`     // the older state that is in; null for none
	Commits int    `json:"commits"` // own commits of the branch that are not in
	Reason  string `json:"reason"`
}

// StrangerCommit is a commit of a target that no branch explains.
type StrangerCommit struct {
	// Kind is "commit" (made on the target itself), "branch" (one that does not
	// belong to it), "merge" (of commits that no branch has) or "content" (a merge
	// with content that Git would not have made).
	Kind    string `json:"kind"`
	Commit  ID     `json:"commit"`
	Subject string `json:"subject"`
	Branch  string `json:"branch"` // what was merged, where it is a branch that does not belong to it
	Reason  string `json:"reason"`
	Paths   Paths  `json:"paths"`
}

// isIn reports whether the target has the step.
func (m MergedStep) isIn() bool { return isIn(assemble.Outcome(m.Outcome)) }

func isIn(outcome assemble.Outcome) bool {
	return outcome == assemble.Clean || outcome == assemble.Settled || outcome == assemble.Unchanged
}

// NeedsPerson reports whether something was left out: exit code 4.
func (r *AssembleReport) NeedsPerson() bool {
	return slices.ContainsFunc(r.Merged, func(m MergedStep) bool { return !m.isIn() })
}

// Count is how many steps have an outcome.
func (r *AssembleReport) Count(outcome assemble.Outcome) int {
	n := 0
	for _, m := range r.Merged {
		if m.Outcome == string(outcome) {
			n++
		}
	}
	return n
}

// MarshalJSON adds path_b64 where the path is not UTF-8.
func (c ConflictIn) MarshalJSON() ([]byte, error) {
	type plain struct {
		Path  string `json:"path"`
		Bytes string `json:"path_b64,omitempty"`
		Kind  string `json:"kind"`

		Proposals Paths `json:"proposals,omitempty"`
	}
	p := plain{Kind: c.Kind, Proposals: c.Proposals}
	p.Path, p.Bytes = pathJSON(string(c.Path))
	return json.Marshal(p)
}
