// Package job holds what mgit does, one file an operation, for the command line
// and the screen alike: a request becomes a plan, the plan runs in memory and
// gives a report, and the report is applied.
//
// A plan reads references and objects and can be printed; a report says for
// every branch what became of it; only apply writes. A dry run stops before
// it. The operations compose the packages below and keep no state between
// calls. They print nothing, ask nothing, and read neither flags nor the
// environment.
package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/remote"
)

// Site is an opened site repository as one command sees it: its settings, and
// its references read once.
type Site struct {
	Repo   *git.Repo
	Config *config.Config
	// Scheme is nil before `mgit init`.
	Scheme *branches.Scheme
	// Mended is what had to be finished of a killed run; nil: nothing.
	Mended *journal.Mended
	// Warnings are what opening noticed.
	Warnings []Warning
	// Problems are what is wrong in the settings of a site that was opened
	// although; Config is then the built-in one.
	Problems config.Problems
	// Awaits is told, by the goroutine that takes the lock, that another mgit holds it and is waited for, and
	// with nil that the wait is over; nil: nobody is told.
	Awaits func(held error)

	git                *git.ConfigValues
	sources            config.Sources // that the settings were read from
	roles              *remote.Table
	upstream, internal []string // remotes, by role
	shared             git.ID   // the mgit branch as it is read; zero: there is none
	refs               *snapshot
	worktrees          []git.Worktree // read when first needed
	index              *indexRead     // of OpenForCheck; nil: nobody asked
}

// OpenRequest says which repository, and with what settings from outside.
type OpenRequest struct {
	Dir string
	// ConfigFile stands in for the user's file when it is not "".
	ConfigFile string
	Env        func(string) string
	Flags      map[string]string // by the dotted key they set
	Git        git.Options
	// Screen judges the settings of the screen; nil: nobody does.
	Screen func(config.Screen) []config.Fault
	// DespiteProblems opens a site whose settings are wrong, to put them right.
	DespiteProblems bool
	// Borrow has a clone that has no mgit branch read that of a remote, as far as it was fetched. It is for those who
	// only look.
	Borrow bool
	// Index has [OpenForCheck] compare the index with HEAD meanwhile, for those who will ask for it.
	Index bool
}

// Open opens the repository at request.Dir: it finishes a run that was killed,
// reads references and settings, and says what waits to be confirmed. The
// errors are those of git.Open, journal.Mend and config.Load. The site must
// be closed.
func Open(ctx context.Context, request OpenRequest) (*Site, error) {
	repo, err := git.Open(ctx, request.Dir, request.Git)
	if err != nil {
		return nil, err
	}
	s := &Site{Repo: repo}
	if err := s.open(ctx, request); err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return s, nil
}

// Close ends what the site keeps running.
func (s *Site) Close() error { return s.Repo.Close() }

func (s *Site) open(ctx context.Context, request OpenRequest) error {
	if err := s.read(ctx); err != nil {
		return err
	}
	// The roles say which remotes' mgit branch counts, and are themselves
	// configured there; the confirmed ones are known from the local branch.
	s.shared = s.refs.commit(journal.SharedRef)
	if err := s.load(ctx, request); err != nil {
		return err
	}
	if request.Borrow && s.shared == git.ZeroID {
		return s.borrowShared(ctx, request)
	}
	newer, err := s.newerShared(ctx)
	if err != nil || newer == s.shared {
		return err
	}
	s.shared = newer
	return s.load(ctx, request)
}

// read finishes a killed run and reads references and git config. The two ask
// git for little and mostly wait for it, so they wait together. Where a run had
// to be finished, the references are read once more.
func (s *Site) read(ctx context.Context) error {
	var config crew.Group
	var gitErr error
	config.Go(func() { s.git, gitErr = s.Repo.Config(ctx) })
	err := s.mend(ctx)
	config.Wait()
	return errors.Join(err, gitErr)
}

func (s *Site) mend(ctx context.Context) error {
	refs, runs, err := readWithRuns(ctx, s.Repo)
	if err != nil {
		return err
	}
	s.refs = refs
	s.Mended, err = journal.MendAmong(ctx, s.Repo, runs, applyShared(s.Repo))
	if err == nil && s.Mended != nil {
		s.refs, err = readSnapshot(ctx, s.Repo)
	}
	return err
}

