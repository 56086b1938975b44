package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/forecast"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// The kinds of collisions between a branch and upstream in what is done to the
// database.
const (
	CollisionSameNumber  = "same-number"      // upstream has a step of the branch's number
	CollisionSkipped     = "would-be-skipped" // upstream's steps below the branch's number would not run
	CollisionAbove       = "above-release"    // the number is above the release's own version
	CollisionChanged     = "changed-step"     // the branch changes a step of upstream's
	CollisionStep        = "step"             // a step of the branch's own that collides with none
	CollisionVersion     = "version"          // the branch changes the version
	CollisionSchema      = "schema"           // the branch changes install.xml
	CollisionSameInTable = "same-in-schema"   // and upstream has added the same since
)

// collider looks at what one branch does to one component of core.
type collider struct {
	view    *upgradeView
	section *PlanSteps
	branch  *upgradeBranch

	component moodle.Component
	upstream  []string // numbers of upstream's steps in the new release
	pristine  string   // the version of the component that the site's upstream has
	release   string   // and that of the new release; "" when it is not in there
}

// collisions looks for branches that change core's steps, versions and tables. What a
// plugin of the site does to its own tables collides with nothing.
func (v *upgradeView) collisions(ctx context.Context, s *PlanSteps) error {
	for i := range v.branches {
		b := &v.branches[i]
		byComponent := make(map[moodle.Component][]tree.Change)
		for _, change := range b.changes {
			component, rest, ok := b.base.layout.ComponentOf(change.Path)
			if !ok || !isDatabaseFile(component, rest, b.base.layout.Docroot()) {
				continue
			}
			_, shipped, err := v.ships(ctx, b.base, component)
			if err != nil {
				return err
			}
			if shipped || isCoreOf(component) {
				byComponent[component] = append(byComponent[component], change)
			}
		}
		for _, component := range sortedComponents(byComponent) {
			c := &collider{view: v, section: s, branch: b, component: component}
			if err := c.collide(ctx, byComponent[component]); err != nil {
				return fmt.Errorf("compare %s with upstream: %w", b.Raw, err)
			}
		}
	}
	return nil
}

func isCoreOf(c moodle.Component) bool { return c.IsCore() && c.Name == "" }

// isDatabaseFile reports whether a file of core, or of a plugin by its path in there,
// says what is done to the database.
func isDatabaseFile(c moodle.Component, rest, docroot string) bool {
	if c.IsCore() {
		rest = strings.TrimPrefix(rest, docroot)
		return rest == "lib/db/upgrade.php" || rest == "lib/db/install.xml" || rest == "version.php"
	}
	return rest == "db/upgrade.php" || rest == "db/install.xml" || rest == "version.php"
}

// collide compares one component.
func (c *collider) collide(ctx context.Context, changes []tree.Change) error {
	if err := c.readUpstream(ctx); err != nil {
		return err
	}
	// The version first: it decides which steps a site has behind it.
	slices.SortStableFunc(changes, func(a, b tree.Change) int { return rankOf(a.Path) - rankOf(b.Path) })
	for _, change := range changes {
		ours, err := c.content(ctx, change.To)
		if err != nil {
			return err
		}
		before, err := c.content(ctx, change.From)
		if err != nil {
			return err
		}
		switch path.Base(change.Path) {
		case "version.php":
			c.version(change.Path, before, ours)
		case "upgrade.php":
			c.steps(change.Path, before, ours)
		default:
			if err := c.schema(ctx, change.Path, before, ours); err != nil {
				return err
			}
		}
	}
	return nil
}

func rankOf(file string) int {
	return slices.Index([]string{"version.php", "upgrade.php", "install.xml"}, path.Base(file))
}

func (c *collider) content(ctx context.Context, e git.TreeEntry) ([]byte, error) {
	if e.Mode != git.ModeFile && e.Mode != git.ModeExec {
		return nil, nil
	}
	return c.view.scratch.Blob(ctx, e.ID)
}

