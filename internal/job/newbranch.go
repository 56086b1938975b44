package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
)

// NewRequest describes a branch that is to begin.
type NewRequest struct {
	Type      string
	Component string // frankenstyle, or set_{name}
	Short     string
	Series    moodle.Series
	Record    config.Record
	Switch    bool // check it out
	DryRun    bool
}

// NewReport is the branch that was begun.
type NewReport struct {
	Branch    string `json:"branch"`
	Series    string `json:"series"`
	Base      Commit `json:"base"`
	Component string `json:"component"`
	// Path is where the component's code lives, "" for a set and for subsystems
	// without a folder.
	Path string `json:"path"`
	// Exists says whether the base has that folder; a new plugin's comes with the branch.
	Exists bool   `json:"exists"`
	Record string `json:"record"` // its key
	// RecordKept says that there was a record already, which stays as it is.
	RecordKept bool `json:"record_kept"`
	Switched   bool `json:"switched"`

	site     *Site
	worktree string // where to switch
	edit     sharedEdit
}

// InUpgrade reports whether an upgrade moves the branch, so that its ledger has it now.
func (r *NewReport) InUpgrade() bool { return len(r.edit.Ledgers) > 0 }

// NewBranch begins a branch on its series' base, with its record on the mgit
// branch.
func NewBranch(ctx context.Context, site *Site, request NewRequest) (report *NewReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "new"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	if report, err = planNew(ctx, site, request); err != nil || request.DryRun {
		return report, 0, err
	}
	run, err = report.apply(ctx, lock)
	return report, run, err
}

