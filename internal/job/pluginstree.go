package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// pluginTree is a tree with all that tells Moodle's own plugins from others.
type pluginTree struct {
	pinnedTree
	core     PluginCore
	layout   *moodle.Layout // of the tree, as its own Moodle has it
	pristine []string       // the paths of the pin, in order; nil without a pin
	standard *moodle.StandardPlugins
	judgedBy string
}

// openForPlugins opens a tree and finds its pin, where there is one. Whoever gets
// the tree closes it.
func (s *Site) openForPlugins(ctx context.Context, request PluginsRequest) (*pluginTree, error) {
	files, index := request.progressOf()
	options := treeOptions{NoCache: request.NoCache, Jobs: request.Jobs, Ahead: request.Ahead, Progress: files}
	t := &pluginTree{judgedBy: JudgedByNothing}
	var err error
	if t.tree, err = s.openTree(ctx, request.Tree, options); err != nil {
		return nil, err
	}
	if err := t.read(ctx, s, index); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *pluginTree) read(ctx context.Context, s *Site, index func(done, total int)) error {
	var usage *UsageError
	var other *NotMoodleError
	var err error
	if t.index, err = s.openIndex(ctx, index); errors.As(err, &usage) {
		t.tree.warn("no-pin", "this clone has nothing of Moodle's own history: what Moodle ships is taken from the list in the tree (git fetch upstream --tags brings it)")
	} else if err != nil {
		return err
	} else if err = s.pinOpened(ctx, &t.pinnedTree); errors.As(err, &other) {
		t.tree.warn("no-pin", "which build of Moodle the tree was made from is not known: what Moodle ships is taken from the list in the tree")
	} else if err != nil {
		return err
	}
	if err := t.readLayout(ctx, s); err != nil {
		return err
	}
	return t.readStandard(ctx, s)
}

// pinRoot is the tree of the pin.
func (t *pluginTree) pinRoot(ctx context.Context, s *Site) (git.ID, error) {
	if t.report == nil {
		return git.ZeroID, nil
	}
	c, err := s.Repo.Store().Commit(ctx, git.ID(t.report.Commit))
	if err != nil {
		return git.ZeroID, fmt.Errorf("read the pin: %w", err)
	}
	return c.Tree, nil
}

// readLayout reads where the tree keeps its plugins. Its own files say so; where
// they cannot be read, those of the pin do.
func (t *pluginTree) readLayout(ctx context.Context, s *Site) error {
	root, err := t.pinRoot(ctx, s)
	if err != nil {
		return err
	}
	own := plugins.Files(t.tree)
	layout, err := moodle.ReadLayout(own)
	if err != nil && root != git.ZeroID {
		t.tree.warn("layout", fmt.Sprintf("where this Moodle keeps its plugins cannot be read (%s): it is taken from %s", validText(err.Error()), t.report.Describe))
		layout, err = moodle.ReadLayout(layered{treeFS{ctx: ctx, store: s.Repo.Store(), root: root}, own})
	}
	if err != nil {
		return &NotMoodleError{t.tree.Name, t.tree.whyNotMoodle(err)}
	}
	t.layout = layout
	v := layout.Version()
	t.core = PluginCore{Series: layout.Series(), Version: v.Version, Release: validText(v.Release), version: v}
	if t.report != nil {
		t.core.Commit, t.core.Tag, t.core.Confidence = t.report.Commit, t.report.Tag, t.report.Confidence
	}
	return nil
}

// layered shows the files that say where plugins live as one tree has them, and all
// else as another.
type layered struct{ core, rest fs.FS }

func (l layered) Open(name string) (fs.File, error) { return l.rest.Open(name) }

// ReadFile implements fs.ReadFileFS.
func (l layered) ReadFile(name string) ([]byte, error) {
	switch name {
	case "version.php", "public/version.php", "lib/components.json", "public/lib/components.json":
		return fs.ReadFile(l.core, name)
	}
	return fs.ReadFile(l.rest, name)
}

// ReadDir implements fs.ReadDirFS.
func (l layered) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(l.rest, name) }

// readStandard reads what Moodle ships: the files of the pin, with its list of what
// was removed; else the list in the tree.
func (t *pluginTree) readStandard(ctx context.Context, s *Site) error {
	root, err := t.pinRoot(ctx, s)
	if err != nil {
		return err
	}
	listed := t.layout
	if root != git.ZeroID {
		files, err := s.listPristine(ctx, root)
		if err != nil {
			return err
		}
		t.pristine, t.judgedBy = make([]string, 0, len(files)), JudgedByPin
		for _, f := range files {
			t.pristine = append(t.pristine, f.Path)
		}
		slices.Sort(t.pristine)
		if listed, err = moodle.ReadLayout(treeFS{ctx: ctx, store: s.Repo.Store(), root: root}); err != nil {
			return fmt.Errorf("read where %s keeps its components: %w", t.report.Describe, err)
		}
	}
	t.standard, err = listed.StandardPlugins()
	if err != nil && !errors.Is(err, moodle.ErrNoStandardList) {
		t.tree.warn("no-list", "Moodle's list of its own plugins cannot be read: "+validText(err.Error()))
	}
	switch {
	case root != git.ZeroID:
	case t.standard != nil:
		t.judgedBy = JudgedByList
	default:
		t.tree.warn("not-judged", "neither the files nor a list of Moodle's own plugins are known, so that every plugin is listed")
	}
	return nil
}

// coreNamed is the Moodle that a tag or a series names; of a series, its newest
// release in this clone. The error is a *UsageError.
func (s *Site) coreNamed(ctx context.Context, name string) (PluginCore, error) {
	tag := name
	if series, err := moodle.ParseSeries(name); err == nil {
		tags, err := s.datedTags(ctx, series)
		if err != nil {
			return PluginCore{}, err
		}
		if len(tags) == 0 {
			return PluginCore{}, &UsageError{Text: fmt.Sprintf("this clone has no release of Moodle %s", series), Hint: "git fetch upstream --tags brings Moodle's releases"}
		}
		tag = tags[0].String()
	}
	id := s.refs.commit("refs/tags/" + tag)
	if id == git.ZeroID || !isUpstreamTag(tag) {
		return PluginCore{}, &UsageError{Text: fmt.Sprintf("%q is neither a release tag of this clone nor a series", name), Hint: "git fetch upstream --tags brings Moodle's releases; tags are like v4.5.0, series like 4.5"}
	}
	return s.coreAt(ctx, Commit{Tag: tag, Commit: ID(id)})
}

// coreAt is the Moodle at a release.
func (s *Site) coreAt(ctx context.Context, at Commit) (PluginCore, error) {
	v, err := readVersion(ctx, s.Repo.Store(), git.ID(at.Commit))
	if err != nil {
		return PluginCore{}, fmt.Errorf("read the version of %s: %w", at.Tag, err)
	}
	core := PluginCore{Tag: at.Tag, Commit: at.Commit, Version: v.Version, Release: validText(v.Release), version: v}
	if core.Series, err = v.Series(); err != nil {
		return PluginCore{}, fmt.Errorf("read the version of %s: %w", at.Tag, err)
	}
	return core, nil
}
