package job

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/debian"
	"mgit/internal/git"
)

// entry is the changelog's entry of the package: the release, Moodle where that
// is newer, and the branches that changed since the release packaged before.
func (r *PackageReport) entry(ctx context.Context) (debian.Entry, error) {
	last := r.entries[0]
	version, err := debian.ParseVersion(r.Version)
	if err != nil {
		return debian.Entry{}, err
	}
	e := debian.Entry{
		Source: r.Source, Version: version, Distributions: last.Distributions, Metadata: last.Metadata,
		Maintainer: fmt.Sprintf("%s <%s>", r.who.Name, r.who.Email), Date: r.who.When,
	}
	m := r.found.manifest
	if err := r.compare(ctx); err != nil {
		return e, err
	}
	text := fmt.Sprintf("Release %s: Moodle %s.", r.Release, strings.TrimPrefix(m.Upstream.Name, "v"))
	e.Changes = debian.Bullet(visibleText(text))
	for _, b := range r.Branches {
		e.Changes = append(e.Changes, debian.Bullet(visibleText(changeText(b)))...)
	}
	for _, o := range r.others {
		word := map[string]string{BranchCame: "new", BranchWent: "removed"}[o.Change]
		text := strings.TrimRight(o.Subject, ".")
		e.Changes = append(e.Changes, debian.Bullet(visibleText(fmt.Sprintf("By no branch: %s, %s (%s).", text, word, o.Commit.Short())))...)
	}
	if len(r.Branches)+len(r.others) == 0 && r.Since != "" {
		e.Changes = append(e.Changes, debian.Bullet("No branch changed since "+r.Since+".")...)
	}
	return e, nil
}

// changeText is what became of a branch, in a sentence.
func changeText(b BranchChange) string {
	word := map[string]string{BranchCame: "new", BranchWent: "removed", BranchChanged: "changed"}[b.Change]
	text := b.Branch + ": " + word
	if b.Ticket != "" {
		text += " (" + b.Ticket + ")"
	}
	if b.Why != "" {
		text += ". " + strings.TrimRight(oneLine(b.Why), ".")
	}
	return text + "."
}

// visibleText writes what stands in a name or a reason so that it can stand in any
// file of text.
func visibleText(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if !isPlain(w) && !strings.ContainsAny(w, `"\`) {
			words[i] = ShowPath(w)
		}
	}
	return strings.Join(words, " ")
}

// compare finds what changed since the release that was packaged before: the
// newest one that the packaging branch has.
func (r *PackageReport) compare(ctx context.Context) error {
	tags, err := r.site.releaseTags(ctx)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if tag.manifest == nil || tag.name == r.Release || tag.manifest.Commit == r.found.manifest.Commit {
			continue
		}
		missing, err := r.site.Repo.RevList(ctx, []git.ID{tag.ref.Peeled}, []git.ID{git.ID(r.OldTip)})
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			continue
		}
		d, err := DiffReleases(ctx, r.site, ReleaseDiffRequest{From: tag.name, To: r.Release})
		if err != nil {
			return err
		}
		r.Since, r.Branches, r.others = tag.name, d.Branches, d.Others
		return nil
	}
	return nil
}
