package job

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/hunk"
	"mgit/internal/live"
	"mgit/internal/moodle"
)

// findLacking finds what the deployment target has of the branches and the tree
// lacks.
func (q *inquiry) findLacking(ctx context.Context, r *CorehackReport, hidden *hiding) error {
	target := q.claims.target()
	if target == "" {
		return nil
	}
	if deployed, err := q.isDeployment(ctx); err != nil || !deployed {
		return err
	}
	r.Target = target
	for _, name := range q.claims.paths() {
		if hidden.excludes(name) || q.isUnread(name) {
			continue
		}
		blob, err := q.claims.targetBlob(ctx, name)
		if err != nil {
			return fmt.Errorf("look at %s in %s: %w", ShowPath(name), target, err)
		}
		if file, _ := q.tree.File(name); file.ID == blob {
			continue // with both absent, the target has nothing to be missed
		}
		lacks, err := q.lacking(ctx, name)
		if err != nil {
			return fmt.Errorf("look for what %s lacks of %s: %w", ShowPath(name), target, err)
		}
		for _, l := range lacks {
			m := MissingChange{
				Place: At(name), Component: q.componentOf(name), Branch: l.By, Target: target,
				Start: l.Start, Lines: len(l.Lines), Removes: l.Removes, Partly: l.Partly,
			}
			if q.request.Lines {
				m.Added = showLines(l.Lines)
			}
			r.MissingFromLive = append(r.MissingFromLive, m)
		}
	}
	return nil
}

// isDeployment reports whether a tree is meant to have what the deployment target
// has: a live tree is, and so is a target. A work tree of this repository in which
// something else is checked out, any other branch, and a tag are not.
func (q *inquiry) isDeployment(ctx context.Context) (bool, error) {
	if q.tree.IsRef {
		return q.isTarget(q.tree.Name), nil
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
			return q.isTarget(w.Branch), nil
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
	changes, err := q.claims.deployedChanges(ctx, name)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	wanted, err := q.claims.targetFile(ctx, name)
	if err != nil {
		return nil, err
	}
	var content []byte
	if file, ok := q.tree.File(name); ok {
		if !isRegular(file.Mode) {
			return nil, nil // a finding of its own
		}
		if content, err = q.tree.Read(name, maxContent); err != nil {
			return nil, nil //nolint:nilerr // what cannot be read is listed as unread
		}
		content = append([]byte{}, content...)
	}
	return hunk.Lacking(content, wanted, changes), nil
}

// hiding is what a report leaves out: excluded paths, and what a baseline has.
type hiding struct {
	patterns corehack.Patterns
	known    map[string]bool
}

// newHiding reads a baseline, which is the JSON of an earlier report. The error
// is a *UsageError.
func newHiding(settings, request []string, baseline []byte) (*hiding, error) {
	patterns, err := corehack.ParsePatterns(append(append([]string{}, settings...), request...))
	if err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("a pattern of paths to leave out: %v", err)}
	}
	h := &hiding{patterns: patterns, known: make(map[string]bool)}
	if baseline == nil {
		return h, nil
	}
	var envelope struct {
		Result *struct {
			Findings []struct {
				Fingerprint string `json:"fingerprint"`
			} `json:"findings"`
			Missing []struct {
				Path    string `json:"path"`
				Branch  string `json:"branch"`
				Lines   int    `json:"lines"`
				Removes int    `json:"removes"`
			} `json:"missing_from_live"`
		} `json:"result"`
	}
	if err := json.Unmarshal(baseline, &envelope); err != nil || envelope.Result == nil {
		return nil, &UsageError{Text: "the baseline is not the JSON of an earlier report", Hint: "mgit corehack-report --json > baseline.json makes one"}
	}
	for _, f := range envelope.Result.Findings {
		h.known[f.Fingerprint] = true
	}
	for _, m := range envelope.Result.Missing {
		h.known[lackKey(m.Path, m.Branch, m.Lines, m.Removes)] = true
	}
	return h, nil
}

// lackKey names what is missing, without its place in the file.
func lackKey(path, branch string, lines, removes int) string {
	return fmt.Sprintf("%s\x00%s\x00%d\x00%d", path, branch, lines, removes)
}

func (h *hiding) excludes(name string) bool { return h.patterns.Match(name) }

// takeKnown takes out of a report what the baseline has.
func (h *hiding) takeKnown(r *CorehackReport) {
	var findings []Finding
	for _, f := range r.Findings {
		if h.known[f.Fingerprint] {
			r.Known++
			continue
		}
		findings = append(findings, f)
	}
	r.Findings = append([]Finding{}, findings...)
	lacking := r.MissingFromLive
	r.MissingFromLive = []MissingChange{}
	for _, m := range lacking {
		if h.known[lackKey(m.Path, m.Branch, m.Lines, m.Removes)] {
			r.Known++
			continue
		}
		r.MissingFromLive = append(r.MissingFromLive, m)
	}
}
