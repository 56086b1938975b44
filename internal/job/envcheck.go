package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/envfile"
	"mgit/internal/git"
)

// EnvCheckRequest says what to check, and how.
type EnvCheckRequest struct {
	EnvRequest
	Offline bool          // ask no remote, and say what was not checked
	Timeout time.Duration // for each remote; 0: 30 seconds
}

// EnvCheckReport is what is wrong with the pins of .env files.
type EnvCheckReport struct {
	Files       []EnvChecked     `json:"files"`
	Unmapped    []EnvUnused      `json:"unmapped"`
	Unreachable []EnvUnreachable `json:"unreachable"`
	Warnings    []Warning        `json:"-"`
}

// EnvChecked is one file.
type EnvChecked struct {
	EnvPlace
	Pins     []EnvPin     `json:"pins"`
	Findings []EnvFinding `json:"findings"`
	// Unproven are pins of which it could not be found out whether they are right.
	Unproven []EnvFinding `json:"unproven"`
}

// EnvFinding is something about a pin.
type EnvFinding struct {
	Line     int    `json:"line"`
	Variable string `json:"variable"`
	ID       string `json:"id"`
	Text     string `json:"text"`
}

// Findings counts what is wrong in all files.
func (r *EnvCheckReport) Findings() int {
	n := 0
	for _, f := range r.Files {
		n += len(f.Findings)
	}
	return n
}

// EnvCheck proves the pins of .env files: that the commits and tags exist, that Moodle's is
// upstream's, that the comments above say the truth, and that the plugins suit Moodle and
// each other. It writes nothing but caches. The
// errors are *UsageError for what is not there and for a clone without Moodle's history.
func EnvCheck(ctx context.Context, site *Site, request EnvCheckRequest) (*EnvCheckReport, error) {
	files, err := site.openEnvs(request.EnvRequest)
	if err != nil {
		return nil, err
	}
	k, err := site.knowEnv(ctx, files, request.Progress)
	if err != nil {
		return nil, err
	}
	defer k.close()
	if k.noIndex != nil {
		return nil, k.noIndex
	}
	remotes, err := site.askPlugins(ctx, k.pinnedPlugins(files), request.Offline, request.Timeout)
	if err != nil {
		return nil, err
	}
	r := &EnvCheckReport{Files: []EnvChecked{}, Unmapped: k.unmapped(files), Warnings: k.warnings(files)}
	for _, e := range files {
		c := envChecking{k: k, remotes: remotes, result: EnvChecked{EnvPlace: e.EnvPlace, Pins: []EnvPin{}, Findings: []EnvFinding{}, Unproven: []EnvFinding{}}}
		if err := c.check(ctx, e.file); err != nil {
			return nil, err
		}
		byLine := func(a, b EnvFinding) int { return cmp.Compare(a.Line, b.Line) }
		slices.SortStableFunc(c.result.Findings, byLine)
		slices.SortStableFunc(c.result.Unproven, byLine)
		r.Files = append(r.Files, c.result)
	}
	r.Unreachable = remotes.unreachable()
	return r, nil
}

// pinnedPlugins are the plugins that the files pin to something.
func (k *envKnowledge) pinnedPlugins(files []*openedEnv) []string {
	all := make(map[string]bool)
	for _, e := range files {
		for _, p := range e.file.Pins() {
			if component := k.componentOf(p); component != "" && component != coreComponent {
				all[component] = true
			}
		}
	}
	return sortedNames(all)
}

// envChecking checks one file.
type envChecking struct {
	k       *envKnowledge
	remotes *pluginRemotes
	result  EnvChecked
	at      envfile.Pin // the one that is looked at

	core     git.ID // that the file pins, where it is one of upstream's
	plugins  []envPlugin
	unmapped bool // the file pins a plugin of which nobody says which it is
}

func (c *envChecking) found(id, format string, args ...any) {
	c.result.Findings = append(c.result.Findings, EnvFinding{c.at.Line, c.at.Variable, id, fmt.Sprintf(format, args...)})
}

func (c *envChecking) unproven(id, format string, args ...any) {
	c.result.Unproven = append(c.result.Unproven, EnvFinding{c.at.Line, c.at.Variable, id, fmt.Sprintf(format, args...)})
}

