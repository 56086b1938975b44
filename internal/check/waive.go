package check

import (
	"bytes"
	"context"
	"slices"

	"mgit/internal/git"
)

// Waiver lets the findings of one rule pass, once.
type Waiver struct {
	Rule   string
	Reason string // "" where none was asked
	// Commit is the one whose trailer says it, zero while that is being made and for a flag.
	Commit git.ID
	// By is "flag" or "trailer".
	By string
	// Touched narrows it to what a commit changes: these files, and of their lines that are new those that it adds.
	// Nil is all.
	Touched []*File
}

// The places where a waiver is said.
const (
	ByFlag    = "flag"
	ByTrailer = "trailer"
)

// waive says of the findings who let them pass, and which waivers were for nothing.
func (r *run) waive(ctx context.Context, out *Result) error {
	used := make([]bool, len(r.request.Waivers))
	for i := range out.Findings {
		f := &out.Findings[i]
		for k := range r.request.Waivers {
			w := &r.request.Waivers[k]
			if !waives(w, f) {
				continue
			}
			covers, err := r.covers(ctx, w, f)
			if err != nil {
				return err
			}
			if covers {
				f.Waived, used[k] = w, true
				break
			}
		}
	}
	for k, w := range r.request.Waivers {
		if !used[k] {
			out.Unused = append(out.Unused, w)
		}
	}
	return nil
}

// waives reports whether a waiver is meant for a finding. That a rule failed is waived like its findings, by its id.
// What one commit says is no excuse for what another does.
func waives(w *Waiver, f *Finding) bool {
	switch {
	case f.Rule == RuleFailed:
		return w.Rule == f.Failed
	case w.Rule != f.Rule || isFinal(f.Rule):
		return false
	case f.Commit != git.ZeroID && w.Commit != git.ZeroID:
		return f.Commit == w.Commit
	}
	return true
}

// covers reports whether the commit of a waiver has changed what the finding is about: the file, and where the finding is at a
// line that the change as a whole adds, a line like that. A rule that failed has not judged any file, so that only a commit
// which changes them all covers that.
func (r *run) covers(ctx context.Context, w *Waiver, f *Finding) (bool, error) {
	if w.Touched != nil && f.Rule == RuleFailed {
		isLeft := func(judged *File) bool { return fileAt(w.Touched, judged.Path) == nil }
		return !slices.ContainsFunc(r.request.Subject.Files, isLeft), nil
	}
	if w.Touched == nil || f.Path == "" {
		return true, nil
	}
	touched := fileAt(w.Touched, f.Path)
	judged := fileAt(r.request.Subject.Files, f.Path)
	if touched == nil || judged == nil || touched == judged || f.Line == 0 {
		return touched != nil, nil
	}
	ours, err := r.added(ctx, judged)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(ours, func(l Line) bool { return l.Number == f.Line })
	if i < 0 {
		return true, nil
	}
	theirs, err := r.added(ctx, touched)
	return slices.ContainsFunc(theirs, func(l Line) bool { return bytes.Equal(l.Text, ours[i].Text) }), err
}

func fileAt(files []*File, path string) *File {
	i := slices.IndexFunc(files, func(f *File) bool { return f.Path == path })
	if i < 0 {
		return nil
	}
	return files[i]
}

// added are the lines that a file gets, whose content may have been let go.
func (r *run) added(ctx context.Context, f *File) ([]Line, error) {
	if r.request.Load != nil && f.After.Data == nil && f.After.Unread == "" {
		if err := r.request.Load(ctx, []*File{f}); err != nil {
			return nil, err
		}
	}
	return f.Added(), nil
}
