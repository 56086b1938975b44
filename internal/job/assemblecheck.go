package job

import (
	"context"
	"fmt"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// TargetProof is what a target is made of, and what is wrong with that.
type TargetProof struct {
	AssembleReport
	Proven bool `json:"proven"` // nothing is wrong
	// Dropped is what somebody took out of the target that a branch, or upstream,
	// had brought in.
	Dropped []DroppedContent `json:"dropped"`
	// Ahead are branches of which the target has more than is wanted.
	Ahead []AheadBranch `json:"ahead"`
	// Undone are strangers that others took back, so that nothing is left of them.
	Undone []StrangerCommit `json:"undone"`
	// Settled are conflicts and how they were resolved, which is no fault.
	Settled []SettledPath `json:"settled"`
	// Contains are branches that reach others without requiring them: the target was
	// merged into them, say. They explain all that came with them.
	Contains []ContainingBranch `json:"contains"`
	// Unread are merges that could not be made again.
	Unread []UnreadMerge `json:"unread"`
}

// DroppedContent is what is missing of a branch at one path.
type DroppedContent struct {
	Branch   string `json:"branch"`
	Upstream bool   `json:"upstream"` // Branch is a tag of upstream
	Path     string `json:"path"`     // as JSON has it, see [ShowPath]
	Bytes    string `json:"path_b64,omitempty"`
	By       ID     `json:"by"` // the commit that took it out
	// Gone says that nothing of the branch is left there, All that this is so at
	// each of its paths.
	Gone bool `json:"gone"`
	All  bool `json:"all"`
	// Lines counts the lines of the branch that are missing.
	Lines int `json:"lines"`
}

// AheadBranch is a branch of which a target has more than is wanted.
type AheadBranch struct {
	Branch string `json:"branch"`
	Tip    ID     `json:"tip"` // as wanted
	Has    ID     `json:"has"`
}

// SettledPath is a path in conflict and how it was resolved.
type SettledPath struct {
	Branch string `json:"branch"`
	Commit ID     `json:"commit"`
	Path   string `json:"path"`
	Bytes  string `json:"path_b64,omitempty"`
	Side   string `json:"side"` // both, ours (the target's file alone) or theirs
}

// ContainingBranch is a branch that reaches others.
type ContainingBranch struct {
	Branch string   `json:"branch"`
	Others []string `json:"others"`
}

// UnreadMerge is a merge that could not be made again.
type UnreadMerge struct {
	Commit ID     `json:"commit"`
	Reason string `json:"reason"`
}

// CheckTarget proves a target: every branch that belongs to it is in with its tip,
// nothing is in that no branch explains, and nothing was taken out. It makes every
// merge of the target again and compares contents; it writes nothing.
//
// With From, what that target has is wanted, in place of the branches as they are
// now. The errors are those of [PlanAssemble].
func CheckTarget(ctx context.Context, site *Site, request AssembleRequest) (*TargetProof, error) {
	plan, err := PlanAssemble(ctx, site, request)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	r := plan.recipe
	if plan.start == git.ZeroID {
		return nil, &UsageError{Text: r.target.Raw + " is not built yet", Hint: "mgit assemble " + r.target.Short}
	}
	line, err := r.readLine(ctx, site, plan.scratch, plan.start, false)
	if err != nil {
		return nil, err
	}
	proof, err := line.Prove(ctx, plan.scratch, site.Repo, plan.steps)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", r.target.Raw, err)
	}
	return plan.reportProof(line, proof), nil
}