// load reads the settings of all layers, the mgit branch among them.
func (s *Site) load(ctx context.Context, request OpenRequest) error {
	src := config.Sources{Git: s.git, Env: request.Env, Flags: request.Flags, Rules: rules()}
	src.Rules.Screen = request.Screen
	if src.Env == nil {
		src.Env = func(string) string { return "" }
	}
	var err error
	user := request.ConfigFile
	if user == "" {
		user = config.UserPath(src.Env)
	}
	if user != "" {
		if src.User, err = config.ReadFile(user); err != nil {
			return err
		}
	}
	if src.Clone, err = config.ReadFile(config.ClonePath(s.Repo.StateDir())); err != nil {
		return err
	}
	if src.Trust, err = config.ReadTrust(s.Repo.StateDir()); err != nil {
		return err
	}
	if src.Shared, err = s.sharedFilesAt(ctx, s.shared); err != nil {
		return err
	}
	s.sources, s.Problems = src, nil
	s.Config, err = config.Load(src)
	if errors.As(err, &s.Problems) && request.DespiteProblems {
		s.Config, err = config.Load(config.Sources{})
	}
	if err != nil {
		return err
	}
	s.Warnings = nil
	for _, w := range s.Config.Warnings() {
		s.Warnings = append(s.Warnings, Warning{ID: w.ID, Text: w.Text})
	}
	return s.settle()
}

// sharedFilesAt reads the settings of a commit of the mgit branch; the zero id
// has none.
func (s *Site) sharedFilesAt(ctx context.Context, tip git.ID) (config.SharedFiles, error) {
	files := config.SharedFiles{}
	if tip == git.ZeroID {
		return files, nil
	}
	files.Commit = tip.String()
	w, err := newSharedWriter(ctx, s.Repo, tip)
	if err != nil {
		return files, err
	}
	for path, data := range map[string]*[]byte{settingsFile: &files.Main, pluginsFile: &files.Plugins, sitesFile: &files.Sites} {
		if *data, err = w.read(ctx, path); err != nil {
			return files, fmt.Errorf("read %s of the mgit branch: %w", path, err)
		}
	}
	return files, nil
}

// The files of settings on the mgit branch; the first holds the branch records too.
const (
	settingsFile = "mgit.toml"
	pluginsFile  = "plugins.toml"
	sitesFile    = "sites.toml"
)

// settle derives the naming scheme and the roles of this clone's remotes.
func (s *Site) settle() error {
	c := s.Config
	s.Scheme = nil
	if c.Customer != "" {
		scheme, err := newScheme(c.Naming())
		if err != nil {
			return err
		}
		s.Scheme = scheme
	}
	var rules []remote.Rule
	for _, r := range c.Remotes {
		rules = append(rules, remote.Rule{Name: r.Name, URL: r.URL, Role: remote.Role(r.Role)})
	}
	var err error
	if s.roles, err = remote.NewTable(rules); err != nil {
		return err
	}
	s.upstream, s.internal = nil, nil
	for _, r := range remotes(s.git) {
		switch s.roles.FetchRole(r) {
		case remote.Upstream:
			s.upstream = append(s.upstream, r.Name)
		case remote.Internal:
			s.internal = append(s.internal, r.Name)
		}
	}
	if s.Scheme != nil && len(s.upstream) == 0 {
		s.Warnings = append(s.Warnings, Warning{
			ID:   "no-upstream",
			Text: "no remote has the role upstream, so only Moodle's release tags tell which commits are upstream's; `mgit init --upstream REMOTE` names it",
		})
	}
	return nil
}

func newScheme(n config.Naming) (*branches.Scheme, error) {
	scheme, err := branches.ParseScheme(n.Scheme, n.Types, n.Customer)
	if err != nil {
		return nil, err
	}
	return scheme.WithTargets(n.TargetScheme, n.Targets)
}