// file reads a file of the component in the new release, given by its path below the
// component's directory; nil when it is not there.
func (c *collider) file(ctx context.Context, rest string) ([]byte, error) {
	layout := c.view.to.layout
	name := layout.Docroot() + rest
	if !isCoreOf(c.component) {
		dir, ok := layout.PathOf(c.component)
		if !ok {
			return nil, nil
		}
		name = dir + "/" + rest
	}
	at, err := tree.At(ctx, c.view.scratch.Store, c.view.to.root, name)
	if err != nil || at.File == (tree.File{}) {
		return nil, err
	}
	return c.content(ctx, git.TreeEntry{Mode: at.File.Mode, ID: at.File.ID})
}

// inCore puts lib/ before what core has in there.
func (c *collider) inCore(rest string) string {
	if isCoreOf(c.component) && rest != "version.php" {
		return "lib/" + rest
	}
	return rest
}

func (c *collider) readUpstream(ctx context.Context) error {
	script, err := c.file(ctx, c.inCore("db/upgrade.php"))
	if err != nil {
		return err
	}
	c.upstream = forecast.Numbers(script)
	version, err := c.file(ctx, "version.php")
	if err != nil {
		return err
	}
	c.release = c.versionIn(version)
	c.pristine, err = c.present(ctx)
	return err
}

// present is the version that upstream's code has which the site runs: that of the
// release in its target, where that is known, else that of the branch's base.
func (c *collider) present(ctx context.Context) (string, error) {
	root, layout := c.branch.base.root, c.branch.base.layout
	if commit := c.view.site.refs.commit("refs/tags/" + c.section.From.Tag); c.section.From.Tag != "" && commit != git.ZeroID {
		p, err := c.view.pristine(ctx, commit)
		if err != nil {
			return "", err
		}
		root, layout = p.root, p.layout
	}
	name := layout.Docroot() + "version.php"
	if !isCoreOf(c.component) {
		dir, ok := layout.PathOf(c.component)
		if !ok {
			return "", nil
		}
		name = dir + "/version.php"
	}
	at, err := tree.At(ctx, c.view.scratch.Store, root, name)
	if err != nil {
		return "", err
	}
	source, err := c.content(ctx, git.TreeEntry{Mode: at.File.Mode, ID: at.File.ID})
	return c.versionIn(source), err
}

// versionIn is the version that a version.php says, "" for none.
func (c *collider) versionIn(source []byte) string {
	if isCoreOf(c.component) {
		v, err := moodle.ParseVersion(source)
		if err != nil {
			return ""
		}
		return v.Version
	}
	p, err := moodle.ParsePlugin(source)
	if err != nil {
		return ""
	}
	return p.Version
}

func (c *collider) add(file, kind, number string, others []string, text string, args ...any) {
	p := PlanCollision{
		Branch: c.branch.Raw, Component: c.component, Path: Path(file), Kind: kind, Number: number,
		Others: append([]string{}, others...), Text: fmt.Sprintf(text, args...),
	}
	if number != "" {
		at := forecast.Stand(number, c.upstream)
		p.Below, p.Above = at.Below, at.Above
	}
	c.section.Collisions = append(c.section.Collisions, p)
}

// tag is the new release.
func (c *collider) tag() string { return c.view.plan.Onto.Tag }

// version looks at a branch that raises the version by hand: Moodle believes that the
// site has run all steps up to it.
func (c *collider) version(file string, before, ours []byte) {
	was, now := c.versionIn(before), c.versionIn(ours)
	if now == "" || moodle.CompareVersions(was, now) == 0 {
		return
	}
	switch skipped := forecast.Skipped(c.upstream, c.pristine, now); {
	case c.release != "" && moodle.CompareVersions(now, c.release) > 0:
		c.add(file, CollisionAbove, now, nil, "the branch raises the version to %s, above %s of %s: Moodle refuses the upgrade as a downgrade", now, c.release, c.tag())
	case len(skipped) > 0:
		c.add(file, CollisionSkipped, now, skipped, "the branch raises the version to %s: Moodle takes upstream's %s for done", now, stepWords(skipped))
	default:
		c.add(file, CollisionVersion, now, nil, "the branch sets the version to %s; no step of upstream's lies between %s and it", now, c.pristine)
	}
}

