package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/live"
	"mgit/internal/moodle"
)

// findLacking finds what the deployment target has, of its branches or by itself,
// and the tree lacks.
func (q *inquiry) findLacking(ctx context.Context, r *CorehackReport, hidden *hiding) error {
	target := q.claims.target()
	if target == "" {
		return nil
	}
	deployed, err := q.isDeployment(ctx)
	if err != nil {
		return err
	}
	if !deployed {
		r.NotCompared = target
		return nil
	}
	r.Target = target
	for _, name := range q.claims.paths() {
		if q.isUnread(name) {
			continue
		}
		lacks, err := q.lacking(ctx, name)
		if errors.Is(err, errUnreadable) {
			r.Warnings = append(r.Warnings, Warning{
				ID:   "not-compared",
				Text: fmt.Sprintf("whether %s has what %s has is not known: %v", ShowPath(name), target, err),
			})
			continue
		}
		if err != nil {
			return fmt.Errorf("look for what %s lacks of %s: %w", ShowPath(name), target, err)
		}
		for _, l := range lacks {
			if hidden.excludes(name, false) {
				r.Excluded++
				continue
			}
			r.MissingFromLive = append(r.MissingFromLive, q.describeLack(name, l))
		}
	}
	return nil
}

func (q *inquiry) describeLack(name string, l hunk.Lack) MissingChange {
	m := MissingChange{
		Place: At(name), Component: q.componentOf(name), Branch: l.By, Target: q.claims.target(),
		Start: l.Start, Lines: len(l.Lines), Removes: l.Removes, Partly: l.Partly,
		Fingerprint: fingerprintOf("lacking", name, l.By, l.Lines, []string{strconv.Itoa(l.Removes)}),
	}
	if q.request.Lines && !corehack.IsSecret(name) {
		m.Added = showLines(l.Lines)
	}
	return m
}

// isDeployment reports whether a tree is meant to have what the deployment target
// has: a live tree is, and so is a target, by its name or checked out at one of its
// commits. Any other branch, tag or work tree of this repository is not.
func (q *inquiry) isDeployment(ctx context.Context) (bool, error) {
	if q.tree.IsRef {
		return q.isTarget(q.tree.Name) || q.claims.isDeployed(q.tree.CommitID), nil
	}
	if !q.hasOwnRepository() {
		return true, nil
	}
	worktrees, err := q.site.Repo.Worktrees(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range worktrees {
		if isSameFolder(w.Path, q.tree.Name) {
			return q.isTarget(w.Branch) || q.claims.isDeployed(q.tree.CommitID), nil
		}
	}
	return true, nil
}

// isTarget reports whether a branch, in short or in full, here or at a remote, is a
// target.
func (q *inquiry) isTarget(name string) bool {
	name = shortBranch(name)
	for _, remote := range q.site.internal {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "refs/remotes/"), remote+"/")
	}
	_, err := q.site.Scheme.ParseTarget(name)
	return err == nil
}

func isSameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// isUnread reports whether nothing is known of what stands at a path: it, or a
// folder that it lies in, was not read.
func (q *inquiry) isUnread(name string) bool {
	return slices.ContainsFunc(q.result.Unread, func(u live.Unread) bool {
		return u.Path == name || strings.HasPrefix(name, u.Path+"/")
	})
}

// componentOf is the component that owns a path by the pin's layout; core where
// Moodle would not look.
func (q *inquiry) componentOf(name string) string {
	c, _, ok := q.layout.ComponentOf(name)
	if !ok {
		return moodle.CoreType
	}
	return c.String()
}

