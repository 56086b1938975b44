package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"mgit/internal/git"
)

// What mgit last pushed to a repository, or found there as it is here, is kept in
// references of this clone:
//
//	refs/mgit/pushed/<repository>/heads/<branch there>
//
// They keep the commits, so that what somebody has taken back can still be shown.
// They are not in the journal: what was pushed stays pushed, whatever is undone.
// Losing them is safe, since then only what the branch's own history and reflog
// tell counts as integrated.

// pushedPrefix is below what the records for a repository stand. A URL is no name
// for a reference, so its hash stands for it.
func (d *destination) pushedPrefix() string {
	sum := sha256.Sum256([]byte(d.key))
	return "refs/mgit/pushed/" + hex.EncodeToString(sum[:8]) + "/"
}

// record is the reference that remembers what was pushed to ref.
func (d *destination) record(ref string) string {
	return d.pushedPrefix() + strings.TrimPrefix(ref, "refs/")
}

// readRecords reads what was last pushed to a repository.
func (p *pusher) readRecords(ctx context.Context, d *destination) error {
	refs, err := p.site.Repo.Refs(ctx, d.pushedPrefix())
	if err != nil {
		return err
	}
	d.records = make(map[string]git.ID)
	for _, r := range refs {
		d.records["refs/"+strings.TrimPrefix(r.Name, d.pushedPrefix())] = r.ID
	}
	return nil
}

// remember writes down what the repository has now, and moves the references that
// a fetch would move. The push is done: what goes wrong here is a warning.
func (p *pusher) remember(ctx context.Context, d *destination, refs []PushedRef) {
	var updates, tracking []git.RefUpdate
	for _, r := range refs {
		there := r.Outcome == PushPushed || r.Outcome == PushUpToDate && r.Old == r.New
		if !there || !strings.HasPrefix(r.To, "refs/heads/") {
			continue
		}
		if old := d.records[r.To]; old != git.ID(r.New) {
			updates = append(updates, git.RefUpdate{Name: d.record(r.To), Old: old, New: git.ID(r.New)})
		}
		name := d.tracking(r.To)
		if old := p.site.refs.ref[name].ID; name != "" && old != git.ID(r.New) {
			tracking = append(tracking, git.RefUpdate{Name: name, Old: old, New: git.ID(r.New)})
		}
	}
	if err := p.makeRoom(ctx, d, updates); err != nil {
		p.warn("push-record", err)
		return
	}
	if err := p.site.Repo.UpdateRefs(ctx, updates, "mgit: push"); err != nil {
		p.warn("push-record", err)
	}
	for _, u := range tracking {
		// A fetch that came first knows as much.
		_ = p.site.Repo.UpdateRefs(ctx, []git.RefUpdate{u}, "mgit: push")
	}
}

func (p *pusher) warn(id string, err error) {
	p.report.Warnings = append(p.report.Warnings, Warning{id, fmt.Sprintf("what was pushed could not be written down: %v", err)})
}

// makeRoom deletes records of branches that cannot be there any more, since what
// was pushed is a folder of them, or below them: "a" and "a/b" exclude each other
// at the remote as here.
func (p *pusher) makeRoom(ctx context.Context, d *destination, updates []git.RefUpdate) error {
	var gone []git.RefUpdate
	for _, ref := range sortedNames(d.records) {
		old := d.record(ref)
		for _, u := range updates {
			if strings.HasPrefix(u.Name, old+"/") || strings.HasPrefix(old, u.Name+"/") {
				gone = append(gone, git.RefUpdate{Name: old, Old: d.records[ref]})
				break
			}
		}
	}
	return p.site.Repo.UpdateRefs(ctx, gone, "mgit: push")
}
