package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/envfile"
	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// envKnowledge is what this clone knows about pins. It lives for one operation.
type envKnowledge struct {
	site  *Site
	index *upstream.Index // nil where no pin of Moodle needs it, and where nothing is upstream's
	// noIndex says why there is none although there are pins of Moodle.
	noIndex error
	// components are the plugins by their name in variables. One that two components
	// claim is nobody's.
	components map[string]string
}

// knowEnv reads what is needed to judge the pins of files. It must be closed.
func (s *Site) knowEnv(ctx context.Context, files []*openedEnv, progress func(CorehackProgress)) (*envKnowledge, error) {
	k := &envKnowledge{site: s, components: make(map[string]string)}
	for component, plugin := range s.Config.Plugins {
		if plugin.Variable == "" {
			continue
		}
		if _, taken := k.components[plugin.Variable]; taken {
			component = ""
		}
		k.components[plugin.Variable] = component
	}
	hasCore := slices.ContainsFunc(files, func(e *openedEnv) bool {
		return slices.ContainsFunc(e.file.Pins(), envfile.Pin.IsCore)
	})
	if !hasCore {
		return k, nil
	}
	var index func(done, total int)
	if progress != nil {
		index = func(done, total int) {
			progress(CorehackProgress{Step: "index", Progress: live.Progress{Files: done, TotalFiles: total}})
		}
	}
	var err error
	k.index, err = s.openIndex(ctx, index)
	var nothing *UsageError
	if errors.As(err, &nothing) {
		k.noIndex, err = err, nil
	}
	return k, err
}

func (k *envKnowledge) close() {
	if k.index != nil {
		_ = k.index.Close() // it was only read
	}
}

// componentOf is what a pin is of, "" where plugins.toml does not say it.
func (k *envKnowledge) componentOf(p envfile.Pin) string {
	if p.IsCore() {
		return coreComponent
	}
	return k.components[p.Plugin]
}

func (k *envKnowledge) unmapped(files []*openedEnv) []EnvUnused {
	all := []EnvUnused{}
	for _, e := range files {
		for _, p := range e.file.Pins() {
			if k.componentOf(p) == "" {
				all = append(all, EnvUnused{e.Path, p.Line, p.Variable})
			}
		}
	}
	return all
}

// warnings are what every command about these files has to say.
func (k *envKnowledge) warnings(files []*openedEnv) []Warning {
	var all []Warning
	if k.noIndex != nil {
		all = append(all, Warning{"no-upstream", k.noIndex.Error()})
	}
	var unmapped, claimed []string
	for _, u := range k.unmapped(files) {
		name := PinnedName(u.Variable)
		if _, isClaimed := k.components[name]; isClaimed {
			claimed = append(claimed, name)
		} else {
			unmapped = append(unmapped, name)
		}
	}
	if names := listNames(unmapped); names != "" {
		all = append(all, Warning{"unmapped", "plugins.toml does not say which plugins these variables are of: " + names + "; mgit config edit plugin.COMPONENT.variable NAME says it"})
	}
	if names := listNames(claimed); names != "" {
		all = append(all, Warning{"unmapped", "plugins.toml gives these variables to several plugins, so they are taken for none's: " + names})
	}
	return all
}