func (q *inquiry) lacking(ctx context.Context, name string) ([]hunk.Lack, error) {
	blob, err := q.claims.targetBlob(ctx, name)
	if err != nil {
		return nil, err
	}
	file, there := q.tree.File(name)
	if there == (blob != git.ZeroID) && file.ID == blob {
		return nil, nil
	}
	changes, err := q.claims.deployedChanges(ctx, name)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	wanted, err := q.claims.targetFile(ctx, name)
	if err != nil {
		return nil, err
	}
	var content []byte
	if there {
		if !isRegular(file.Mode) {
			return nil, fmt.Errorf("%w: it is a link", errUnreadable)
		}
		if content, err = q.tree.Read(name, maxContent); err != nil {
			return nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		content = append([]byte{}, content...)
	}
	return hunk.Lacking(content, wanted, changes), nil
}

// hiding is what a report leaves out: excluded paths, and what a baseline has.
type hiding struct {
	patterns corehack.Patterns
	findings map[string]bool // by fingerprint; true where it was an orphan already
	lacks    map[string]bool // by fingerprint
	unread   map[string]bool // by path and reason
}

// baseline is what of an earlier report says what is known.
type baseline struct {
	Command string `json:"command"`
	Result  *struct {
		Findings []struct {
			Fingerprint string `json:"fingerprint"`
			Orphan      bool   `json:"orphan"`
		} `json:"findings"`
		Missing []struct {
			Fingerprint string `json:"fingerprint"`
		} `json:"missing_from_live"`
		Unread []struct {
			Path   string `json:"path"`
			Reason string `json:"reason"`
		} `json:"unread"`
	} `json:"result"`
}

// newHiding reads a baseline, which is the JSON of an earlier report. The error
// is a *UsageError.
func newHiding(settings, request []string, data []byte) (*hiding, error) {
	patterns, err := corehack.ParsePatterns(slices.Concat(settings, request))
	if err != nil {
		return nil, &UsageError{Text: err.Error(), Hint: "patterns are as in a .gitignore"}
	}
	h := &hiding{patterns: patterns, findings: make(map[string]bool), lacks: make(map[string]bool), unread: make(map[string]bool)}
	if data == nil {
		return h, nil
	}
	var b baseline
	if err := json.Unmarshal(data, &b); err != nil || b.Result == nil || b.Command != "corehack-report" || b.Result.Findings == nil {
		return nil, &UsageError{Text: "the baseline is not the JSON of an earlier report", Hint: "mgit corehack-report --json > baseline.json makes one"}
	}
	for _, f := range b.Result.Findings {
		h.findings[f.Fingerprint] = h.findings[f.Fingerprint] || f.Orphan
	}
	for _, m := range b.Result.Missing {
		h.lacks[m.Fingerprint] = true
	}
	for _, u := range b.Result.Unread {
		h.unread[u.Path+"\x00"+u.Reason] = true
	}
	return h, nil
}

func (h *hiding) excludes(name string, isFolder bool) bool {
	if isFolder {
		return h.patterns.MatchDir(name)
	}
	return h.patterns.Match(name)
}

// knows reports whether the baseline has a finding: with the same content, and as
// an orphan where it is one now.
func (h *hiding) knows(f Finding) bool {
	wasOrphan, known := h.findings[f.Fingerprint]
	return known && f.Fingerprint != "" && (wasOrphan || !f.Orphan)
}

// takeKnown takes out of a report what the baseline has.
func (h *hiding) takeKnown(r *CorehackReport) {
	before := len(r.Findings) + len(r.MissingFromLive) + len(r.Unread)
	r.Findings = slices.DeleteFunc(r.Findings, h.knows)
	r.MissingFromLive = slices.DeleteFunc(r.MissingFromLive, func(m MissingChange) bool { return h.lacks[m.Fingerprint] })
	unread := len(r.Unread)
	r.Unread = slices.DeleteFunc(r.Unread, func(u UnreadFile) bool { return h.unread[u.Path+"\x00"+u.Reason] })
	if unread > 0 && len(r.Unread) == 0 {
		r.Counts.Unread = 0
	}
	r.Known = before - len(r.Findings) - len(r.MissingFromLive) - len(r.Unread)
}

// takeExcluded takes out what was not read and is excluded.
func (h *hiding) takeExcluded(r *CorehackReport) {
	before := len(r.Unread)
	r.Unread = slices.DeleteFunc(r.Unread, func(u UnreadFile) bool { return h.excludes(u.Raw, u.Dir) })
	r.Excluded += before - len(r.Unread)
	if before > 0 && len(r.Unread) == 0 {
		r.Counts.Unread = 0
	}
}
