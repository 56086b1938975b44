package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/resolution"
)

// ResolutionInfo is a recorded resolution: whence it comes, and what it is about.
type ResolutionInfo struct {
	ID         string    `json:"id"`     // Git's name of the conflict, with the variant behind a dot
	Branch     string    `json:"branch"` // that conflicted, by its new name
	From       string    `json:"from"`   // a tag, or a commit
	FromCommit ID        `json:"from_commit"`
	Onto       string    `json:"onto"`
	OntoCommit ID        `json:"onto_commit"`
	Commit     ID        `json:"commit"` // that conflicted
	Result     ID        `json:"result"` // what it became
	Paths      Paths     `json:"paths"`
	Author     string    `json:"author"`
	Note       string    `json:"note"`
	Created    time.Time `json:"created"`
	// Unusable says why it is not used; "" where it is.
	Unusable string `json:"unusable"`

	resolution resolution.Resolution
}

// Conflict is the conflicted file as rerere keeps it, and Outcome what a person made of
// it.
func (r ResolutionInfo) Conflict() []byte { return r.resolution.Preimage }

// Outcome is what a person made of the conflict.
func (r ResolutionInfo) Outcome() []byte { return r.resolution.Postimage }

// Resolutions lists the recorded resolutions of the mgit branch, newest first.
func Resolutions(ctx context.Context, site *Site) ([]ResolutionInfo, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	set, err := site.readResolutions(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]ResolutionInfo, 0, len(set))
	for _, r := range set {
		m := r.Meta
		info := ResolutionInfo{
			ID: r.Name(), Branch: m.Branch, From: m.From, FromCommit: idOf(m.Base), Onto: m.Onto, OntoCommit: idOf(m.Target),
			Commit: idOf(m.Commit), Result: idOf(m.Result), Paths: append(Paths{}, m.Paths...),
			Author: m.Author, Note: m.Note, Created: m.Created, resolution: r,
		}
		if err := r.Check(); err != nil {
			info.Unusable = err.Error()
		}
		all = append(all, info)
	}
	slices.SortStableFunc(all, func(a, b ResolutionInfo) int { return b.Created.Compare(a.Created) })
	return all, nil
}

// idOf reads an id that may be missing or nonsense.
func idOf(text string) ID {
	id, err := git.ParseID(text)
	if err != nil {
		return ID{}
	}
	return ID(id)
}

// FindResolution finds a recorded resolution by its id or the beginning of it. The error
// is a *UsageError where that fits none or several.
func FindResolution(ctx context.Context, site *Site, id string) (*ResolutionInfo, error) {
	all, err := Resolutions(ctx, site)
	if err != nil {
		return nil, err
	}
	return chooseResolution(all, id)
}

func chooseResolution(all []ResolutionInfo, id string) (*ResolutionInfo, error) {
	var found []ResolutionInfo
	for _, r := range all {
		if r.ID == id {
			return &r, nil
		}
		if id != "" && strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, &UsageError{Text: fmt.Sprintf("there is no recorded resolution %q", id), Hint: "mgit resolutions lists them"}
	}
	return nil, &UsageError{Text: fmt.Sprintf("%q fits %d recorded resolutions", id, len(found)), Hint: "give more of its digits, and the number behind the dot"}
}

// ForgetResolutions takes recorded resolutions from the mgit branch, as one run: they are
// not used any more. What git's own rerere has in a clone stays there.
func ForgetResolutions(ctx context.Context, site *Site, ids []string, dryRun bool) (forgotten []ResolutionInfo, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	command := "resolutions forget " + strings.Join(ids, " ")
	release, lock, err := site.lockShared(ctx, command, dryRun)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	all, err := Resolutions(ctx, site)
	if err != nil {
		return nil, 0, err
	}
	var gone resolution.Set
	for _, id := range ids {
		r, err := chooseResolution(all, id)
		if err != nil {
			return nil, 0, err
		}
		if !slices.ContainsFunc(forgotten, func(o ResolutionInfo) bool { return o.ID == r.ID }) {
			forgotten, gone = append(forgotten, *r), append(gone, r.resolution)
		}
	}
	files, err := gone.Files()
	if err != nil || dryRun {
		return forgotten, 0, err
	}
	var edit sharedEdit
	for _, name := range sortedNames(files) {
		present, err := site.readShared(ctx, name)
		if err != nil {
			return nil, 0, err
		}
		if present != nil {
			edit.Files = append(edit.Files, changeFile(name, present, nil))
		}
	}
	run, err = site.applyEdit(ctx, lock, command, nil, edit)
	return forgotten, run, err
}