func planNew(ctx context.Context, site *Site, request NewRequest) (*NewReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	name, err := site.newName(request)
	if err != nil {
		return nil, err
	}
	r := &NewReport{Branch: name.Raw, Series: request.Series.String(), Component: name.Component, Record: name.Key(), site: site}
	if ref, local, ok := site.refs.present(r.Branch, site.internal); ok {
		where := "here"
		if !local {
			where = "as " + shortRemote(ref.Name)
		}
		return nil, &Refusal{ID: "branch-exists", Text: fmt.Sprintf("there is a branch %s already, %s", r.Branch, where)}
	}
	if err := r.findBase(request.Series); err != nil {
		return nil, err
	}
	if err := r.findComponent(ctx, name); err != nil {
		return nil, err
	}
	if request.Switch {
		if err := r.maySwitch(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.enterRecord(ctx, request.Record); err != nil {
		return nil, err
	}
	external := map[string]bool{r.Branch: request.Record.Origin == config.OriginExternal}
	r.edit.Ledgers, err = site.enterInUpgrades(ctx, external)
	return r, err
}

func shortRemote(ref string) string { return strings.TrimPrefix(ref, "refs/remotes/") }

// newName puts the branch's name together and reads it again: what cannot be read
// back is no name.
func (s *Site) newName(request NewRequest) (branches.Name, error) {
	text, err := s.Scheme.Format(branches.Name{
		Customer: s.Scheme.Customer(), Version: request.Series, Type: request.Type, Component: request.Component, Short: request.Short,
	})
	var name branches.Name
	if err == nil {
		name, err = s.Scheme.Parse(text)
	}
	if err == nil {
		err = git.CheckName(text)
	}
	var bad *branches.NameError
	switch {
	case errors.As(err, &bad):
		return name, &UsageError{Text: bad.Error(), Hint: "the types are " + strings.Join(s.Scheme.Types(), ", ")}
	case err != nil:
		return name, &UsageError{Text: fmt.Sprintf("%q cannot be a branch: %v", text, err)}
	}
	return name, nil
}

// findBase finds the first release of the series.
func (r *NewReport) findBase(series moodle.Series) error {
	var err error
	r.Base, err = r.site.firstRelease(series, "branches of "+series.String()+" stand")
	return err
}

// firstRelease finds the first release of a series. The error is a *UsageError that
// says who stands on it.
func (s *Site) firstRelease(series moodle.Series, whoStands string) (Commit, error) {
	tag := series.FirstTag().String()
	base := s.refs.commit("refs/tags/" + tag)
	if base == git.ZeroID {
		hint := "git fetch --tags, from the remote that is Moodle's"
		if len(s.upstream) > 0 {
			hint = "git fetch --tags " + s.upstream[0]
		}
		return Commit{}, &UsageError{Text: fmt.Sprintf("%s on %s, and there is no such tag in this clone", whoStands, tag), Hint: hint}
	}
	return Commit{Tag: tag, Commit: ID(base)}, nil
}

// findComponent makes sure that the base has the component, or can have it.
func (r *NewReport) findComponent(ctx context.Context, name branches.Name) error {
	if name.IsSet() {
		return nil
	}
	component, err := moodle.ParseComponent(name.Component)
	if err != nil {
		return &UsageError{Text: err.Error()}
	}
	store := r.site.Repo.Store()
	commit, err := store.Commit(ctx, git.ID(r.Base.Commit))
	if err != nil {
		return err
	}
	layout, err := moodle.ReadLayout(treeFS{ctx: ctx, store: store, root: commit.Tree})
	if err != nil {
		return fmt.Errorf("read where %s keeps its components: %w", r.Base.Tag, err)
	}
	if err := layout.Check(component); err != nil {
		return &UsageError{Text: fmt.Sprintf("%s: %v", r.Base.Tag, err), Hint: "a component is a frankenstyle name such as mod_forum, or set_{name} for changes that belong together"}
	}
	path, ok := layout.PathOf(component)
	if !ok || path == "" {
		return nil
	}
	r.Path = path
	_, err = store.Path(ctx, commit.Tree, path)
	if err != nil && !errors.Is(err, git.ErrNotFound) {
		return err
	}
	r.Exists = err == nil
	return nil
}

// maySwitch refuses to check the branch out where work is open.
func (r *NewReport) maySwitch(ctx context.Context) error {
	r.worktree = r.site.Repo.WorkTree()
	if r.worktree == "" {
		return &UsageError{Text: "there is no work tree here to check the branch out in", Hint: "leave --switch away"}
	}
	clean, err := r.site.Repo.WorktreeClean(ctx, r.worktree)
	if err != nil {
		return err
	}
	if !clean {
		return &Refusal{ID: "worktree-dirty", Text: "the work tree at " + r.worktree + " has changes that are not committed"}
	}
	return nil
}

// enterRecord adds the branch's record, unless another version of the branch has
// brought one.
func (r *NewReport) enterRecord(ctx context.Context, record config.Record) error {
	old, err := r.site.readShared(ctx, settingsFile)
	if err != nil {
		return err
	}
	if old == nil {
		old = []byte("format = 1\n")
	}
	doc, err := config.ParseDocument(settingsFile, old)
	if err != nil {
		return err
	}
	if _, r.RecordKept = doc.Get("branch", r.Record); r.RecordKept {
		return nil
	}
	if err := doc.AppendRecord(r.Record, record); err != nil {
		return err
	}
	if err := judgeFiles(config.SharedFiles{Main: old}, config.SharedFiles{Main: doc.Bytes()}); err != nil {
		return err
	}
	r.edit.Files = []fileEdit{changeFile(settingsFile, slices.Clone(old), doc.Bytes())}
	return nil
}

func (r *NewReport) apply(ctx context.Context, lock *journal.Lock) (int, error) {
	moves := []journal.Move{{Group: r.Branch, Ref: "refs/heads/" + r.Branch, New: git.ID(r.Base.Commit)}}
	run, err := r.site.applyEdit(ctx, lock, "new "+r.Branch, moves, r.edit)
	if err != nil || r.worktree == "" {
		return run, err
	}
	if err := r.site.Repo.Cmd("switch", "--quiet", "--no-guess", r.Branch).Dir(r.worktree).Run(ctx); err != nil {
		return run, fmt.Errorf("the branch is there and cannot be checked out: %w", err)
	}
	r.Switched = true
	return run, nil
}
