package job

import (
	"context"
	"fmt"

	"mgit/internal/resolution"
)

// A worktree that is opened without recorded resolutions runs its rebase with
// rerere switched off. Git's own record of the conflict is begun anew by hand,
// so that what a person decides now takes the place of what was decided before.

// recordsAnew reports whether recorded resolutions are not used in the worktree
// and what is resolved there is recorded all the same.
func (b *bench) recordsAnew() bool { return b.record.NoResolutions && b.site.Config.Resolutions.Use }

// rerere runs git rerere in the worktree; without arguments it records what was
// resolved and begins a record of new conflicts.
func (b *bench) rerere(ctx context.Context, args ...string) error {
	settings := []string{"-c", "rerere.enabled=true", "-c", "rerere.autoUpdate=false", "rerere"}
	return b.site.Repo.Cmd(append(settings, args...)...).Dir(b.path).Env("GIT_LITERAL_PATHSPECS=1").Run(ctx)
}

// recordAnew makes this clone forget how the conflicts of a stop were resolved
// before, and begins the record of how they are resolved now.
func (b *bench) recordAnew(ctx context.Context, at *benchState) error {
	forget := []string{"forget", "--"}
	for _, c := range at.conflicts {
		forget = append(forget, string(c.Path))
	}
	known, err := resolution.TakeSnapshot(b.site.Repo)
	if err != nil {
		return err
	}
	// Git forgets one variant of a conflict at a time.
	for before := len(known) + 1; len(known) < before; {
		before = len(known)
		if err := b.rerere(ctx, forget...); err != nil {
			return fmt.Errorf("forget recorded resolutions: %w", err)
		}
		if known, err = resolution.TakeSnapshot(b.site.Repo); err != nil {
			return err
		}
	}
	return b.rerere(ctx)
}
