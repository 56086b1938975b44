package job_test

import (
	"path/filepath"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// Somebody edits the mgit branch in a worktree. What a colleague pushed moves
// the branch with the worktree or not at all: left behind, the next commit there
// would take the colleague's work back.
func TestMgitBranchIsCheckedOut(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	here, there := origin.colleague(), origin.colleague()
	dir := filepath.Join(t.TempDir(), "edit")
	here.Git("worktree", "add", "-q", dir, "mgit")
	w := gittest.At(t, dir)
	there.shared("mgit.toml", "format = 1\n\n[branch.mod_ouwiki]\nreason = \"wikis\"\n")
	there.sync()
	here.sync()
	if got := w.Git("status", "--porcelain"); got != "" {
		t.Errorf("after sync: %s", got)
	}
	there.shared("mgit.toml", "format = 1\n\n[branch.mod_ouwiki]\nreason = \"more wikis\"\n")
	there.sync()
	here.Git("fetch", "-q", "origin", "+refs/heads/mgit:refs/remotes/origin/mgit")
	here.rebaseAll()
	if got := w.Git("status", "--porcelain"); got != "" {
		t.Errorf("after rebase-all: %s", got)
	}
	here.sync()
	there.sync()
	there.shared("mgit.toml", "format = 1\n\n[branch.mod_ouwiki]\nreason = \"no wikis\"\n")
	there.sync()
	w.Write("mgit.toml", "format = 1\n\n[branch.mod_ouwiki]\nreason = \"being written\"\n")
	tip := here.Git("rev-parse", "mgit")
	if _, err := job.Sync(t.Context(), here.open(""), false); err == nil || here.Git("rev-parse", "mgit") != tip {
		t.Errorf("the branch moved below an edit: %v", err)
	}
}
