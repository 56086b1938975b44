package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/release"
)

// knownTags are the names of all tags, each with where it is.
type knownTags map[string]string

// tagsInUse lists the tags of this clone and of the internal remotes. A remote
// that does not answer is said and left out: a release is local until it is pushed.
func (r *ReleaseReport) tagsInUse(ctx context.Context) (knownTags, error) {
	known := make(knownTags)
	for _, name := range r.site.internal {
		tags, err := r.site.Repo.RemoteTags(ctx, name)
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			r.Warnings = append(r.Warnings, Warning{
				ID:   "remote-unseen",
				Text: fmt.Sprintf("which releases %s has is not known, since it did not answer: %s", name, firstLine(err)),
			})
		}
		for _, tag := range tags {
			known[tag] = "at " + name
		}
	}
	for _, ref := range r.site.refs.refs {
		if tag, ok := strings.CutPrefix(ref.Name, "refs/tags/"); ok {
			known[tag] = "here"
		}
	}
	return known, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// name gives the release its name: the one asked for, or the next one by the
// template.
func (r *ReleaseReport) name(ctx context.Context, m *release.Manifest, request ReleaseRequest) error {
	known, err := r.tagsInUse(ctx)
	if err != nil {
		return err
	}
	if m.Tag = request.Tag; m.Tag == "" {
		if m.Tag, err = r.nextTag(ctx, m, known); err != nil {
			return err
		}
	} else if err := r.mayBeCalled(m); err != nil {
		return err
	}
	r.Tag = m.Tag
	if err := r.isFree(known); err != nil {
		return err
	}
	for _, ref := range r.site.refs.refs {
		if tag, ok := strings.CutPrefix(ref.Name, "refs/tags/"); ok && ref.Peeled == m.Commit && !isUpstreamTag(tag) {
			r.ExistsAs = append(r.ExistsAs, tag)
		}
	}
	if len(r.ExistsAs) > 0 {
		r.Warnings = append(r.Warnings, Warning{
			ID:   "released-already",
			Text: fmt.Sprintf("this commit of %s exists already as %s", r.Target, strings.Join(r.ExistsAs, ", ")),
		})
	}
	return nil
}

func (r *ReleaseReport) nextTag(ctx context.Context, m *release.Manifest, known knownTags) (string, error) {
	template, err := r.site.releaseTemplate()
	var bad *release.TemplateError
	if errors.As(err, &bad) {
		usage := &UsageError{Text: "release.tag: " + bad.Error(), Hint: "mgit config edit changes it, or --tag NAME names the release"}
		if bad.Key != "" {
			usage.Hint = fmt.Sprintf("mgit config edit %s VALUE, or --tag NAME names the release", bad.Key)
		}
		return "", usage
	}
	if err != nil {
		return "", err
	}
	fields, err := r.nameFields(ctx, m)
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(known))
	for tag := range known {
		names = append(names, tag)
	}
	name, err := template.Next(fields, names)
	if err == nil {
		err = release.CheckTag(name)
	}
	if err != nil {
		return "", &UsageError{Text: fmt.Sprintf("release.tag %q: %v", template, err), Hint: "--tag NAME names the release"}
	}
	return name, nil
}

// isFree refuses a name that a tag has, or that Git cannot have beside one: a tag
// is no folder of others. A name that a branch has would hide the branch, since
// Git takes the tag of the two.
func (r *ReleaseReport) isFree(known knownTags) error {
	if where, ok := known[r.Tag]; ok {
		return tagExists(r.Tag, where)
	}
	for _, tag := range slices.Sorted(maps.Keys(known)) {
		if strings.HasPrefix(r.Tag, tag+"/") || strings.HasPrefix(tag, r.Tag+"/") {
			refusal := tagExists(tag, known[tag])
			refusal.Text += fmt.Sprintf(", and Git cannot have %s beside it", r.Tag)
			return refusal
		}
	}
	if _, _, ok := r.site.refs.present(r.Tag, r.site.internal); ok {
		return &UsageError{Text: fmt.Sprintf("%s is the name of a branch, which a tag of that name would hide", r.Tag), Hint: "--tag with another name"}
	}
	return nil
}

// nameFields are what the name may say of the release. The day is that of whoever
// makes it.
func (r *ReleaseReport) nameFields(ctx context.Context, m *release.Manifest) (release.Fields, error) {
	who, err := r.site.Repo.Ident(ctx)
	if err != nil {
		return release.Fields{}, err
	}
	f := release.Fields{Series: r.recipe.target.Version, Date: release.DateOf(who.When)}
	f.Moodle, _ = m.MoodleVersion()
	return f, nil
}

// mayBeCalled checks a name that was asked for: one that the template makes must
// say the Moodle that is in the release.
func (r *ReleaseReport) mayBeCalled(m *release.Manifest) error {
	template, err := r.site.releaseTemplate()
	if err != nil {
		return nil //nolint:nilerr // a name that was given needs no template
	}
	fields, ok := template.Parse(m.Tag)
	moodle, known := m.MoodleVersion()
	if ok && known && !fields.Moodle.IsZero() && fields.Moodle != moodle {
		return &UsageError{Text: fmt.Sprintf("--tag: %s says Moodle %s, and %s has %s", m.Tag, fields.Moodle, r.Target, moodle)}
	}
	return nil
}

// releaseTags lists the tags of this clone whose names the template makes, or
// whose message is a manifest, newest first.
func (s *Site) releaseTags(ctx context.Context) ([]*foundRelease, error) {
	template, err := s.releaseTemplate()
	if err != nil {
		template = nil
	}
	var all []*foundRelease
	for _, ref := range s.refs.refs {
		name, ok := strings.CutPrefix(ref.Name, "refs/tags/")
		if !ok || isUpstreamTag(name) || ref.Peeled == git.ZeroID {
			continue
		}
		found, err := s.findRelease(ctx, name)
		if err != nil {
			return nil, err
		}
		matches := false
		if template != nil {
			var fields release.Fields
			fields, matches = template.Parse(name)
			found.number = fields.Number
		}
		if matches || found.manifest != nil {
			all = append(all, found)
		}
	}
	slices.SortStableFunc(all, func(a, b *foundRelease) int {
		return cmp.Or(b.when().Compare(a.when()), cmp.Compare(b.number, a.number)) // two in one second
	})
	return all, nil
}
