package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/remote"
)

// SyncReport is what bringing the mgit branch together with the internal
// remotes did.
type SyncReport struct {
	Old           ID             `json:"old"`
	New           ID             `json:"new"`
	Remotes       []SyncedRemote `json:"remotes"`
	Disagreements []Disagreement `json:"disagreements"` // that this sync found
	Disputes      []Dispute      `json:"disputes"`      // all that wait for somebody to choose
}

// SyncedRemote is one internal remote.
type SyncedRemote struct {
	Name   string `json:"name"`
	Old    ID     `json:"old"`    // its mgit branch before; null: it had none
	Pulled bool   `json:"pulled"` // it had something new
	Pushed bool   `json:"pushed"`
}

// UnreachableError says that a remote could not be reached. What is local is
// complete. It ends mgit with exit code 9.
type UnreachableError struct {
	Remote string
	Err    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("remote %s could not be reached: %v", e.Remote, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// syncTries is how often sync merges again because somebody pushed meanwhile.
const syncTries = 5

// Sync fetches the mgit branch of the internal remotes, merges it entry by
// entry, and pushes the result there. Nothing else is fetched or pushed. A dry
// run asks no remote and merges what was fetched before.
func Sync(ctx context.Context, site *Site, dryRun bool) (*SyncReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	if len(site.internal) == 0 {
		return nil, &UsageError{
			Text: "no remote has the role internal, so there is nobody to share the mgit branch with",
			Hint: "mgit config show lists the remotes and their roles; mgit config trust confirms what a colleague set",
		}
	}
	report := &SyncReport{Disagreements: []Disagreement{}, Remotes: []SyncedRemote{}, Disputes: []Dispute{}}
	if dryRun {
		local := site.refs.commit(journal.SharedRef)
		report.Old = ID(local)
		merged, err := site.mergeRemotes(ctx, local, report, true)
		if err != nil {
			return report, err
		}
		report.New = ID(merged)
		report.Disputes, err = site.openDisputes(ctx, merged)
		return report, err
	}
	lock, err := site.Lock(ctx, "sync")
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	return report, site.sync(ctx, report)
}

// checkShareable refuses to share a ledger that cannot be read: it would stop everybody.
func (s *Site) checkShareable(ctx context.Context, tip git.ID) error {
	shared := *s
	shared.shared = tip
	_, err := shared.ledgers(ctx)
	return err
}

func (s *Site) sync(ctx context.Context, report *SyncReport) error {
	for try := range syncTries {
		has := make(map[string]bool)
		for _, name := range s.internal {
			var err error
			if has[name], err = s.fetchShared(ctx, name); err != nil {
				return err
			}
		}
		var err error
		if s.refs, err = readSnapshot(ctx, s.Repo); err != nil {
			return err
		}
		local := s.refs.commit(journal.SharedRef)
		if try == 0 {
			report.Old = ID(local)
		}
		report.Remotes = report.Remotes[:0]
		merged, err := s.mergeRemotes(ctx, local, report, false)
		if err != nil {
			return err
		}
		if err := s.checkShareable(ctx, merged); err != nil {
			return err
		}
		if merged != local {
			if err := s.Repo.Keep(ctx, merged); err != nil {
				return err
			}
			if err := journal.FastForward(ctx, s.Repo, journal.SharedRef, local, merged, "mgit: sync"); err != nil {
				return fmt.Errorf("move the mgit branch: %w", err)
			}
		}
		report.New = ID(merged)
		for i := range report.Remotes {
			if r := &report.Remotes[i]; !has[r.Name] { // or not any more: what was fetched from it before was merged, too
				r.Old = ID(git.ZeroID)
			}
		}
		if report.Disputes, err = s.openDisputes(ctx, merged); err != nil {
			return err
		}
		again, err := s.pushShared(ctx, merged, report)
		if err != nil || !again {
			return err
		}
	}
	return fmt.Errorf("somebody pushed the mgit branch %d times while it was merged; try again", syncTries)
}

func trackingShared(remoteName string) string { return "refs/remotes/" + remoteName + "/mgit" }

// fetchShared fetches the mgit branch of a remote, and reports whether it has one. One that was fetched before is
// not asked for again: to most remotes the second connection takes longer than all else.
func (s *Site) fetchShared(ctx context.Context, name string) (has bool, err error) {
	out, err := s.Repo.Cmd("ls-remote", "--heads", "--", name, journal.SharedRef).Output(ctx)
	if err != nil {
		return false, &UnreachableError{Remote: name, Err: err}
	}
	tip, _, has := strings.Cut(string(out), "\t")
	if !has || tip == s.refs.commit(trackingShared(name)).String() {
		return has, nil
	}
	err = s.Repo.Cmd("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", name,
		"+"+journal.SharedRef+":"+trackingShared(name)).Run(ctx)
	if err != nil {
		return has, &UnreachableError{Remote: name, Err: err}
	}
	return has, nil
}

// mergeRemotes merges the fetched mgit branches into local and returns the
// result, to which no reference is moved yet. A dry run merges each remote for
// itself and stays on local: it may not write the merge that a second remote
// would be merged with.
func (s *Site) mergeRemotes(ctx context.Context, local git.ID, report *SyncReport, dryRun bool) (git.ID, error) {
	for _, name := range s.internal {
		theirs := s.refs.commit(trackingShared(name))
		synced := SyncedRemote{Name: name, Old: ID(theirs)}
		if theirs != git.ZeroID && theirs != local {
			bases, err := s.Repo.MergeBases(ctx, local, theirs)
			if err != nil {
				return local, err
			}
			switch {
			case len(bases) > 0 && bases[0] == theirs: // nothing new
			case len(bases) > 0 && bases[0] == local:
				local, synced.Pulled = theirs, true
			case len(bases) == 0:
				return local, fmt.Errorf("the mgit branch of %s has another root than the local one; they are not of one site", name)
			default:
				who, err := s.Repo.Ident(ctx)
				if err != nil {
					return local, err
				}
				merged, disagreements, err := s.mergeShared(ctx, local, theirs, bases, who)
				if err != nil {
					return local, fmt.Errorf("with the mgit branch of %s: %w", name, err)
				}
				synced.Pulled = true
				report.Disagreements = append(report.Disagreements, disagreements...)
				if dryRun {
					break
				}
				// A second remote is merged on top of the first, so this one
				// has to be a real object.
				if err := s.Repo.Keep(ctx, merged); err != nil {
					return local, err
				}
				local = merged
			}
		}
		report.Remotes = append(report.Remotes, synced)
	}
	return local, nil
}

// pushShared pushes the mgit branch to every internal remote that lacks it.
// again is true when one of them has moved since it was fetched.
func (s *Site) pushShared(ctx context.Context, tip git.ID, report *SyncReport) (again bool, err error) {
	byName := make(map[string]remote.Remote)
	for _, r := range remotes(s.git) {
		byName[r.Name] = r
	}
	for i := range report.Remotes {
		r := &report.Remotes[i]
		if git.ID(r.Old) == tip {
			continue
		}
		if err := s.roles.MayPush(byName[r.Name], remote.Item{Ref: journal.SharedRef, Kind: remote.State}); err != nil {
			return false, err
		}
		// No force: the branch only ever moves forward.
		err := s.Repo.Cmd("push", "--quiet", "--no-follow-tags", "--", r.Name, tip.String()+":"+journal.SharedRef).Run(ctx)
		var exit *git.ExitError
		switch {
		case err == nil:
			r.Pushed = true
		case errors.As(err, &exit) && pushedMeanwhile(exit.Stderr):
			return true, nil
		case errors.As(err, &exit) && strings.Contains(exit.Stderr, "[remote rejected]"):
			return false, fmt.Errorf("remote %s does not take the mgit branch: %s", r.Name, strings.TrimSpace(exit.Stderr))
		default:
			return false, &UnreachableError{Remote: r.Name, Err: err}
		}
	}
	return false, nil
}

// pushedMeanwhile tells from what git push said whether the branch at the remote
// has moved since it was fetched, or is moving right now. What a hook or a
// setting of the remote refuses would be refused again.
func pushedMeanwhile(stderr string) bool {
	for _, sign := range []string{"[rejected]", "(failed to update ref)", "(cannot lock ref", "(incorrect old value provided)"} {
		if strings.Contains(stderr, sign) {
			return true
		}
	}
	return false
}