// rules are what packages above config know about values.
func rules() config.Rules {
	return config.Rules{
		SharedURL: remote.CheckShared,
		OwnURL:    remote.CheckOwn,
		Role: func(text string) error {
			_, err := remote.ParseRole(text)
			return err
		},
		Scheme: func(n config.Naming) error {
			if n.Customer == "" {
				return nil
			}
			_, err := newScheme(n)
			return err
		},
		Record: func(key string) error {
			_, _, err := branches.ParseKey(key)
			return err
		},
	}
}

// newerShared returns the mgit branch of an internal remote where that is
// ahead of the local one, else the local one. It says when they diverged.
func (s *Site) newerShared(ctx context.Context) (git.ID, error) {
	local := s.shared
	if local == git.ZeroID {
		return local, nil
	}
	for _, name := range s.internal {
		theirs := s.refs.commit("refs/remotes/" + name + "/mgit")
		if theirs == git.ZeroID || theirs == local {
			continue
		}
		bases, err := s.Repo.MergeBases(ctx, local, theirs)
		if err != nil {
			return local, err
		}
		switch {
		case len(bases) == 1 && bases[0] == local:
			local = theirs
		case len(bases) == 1 && bases[0] == theirs:
		default:
			s.Warnings = append(s.Warnings, Warning{
				ID:   "mgit-diverged",
				Text: "the mgit branch here and at " + name + " have gone apart; the local one is read",
			})
		}
	}
	return local, nil
}

// initialised returns an error that says what to do where `mgit init` has not
// run in this clone.
func (s *Site) initialised() error {
	if s.Scheme != nil && s.shared != git.ZeroID {
		return nil
	}
	for _, r := range s.refs.refs {
		if name, ok := cutRemote(r.Name); ok && name == "mgit" {
			return &UsageError{Text: "this clone has not taken over the site's mgit branch yet", Hint: "mgit init"}
		}
	}
	return &UsageError{Text: "this repository is not set up for mgit yet", Hint: "mgit init finds remotes, scheme and branches and proposes the settings"}
}

// Series returns the series a command means: the one asked for, else that of
// the checked-out branch, else the one in production by the settings, else
// the only one that has branches. The error is a *UsageError that lists them.
func (s *Site) Series(ctx context.Context, asked string) (moodle.Series, error) {
	if err := s.initialised(); err != nil {
		return moodle.Series{}, err
	}
	if asked != "" {
		series, err := moodle.ParseSeries(asked)
		if err != nil {
			return series, &UsageError{Text: fmt.Sprintf("--series %q: %v", asked, err)}
		}
		return series, nil
	}
	if head, _, err := s.Repo.Head(ctx); err == nil {
		if n, err := s.Scheme.Parse(shortBranch(head)); err == nil {
			return n.Version, nil
		}
		if t, err := s.Scheme.ParseTarget(shortBranch(head)); err == nil {
			return t.Version, nil
		}
	}
	if !s.Config.Series.IsZero() {
		return s.Config.Series, nil
	}
	l := s.refs.listing(s.Scheme, s.internal)
	if versions := l.Versions(); len(versions) == 1 {
		return versions[0], nil
	}
	hint := "--series; " + listVersions(l)
	if versions := l.Versions(); len(versions) > 0 {
		hint += fmt.Sprintf("\n`mgit config edit series %s` makes one of them the series in use", versions[0])
	}
	return moodle.Series{}, &UsageError{Text: "which series is meant?", Hint: hint}
}

// lockWait is how long a command waits for another mgit to finish.
const lockWait = 10 * time.Second

// checkedOut returns the worktree that has the reference checked out, or will
// come back to it after a rebase or bisection; "" when none has.
func (s *Site) checkedOut(ref string) string {
	for _, w := range s.worktrees {
		if w.Branch == ref || slices.Contains(w.Unfinished, ref) {
			return w.Path
		}
	}
	return ""
}

// Pager is core.pager of the git configuration, "" when it is not set.
func (s *Site) Pager() string {
	value, _ := s.git.Get("core.pager")
	return value
}

// CoreEditor is core.editor of the git configuration, "" when it is not set.
func (s *Site) CoreEditor() string {
	value, _ := s.git.Get("core.editor")
	return value
}
