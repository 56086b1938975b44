package job

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"mgit/internal/remote"
)

// The push guard is mgit's pre-push hook, which `mgit init` installs by itself where a remote is public: one of
// those of `mgit hooks`.

// guardEdit installs or removes hooks.
//
// For which program is not in the journal: a run could come from
// elsewhere, and a hook is a program.
type guardEdit struct {
	Install bool `json:"install"`
	// Names are the hooks that are concerned; none: the push guard.
	Names []string `json:"names,omitempty"`
	// Dir is the folder in which they were: absolute, or from the folder that the clone's worktrees share where it is in there, since
	// a clone can be moved; "" in runs of an older mgit. Nothing is done in it because it stands here: undo leaves alone what is in
	// another one.
	Dir string `json:"dir,omitempty"`

	plan *hooksPlan // what was planned; nil for an edit that was read from the journal
}

func (e *guardEdit) reverse() *guardEdit {
	if e == nil {
		return nil
	}
	return &guardEdit{Install: !e.Install, Names: e.Names, Dir: e.Dir}
}

// guardDir is the folder of a plan as an edit has it.
func (s *Site) guardDir(p *hooksPlan) string {
	if inside, err := filepath.Rel(s.Repo.CommonDir(), p.place.dir); err == nil && filepath.IsLocal(inside) {
		return inside
	}
	return p.place.dir
}

// applyGuard installs or removes hooks. One that was read from the journal takes back what another run did, as far as that
// is still there and nothing else is in the way.
func (s *Site) applyGuard(ctx context.Context, e *guardEdit) error {
	if e == nil {
		return nil
	}
	p := e.plan
	if p == nil {
		dir := e.Dir
		if dir != "" && !filepath.IsAbs(dir) {
			dir = filepath.Join(s.Repo.CommonDir(), dir)
		}
		names := e.Names
		if len(names) == 0 {
			names = []string{hookPrePush}
		}
		isUnknown := func(name string) bool { return !slices.Contains(knownHooks(), name) }
		if names = slices.DeleteFunc(slices.Clone(names), isUnknown); len(names) == 0 {
			return nil
		}
		var err error
		if p, err = s.planHooks(ctx, HooksRequest{Names: names}); err != nil {
			return err
		}
		if own := p.place.own; !e.Install && own != "" && p.isElsewhere(dir, own) {
			// A setting sends git elsewhere, since the run perhaps: then its hooks are in the clone's own folder.
			if p, err = s.planHooks(ctx, HooksRequest{Names: names, Into: own}); err != nil {
				return err
			}
		}
		if !e.Install && dir != "" && p.place.dir != dir && !isSameFolder(p.place.dir, dir) {
			return closedHooks(fmt.Sprintf("the run installed hooks in %s, where Git looks for none here now, and they are still there", dir),
				fmt.Sprintf("`mgit hooks remove --into %s` takes them away; all else of the run is taken back", shellName(dir)))
		}
		if p.place.closed != nil {
			return nil // others have these hooks, too
		}
		if !e.Install {
			p.remove()
		} else if p.install() != nil {
			return nil // somebody has set up hooks of another kind since
		}
	}
	return p.write()
}

// isElsewhere reports whether hooks that are to be taken away were put into the clone's own folder and not where p looks. dir is
// where a run has put them; "" where that is not known.
func (p *hooksPlan) isElsewhere(dir, own string) bool {
	if dir != "" {
		return dir == own || isSameFolder(dir, own)
	}
	return p.place.closed != nil || !p.hasOurs()
}

// Guard says how the push guard stands.
type Guard struct {
	State  string `json:"state"` // one of the constants below
	Reason string `json:"reason"`
	Hook   string `json:"hook"` // the file; "" where none is needed

	edit *guardEdit
}

// The states of the push guard.
const (
	GuardNotNeeded = "not-needed" // no remote is public
	GuardPresent   = "present"
	GuardProposed  = "proposed" // will be installed
	GuardMissing   = "missing"  // cannot be installed here
)

// guardFor says what is to be done so that git push asks mgit first.
func (s *Site) guardFor(ctx context.Context, hasPublic bool, program string) (Guard, error) {
	if !hasPublic {
		return Guard{State: GuardNotNeeded, Reason: "no remote is public"}, nil
	}
	p, err := s.planHooks(ctx, HooksRequest{Names: []string{hookPrePush}, Program: program})
	if err != nil {
		return Guard{}, err
	}
	h := &p.report.Hooks[0]
	g := Guard{State: GuardProposed, Hook: h.File, Reason: "a remote is public"}
	switch h.State {
	case HookInstalled, HookOutdated:
		return Guard{State: GuardPresent, Hook: h.File, Reason: "the hook is there"}, nil
	case HookCalls:
		return Guard{State: GuardPresent, Hook: h.File, Reason: h.Reason}, nil
	case HookChanged:
		if isProgram(h.File) {
			return Guard{State: GuardPresent, Hook: h.File, Reason: "the hook is there, and " + h.Reason}, nil
		}
		fallthrough
	case HookAsleep:
		g.State, g.Reason = GuardMissing, "git does not run "+h.File+", which is not executable; chmod +x makes it so"
		return g, nil
	case HookForeign:
		g.Reason += "; the hook that is there is called after it"
	}
	if p.place.closed != nil {
		g.State, g.Reason = GuardMissing, p.place.closed.Text
		return g, nil
	}
	if err := p.install(); err != nil {
		g.State, g.Reason = GuardMissing, err.Error()
		return g, nil
	}
	g.edit = &guardEdit{Install: true, Dir: s.guardDir(p), plan: p}
	return g, nil
}

// hasPublic reports whether a push to some remote of the clone would reach a public
// repository, by the roles in force. A remote with several URLs may have no role as
// a whole.
func (s *Site) hasPublic() bool {
	return slices.ContainsFunc(remotes(s.git), func(r remote.Remote) bool {
		return slices.ContainsFunc(r.PushURLs, func(url string) bool { return s.roles.RoleOf(url) == remote.Public })
	})
}