// stepWords lists numbers of steps.
func stepWords(numbers []string) string {
	const most = 6
	word := "step "
	if len(numbers) > 1 {
		word = "steps "
	}
	if n := len(numbers); n > most {
		return fmt.Sprintf("%s%s and %d more", word, strings.Join(numbers[:most], ", "), n-most)
	}
	return word + strings.Join(numbers, ", ")
}

// steps looks at the steps that a branch adds or changes.
func (c *collider) steps(file string, before, ours []byte) {
	for _, own := range forecast.OwnSteps(before, ours) {
		at := forecast.Stand(own.Number, c.upstream)
		skipped := forecast.Skipped(c.upstream, c.pristine, own.Number)
		skipped = slices.DeleteFunc(skipped, func(n string) bool { return moodle.CompareVersions(n, own.Number) == 0 })
		switch {
		case own.Changed:
			c.add(file, CollisionChanged, own.Number, nil, "the branch changes upstream's step %s: a site that has run upstream's does not run it again", own.Number)
		case at.Same:
			c.add(file, CollisionSameNumber, own.Number, []string{own.Number}, "upstream has a step %s too: a site that has run the branch's never runs upstream's", own.Number)
		case c.release != "" && moodle.CompareVersions(own.Number, c.release) > 0:
			c.add(file, CollisionAbove, own.Number, nil, "the branch's step %s is above %s of %s: Moodle ends with an error once it has recorded it", own.Number, c.release, c.tag())
		case len(skipped) > 0:
			c.add(file, CollisionSkipped, own.Number, skipped, "a site that has run the branch's step %s never runs upstream's %s", own.Number, stepWords(skipped))
		default:
			c.add(file, CollisionStep, own.Number, nil, "the branch's step %s stands between upstream's %s and %s; it collides with none", own.Number, orNone(at.Below), orNone(at.Above))
		}
	}
}

func orNone(number string) string {
	if number == "" {
		return "(none)"
	}
	return number
}

// schema looks at what a branch adds to an install.xml.
func (c *collider) schema(ctx context.Context, file string, before, ours []byte) error {
	old, errOld := forecast.ParseSchema(before)
	own, errOwn := forecast.ParseSchema(ours)
	if err := errors.Join(errOld, errOwn); err != nil {
		c.section.Unread = append(c.section.Unread, PlanUnread{Component: c.component, Path: Path(file), Text: c.branch.Raw, Why: err.Error()})
		return nil
	}
	source, err := c.file(ctx, c.inCore("db/install.xml"))
	if err != nil {
		return err
	}
	upstream, err := forecast.ParseSchema(source)
	if err != nil && source != nil {
		c.section.Unread = append(c.section.Unread, PlanUnread{Component: c.component, Path: Path(file), Text: c.tag(), Why: err.Error()})
	}
	var same, other []string
	for _, added := range old.Added(own) {
		name := strings.TrimSuffix(added.Table+"."+added.Part, ".")
		if upstream.Has(added) && !old.Has(added) {
			same = append(same, name)
		} else {
			other = append(other, name)
		}
	}
	if len(same) > 0 {
		c.add(file, CollisionSameInTable, "", same, "the branch adds %s, which %s has too: upstream's step finds it there already, perhaps of another type", strings.Join(same, ", "), c.tag())
	}
	if len(other) > 0 {
		c.add(file, CollisionSchema, "", other, "the branch adds %s to upstream's tables", strings.Join(other, ", "))
	}
	return nil
}