func (c *envChecking) check(ctx context.Context, file *envfile.File) error {
	counting := make(map[string]envfile.Pin) // the assignments that count
	for _, p := range file.Pins() {
		if !p.Overruled {
			counting[p.Variable] = p
		}
	}
	for _, p := range file.Pins() {
		c.at = p
		pin, err := c.k.pin(ctx, p)
		if err != nil {
			return err
		}
		if p.Overruled {
			c.overruled(counting[p.Variable])
		} else if err := c.checkPin(ctx, &pin); err != nil {
			return err
		}
		c.result.Pins = append(c.result.Pins, pin)
	}
	if err := c.checkFit(ctx); err != nil {
		return err
	}
	for _, line := range file.Hidden() {
		c.at = envfile.Pin{Line: line}
		c.found("hidden", "what looks like a pin stands inside a value in quotes that begins further up, so it is none")
	}
	plain, hasPlain := counting["MOODLE_GIT_HEAD"]
	core, hasCore := counting["MOODLE_CORE_GIT_HEAD"]
	if hasPlain && hasCore && plain.Value != core.Value {
		c.at = core
		c.found("core-twice", "MOODLE_GIT_HEAD, in line %d, pins Moodle to something else", plain.Line)
	}
	return nil
}

// overruled is a line that a later one makes void.
func (c *envChecking) overruled(by envfile.Pin) {
	if c.at.State == by.State && c.at.Value == by.Value && c.at.State == envfile.Literal {
		c.unproven("duplicate-key", "it is set again in line %d, to the same", by.Line)
		return
	}
	c.found("duplicate-key", "it is set again in line %d, to something else, and the last one counts", by.Line)
}

// checkPin checks a pin that counts.
func (c *envChecking) checkPin(ctx context.Context, pin *EnvPin) error {
	switch pin.Kind {
	case EnvEmpty:
		c.found("no-value", "it has no value")
		return nil
	case EnvUnset:
		c.found("no-value", "it has no value here: whoever runs the build decides")
		return nil
	case EnvExpanded:
		c.found("not-literal", "its value is put together from other variables or commands, so it pins nothing by itself")
		return nil
	case EnvUnreadable:
		c.found("unreadable", "its value cannot be the name of a version")
		return nil
	}
	if c.at.IsCore() {
		defer c.noteCore(pin)
		return c.checkCore(ctx, pin)
	}
	if err := c.checkPlugin(ctx, pin); err != nil {
		return err
	}
	c.notePlugin(pin)
	return nil
}

func (c *envChecking) checkCore(ctx context.Context, pin *EnvPin) error {
	ref := c.k.coreRef(readEnvRef(c.at.Value))
	switch ref.kind {
	case EnvBranch:
		c.found("branch-pin", "%s is a branch, so every build may get another Moodle", ref.name)
		return nil
	case EnvAbbreviated:
		c.found("abbreviated", "a commit has to be named in full")
		return nil
	case EnvName, EnvTag:
		if c.k.site.refs.commit("refs/tags/"+ref.name) == git.ZeroID {
			c.found("tag-unknown", "this clone has no tag %s; git fetch upstream --tags brings what is new", ref.name)
			return nil
		}
	}
	id := git.ID(pin.Commit)
	if _, ok := c.k.find(id); !ok {
		return c.notUpstream(ctx, id, ref)
	}
	for _, claim := range c.at.Claims {
		if claim.Branch != "" {
			if fault := c.k.branchClaimFault(claim.Branch, id); fault != "" {
				c.found("claim-branch", "%s", fault)
			}
		}
		if claim.Release != "" && !releaseAgrees(claim.Release, pin.Release) {
			c.found("claim-release", "the comment says release %s, the commit's version.php %s", claim.Release, pin.Release)
		}
	}
	return nil
}

// notUpstream says of a commit that upstream's history does not have what that means.
func (c *envChecking) notUpstream(ctx context.Context, id git.ID, ref envRef) error {
	if id == git.ZeroID {
		c.found("commit-unknown", "%s is no commit of this clone", ref.name)
		return nil
	}
	here, err := c.k.here(ctx, id)
	switch {
	case err != nil:
		return err
	case here == git.ZeroID:
		c.found("commit-unknown", "this clone has no commit %s; git fetch upstream --tags brings what is new", ref.name)
	case ref.kind == EnvTag:
		c.found("not-upstream", "the tag %s is not of a commit of upstream's", ref.name)
	default:
		c.found("not-upstream", "the commit is not one of upstream's")
	}
	return nil
}