// listNames puts each name once into a list.
func listNames(names []string) string {
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// PinnedName is what stands between MOODLE_PLUGIN_ and _GIT_HEAD.
func PinnedName(variable string) string {
	return strings.TrimSuffix(strings.TrimPrefix(variable, "MOODLE_PLUGIN_"), "_GIT_HEAD")
}

var (
	fullHex  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`) })
	shortHex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-fA-F]{7,63}$`) })
	digits   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+$`) })
)

// envRef is what the value of a pin names.
type envRef struct {
	kind   string // EnvCommit, EnvAbbreviated, EnvTag, EnvBranch, EnvName
	prefix string // "tags/", "refs/tags/" …
	name   string // a commit in lower case
}

// readEnvRef tells by its form what a value names. Digits alone are no abbreviation, since
// many plugins call their tags so.
func readEnvRef(value string) envRef {
	for prefix, kind := range map[string]string{
		"refs/tags/": EnvTag, "tags/": EnvTag, "refs/heads/": EnvBranch, "heads/": EnvBranch,
		"refs/remotes/origin/": EnvBranch, "remotes/origin/": EnvBranch, "origin/": EnvBranch,
	} {
		if name, ok := strings.CutPrefix(value, prefix); ok && name != "" {
			return envRef{kind, prefix, name}
		}
	}
	switch {
	case fullHex().MatchString(value):
		return envRef{EnvCommit, "", strings.ToLower(value)}
	case shortHex().MatchString(value) && !digits().MatchString(value):
		return envRef{EnvAbbreviated, "", value}
	}
	return envRef{EnvName, "", value}
}

// pin is all that is known here of a pin.
func (k *envKnowledge) pin(ctx context.Context, p envfile.Pin) (EnvPin, error) {
	e := EnvPin{Line: p.Line, Variable: p.Variable, Component: k.componentOf(p), Value: p.Value, Overruled: p.Overruled, Claims: []EnvClaim{}}
	for _, c := range p.Claims {
		e.Claims = append(e.Claims, EnvClaim{c.Line, c.Branch, c.Release})
	}
	switch p.State {
	case envfile.Empty:
		e.Kind = EnvEmpty
	case envfile.Unset:
		e.Kind = EnvUnset
	case envfile.Expanded:
		e.Kind = EnvExpanded
	case envfile.Unreadable:
		e.Kind = EnvUnreadable
	}
	if e.Kind != "" {
		return e, nil
	}
	ref := readEnvRef(p.Value)
	if p.IsCore() {
		ref = k.coreRef(ref)
		e.Kind = ref.kind
		return e, k.describeCore(ctx, &e, ref)
	}
	e.Kind = ref.kind
	return e, k.describePlugin(ctx, &e, ref)
}

// coreRef tells with the references of this clone what a name of Moodle's names.
func (k *envKnowledge) coreRef(ref envRef) envRef {
	if ref.kind != EnvName && ref.kind != EnvAbbreviated {
		return ref
	}
	refs := k.site.refs
	switch {
	case refs.commit("refs/tags/"+ref.name) != git.ZeroID:
		ref.kind = EnvTag
	case moodleBranch().MatchString(ref.name), refs.commit("refs/heads/"+ref.name) != git.ZeroID:
		ref.kind = EnvBranch
	}
	return ref
}

// commitOf is the commit that a pin of Moodle names, zero where that is not known or may change.
// It need not be here.
func (k *envKnowledge) commitOf(ctx context.Context, ref envRef) (git.ID, error) {
	switch ref.kind {
	case EnvCommit:
		id, err := git.ParseID(ref.name)
		if err != nil {
			return git.ZeroID, nil // a SHA-256, which this repository cannot hold
		}
		if _, ok := k.find(id); ok {
			return id, nil
		}
		commit, err := k.here(ctx, id) // it may name an annotated tag
		return cmp.Or(commit, id), err
	case EnvTag:
		return k.site.refs.commit("refs/tags/" + ref.name), nil
	}
	return git.ZeroID, nil
}

// here is the commit that an id leads to in this clone, zero when it leads to none.
func (k *envKnowledge) here(ctx context.Context, id git.ID) (git.ID, error) {
	commit, err := k.site.Repo.Resolve(ctx, id.String())
	if errors.Is(err, git.ErrNotFound) {
		return git.ZeroID, nil
	}
	return commit, err
}

func (k *envKnowledge) describeCore(ctx context.Context, e *EnvPin, ref envRef) error {
	id, err := k.commitOf(ctx, ref)
	if err != nil || id == git.ZeroID {
		return err
	}
	e.Commit = ID(id)
	c, ok := k.find(id)
	if !ok {
		return nil
	}
	e.Tag = k.site.refs.tagOf[id]
	e.Describe = describe(k.index, c, k.site.refs.tagOf)
	if b, ok := k.index.Build(c); ok {
		e.Release, e.Version = validText(b.Release), b.Version.Version
	}
	return nil
}

// find is a commit in upstream's history.
func (k *envKnowledge) find(id git.ID) (upstream.Commit, bool) {
	if k.index == nil || id == git.ZeroID {
		return upstream.None, false
	}
	return k.index.Find(id)
}

// build is what version.php says at a commit of upstream's.
func (k *envKnowledge) build(id git.ID) (upstream.Build, bool) {
	c, ok := k.find(id)
	if !ok {
		return upstream.Build{}, false
	}
	return k.index.Build(c)
}

// describePlugin says what this clone happens to know of a plugin's version: the commit is
// here, and its version.php names the plugin. A tag of this clone with the right name may be
// any plugin's, so it counts on the same condition.
func (k *envKnowledge) describePlugin(ctx context.Context, e *EnvPin, ref envRef) error {
	var id git.ID
	switch ref.kind {
	case EnvCommit:
		id, _ = git.ParseID(ref.name) // a SHA-256 is not here
	case EnvTag, EnvName:
		id = k.site.refs.commit("refs/tags/" + ref.name)
	}
	if ref.kind == EnvCommit {
		e.Commit = ID(id)
	}
	if id == git.ZeroID || e.Component == "" {
		return nil
	}
	plugin, err := k.pluginAt(ctx, id)
	if err != nil || plugin.Component.String() != e.Component {
		return err
	}
	e.Commit, e.Release, e.Version = ID(id), validText(plugin.Release), plugin.Version
	if ref.kind != EnvCommit {
		e.Kind, e.Tag = EnvTag, ref.name
	}
	return nil
}

// pluginAt reads the version.php in the root of a commit; zero where there is none.
func (k *envKnowledge) pluginAt(ctx context.Context, id git.ID) (moodle.Plugin, error) {
	store := k.site.Repo.Store()
	id, err := k.here(ctx, id)
	if err != nil || id == git.ZeroID {
		return moodle.Plugin{}, err
	}
	commit, err := store.Commit(ctx, id)
	if err != nil {
		return moodle.Plugin{}, fmt.Errorf("look at commit %s: %w", id, err)
	}
	entry, err := store.Path(ctx, commit.Tree, "version.php")
	if errors.Is(err, git.ErrNotFound) || err == nil && entry.Mode.IsTree() {
		return moodle.Plugin{}, nil
	}
	if err != nil {
		return moodle.Plugin{}, fmt.Errorf("look at commit %s: %w", id, err)
	}
	data, err := store.Blob(ctx, entry.ID)
	if errors.Is(err, git.ErrNotFound) {
		return moodle.Plugin{}, nil
	}
	if err != nil {
		return moodle.Plugin{}, fmt.Errorf("read version.php of %s: %w", id, err)
	}
	plugin, err := moodle.ParsePlugin(data)
	if err != nil {
		return moodle.Plugin{}, nil // it is no plugin's
	}
	return plugin, nil
}