func (p *AssemblePlan) reportProof(line *assemble.Line, proof *assemble.Proof) *TargetProof {
	t := &TargetProof{
		AssembleReport: *p.emptyReport(), Proven: proof.OK(), Dropped: []DroppedContent{}, Ahead: []AheadBranch{},
		Undone: reportStrangers(proof.Undone), Settled: []SettledPath{}, Contains: []ContainingBranch{}, Unread: []UnreadMerge{},
	}
	t.NewTip, t.Strangers = t.OldTip, reportStrangers(proof.Strangers)
	t.findLeftOut()
	if up := p.recipe.upstreamIn(p.site, line); up.Tip != git.ZeroID {
		t.UpstreamTag, t.Upstream = upstreamName(up), ID(up.Tip)
	}
	for _, s := range line.Steps() {
		t.Merged = append(t.Merged, MergedStep{
			Branch: stepName(s), Upstream: s.Upstream, Tip: ID(s.Tip), Outcome: string(assemble.Unchanged),
			Conflicts: []ConflictIn{}, Against: []string{}, Resolutions: []string{}, Rebuild: Paths{},
		})
	}
	for _, m := range proof.Missing {
		t.Missing = append(t.Missing, MissingBranch{Branch: m.Name, Tip: ID(m.Tip), Has: ID(m.Has), Commits: m.Commits, Reason: whyMissing(m)})
	}
	for _, d := range proof.Dropped {
		lines := 0
		for _, l := range d.Lacks {
			lines += len(l.Lines)
		}
		path, raw := pathJSON(d.Path)
		t.Dropped = append(t.Dropped, DroppedContent{
			Branch: d.Branch, Upstream: d.Upstream, Path: path, Bytes: raw, By: ID(d.By), Gone: d.Gone, All: d.All, Lines: lines,
		})
	}
	for _, a := range proof.Ahead {
		t.Ahead = append(t.Ahead, AheadBranch{Branch: a.Name, Tip: ID(a.Tip), Has: ID(a.Has)})
	}
	for _, s := range proof.Decided {
		path, raw := pathJSON(s.Path)
		t.Settled = append(t.Settled, SettledPath{Branch: s.Branch, Commit: ID(s.Commit), Path: path, Bytes: raw, Side: string(s.Side)})
	}
	for _, c := range proof.Contains {
		t.Contains = append(t.Contains, ContainingBranch{Branch: c.Branch, Others: c.Others})
	}
	for _, u := range proof.Unread {
		t.Unread = append(t.Unread, UnreadMerge{Commit: ID(u.Commit), Reason: u.Err.Error()})
	}
	return t
}

// upstreamName is a tag, or where upstream's commit has none its short id.
func upstreamName(s assemble.Step) string {
	if s.Name != "" {
		return s.Name
	}
	return ID(s.Tip).Short()
}

// stepName is what reports call a step.
func stepName(s assemble.Step) string {
	if s.Upstream {
		return upstreamName(s)
	}
	return s.Name
}

func whyMissing(m assemble.Missing) string {
	if m.Has == git.ZeroID {
		return "it is not in"
	}
	return fmt.Sprintf("an older state is in, without %s of its commits", countWord(m.Commits))
}

func countWord(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprint(n)
}

func reportStrangers(all []assemble.Stranger) []StrangerCommit {
	found := []StrangerCommit{}
	for _, s := range all {
		c := StrangerCommit{Kind: string(s.Kind), Commit: ID(s.Commit), Subject: s.Subject, Branch: s.Branch, Paths: Paths{}}
		for _, e := range s.Edits {
			c.Paths = append(c.Paths, e.Path)
		}
		c.Reason = whyStrange(s)
		found = append(found, c)
	}
	return found
}

func whyStrange(s assemble.Stranger) string {
	switch s.Kind {
	case assemble.StrangeBranch:
		return fmt.Sprintf("%s is in it and does not belong to it", s.Branch)
	case assemble.StrangeMerge:
		if s.Named != "" {
			return fmt.Sprintf("it merges commits that no branch has; it calls them %s", s.Named)
		}
		return "it merges commits that no branch has"
	case assemble.StrangeContent:
		if s.Branch == "" {
			return "its content is not what Git makes of that merge"
		}
		return fmt.Sprintf("its content is not what Git makes of merging %s", s.Branch)
	}
	return "it was made on the target itself"
}