func (c *envChecking) checkPlugin(ctx context.Context, pin *EnvPin) error {
	if pin.Component == "" {
		c.unmapped = true
		c.unproven("unmapped", "which plugin it is of does not stand in plugins.toml")
		return nil
	}
	r, ok := c.remotes.known[pin.Component]
	switch {
	case c.remotes.offline:
		c.formOnly("offline", "no remote was asked")
		return nil
	case !ok:
		c.formOnly("no-url", "plugins.toml has no repository of "+pin.Component+" that is in force (mgit config trust shows what waits)")
		return nil
	case r.err != nil:
		c.formOnly("unreachable", "its repository did not answer")
		return nil
	}
	ref := r.classify(readEnvRef(c.at.Value))
	pin.Kind = ref.kind
	switch ref.kind {
	case EnvBranch:
		c.found("branch-pin", "%s is a branch, so every build may get another version", ref.name)
	case EnvAbbreviated:
		c.found("abbreviated", "a commit has to be named in full")
	case EnvName:
		c.found("tag-unknown", "its repository has neither a tag nor a branch %s", ref.name)
	case EnvTag:
		id, ok := r.tags[ref.name]
		if !ok {
			c.found("tag-unknown", "its repository has no tag %s", ref.name)
			return nil
		}
		pin.Commit, pin.Tag = ID(id), ref.name
		c.pluginClaims([]string{ref.name})
	case EnvCommit:
		return c.checkPluginCommit(ctx, pin, r, ref)
	}
	return nil
}

// formOnly is what can be said of a plugin's pin when its repository is not asked.
func (c *envChecking) formOnly(id, reason string) {
	switch ref := readEnvRef(c.at.Value); ref.kind {
	case EnvBranch:
		c.found("branch-pin", "%s is a branch, so every build may get another version", ref.name)
	case EnvAbbreviated:
		c.found("abbreviated", "a commit has to be named in full")
	default:
		c.unproven(id, "%s", reason)
	}
}

// classify tells with the references of the repository what a name there names.
func (r *pluginRemote) classify(ref envRef) envRef {
	if ref.kind != EnvName && ref.kind != EnvAbbreviated {
		return ref
	}
	if _, ok := r.tags[ref.name]; ok {
		ref.kind = EnvTag
	} else if _, ok := r.branches[ref.name]; ok {
		ref.kind = EnvBranch
	} else if shortHex().MatchString(ref.name) {
		ref.kind = EnvAbbreviated
	}
	return ref
}

func (c *envChecking) checkPluginCommit(ctx context.Context, pin *EnvPin, r *pluginRemote, ref envRef) error {
	id, err := git.ParseID(ref.name)
	if err != nil {
		c.unproven("commit-unproven", "a commit with a name of %d digits cannot be asked for from here", len(ref.name))
		return nil
	}
	has, err := c.remotes.hasCommit(ctx, r, id)
	switch {
	case err != nil:
		return err
	case r.err != nil:
		c.unproven("unreachable", "its repository did not answer")
		return nil
	case has == isAbsent:
		c.found("commit-unknown", "its repository has no commit %s", ref.name)
		return nil
	case has == cannotTell:
		c.unproven("commit-unproven", "its repository does not say whether it has the commit")
	}
	tags := r.tagsAt(id)
	if len(tags) > 0 {
		pin.Tag = tags[0]
	}
	if pin.Release != "" {
		tags = append(tags, pin.Release) // of its version.php, which is here
	}
	c.pluginClaims(tags)
	return nil
}

// pluginClaims holds what comments say against the tags that the pin is.
func (c *envChecking) pluginClaims(tags []string) {
	for _, claim := range c.at.Claims {
		agrees := claim.Release == ""
		for _, tag := range tags {
			agrees = agrees || pluginClaimAgrees(claim.Release, tag)
		}
		switch {
		case agrees:
		case len(tags) == 0:
			c.found("claim-release", "the comment says release %s, and the commit has no tag", claim.Release)
		default:
			c.found("claim-release", "the comment says release %s, and it is %s", claim.Release, strings.Join(tags, ", "))
		}
	}
}
