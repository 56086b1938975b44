package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// destination is a repository that is pushed to: one push URL of a remote, with
// its role as the settings have it at this moment. What git is given is the URL
// that was judged: the name of a remote could stand for another one by then.
type destination struct {
	name    string // of the remote
	url     string // with whatever secrets it has
	key     string // the same for all URLs of the repository
	role    remote.Role
	remote  remote.Remote
	options []string // of git push, from the remote's settings
	fetch   []string // the remote's refspecs

	refs    map[string]git.ID // what it has; tags not peeled
	records map[string]git.ID // what was last pushed there, by reference there
}

// longPush is how long a push may take: a first one sends all of Moodle.
const longPush = 2 * time.Hour

// destinations reads the remotes anew and judges them: the one called name, or for
// "" all with the role. The error is a *Refusal where nothing is pushed to.
func (s *Site) destinations(ctx context.Context, name string, role remote.Role) ([]*destination, error) {
	values, err := s.Repo.Config(ctx)
	if err != nil {
		return nil, err
	}
	all := remotes(values)
	chosen, err := s.chooseRemotes(ctx, all, name, role)
	if err != nil {
		return nil, err
	}
	var found []*destination
	for _, r := range chosen {
		urls, err := s.pushURLs(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, url := range urls {
			parsed, err := remote.ParseURL(url)
			if err != nil {
				return nil, err
			}
			d := &destination{name: r.Name, url: url, key: parsed.Key(), role: s.roles.RoleOf(url), remote: r, fetch: values.All("remote." + r.Name + ".fetch")}
			if slices.ContainsFunc(found, func(other *destination) bool { return other.key == d.key }) {
				continue // one repository by two names
			}
			if err := checkUnchanged(values, url); err != nil {
				return nil, err
			}
			if err := s.checkNoName(values, url); err != nil {
				return nil, err
			}
			if program, ok := values.Get("remote." + r.Name + ".receivepack"); ok {
				d.options = append(d.options, "--receive-pack="+program)
			}
			found = append(found, d)
		}
	}
	return found, nil
}

// chooseRemotes finds the remotes that are meant, and refuses those to which nothing
// goes.
func (s *Site) chooseRemotes(ctx context.Context, all []remote.Remote, name string, role remote.Role) ([]remote.Remote, error) {
	var chosen []remote.Remote
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
		if r.Name == name || name == "" && s.roles.PushRole(r) == role {
			chosen = append(chosen, r)
		}
	}
	pending := &Refusal{ID: "push-rules-pending", Text: "the rules for what is public have changed and are not confirmed here, so that no remote is public"}
	switch {
	case len(chosen) == 0 && role == remote.Public && s.Config.Public.Pending:
		return nil, pending
	case len(chosen) == 0 && name != "":
		return nil, &UsageError{Text: fmt.Sprintf("there is no remote %q", name), Hint: "the remotes are " + strings.Join(names, ", ")}
	case len(chosen) == 0:
		return nil, &UsageError{
			Text: fmt.Sprintf("no remote has the role %s, so there is nowhere to push to", role),
			Hint: fmt.Sprintf("`mgit config show remote` lists the roles, `mgit init --%s REMOTE` gives one, `mgit config trust` confirms what a colleague set", role),
		}
	case role == remote.Public && name == "" && len(chosen) > 1:
		return nil, &UsageError{Text: "several remotes are public", Hint: "--remote NAME says which is meant"}
	}
	for _, r := range chosen {
		switch role := s.roles.PushRole(r); role {
		case remote.None:
			// A URL that waits to be confirmed has no role in force, the guard knows what it was.
			if was, err := s.guardRole(ctx, slices.Concat(r.PushURLs, []string{""})[0]); err != nil {
				return nil, err
			} else if was == remote.Public && s.Config.Public.Pending {
				return nil, pending
			}
			reason := "has no role, and what has none is never pushed to"
			if len(r.PushURLs) > 1 {
				reason = "has several URLs for pushing, which have no role in common"
			}
			return nil, &Refusal{ID: "push-no-role", Text: fmt.Sprintf("the remote %s %s", r.Name, reason)}
		case remote.Upstream, remote.Integration:
			return nil, &Refusal{ID: "push-upstream", Text: fmt.Sprintf("the remote %s has the role %s, and is only fetched from", r.Name, role)}
		}
	}
	return chosen, nil
}

// pushURLs are where git would push r to. Git is asked too: where it says something
// else than the settings do, nothing is certain.
func (s *Site) pushURLs(ctx context.Context, r remote.Remote) ([]string, error) {
	if err := git.CheckName(r.Name); err != nil {
		return nil, err
	}
	out, err := s.Repo.Cmd("remote", "get-url", "--push", "--all", "--", r.Name).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("find where %s is pushed to: %w", r.Name, err)
	}
	said := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if !slices.Equal(said, r.PushURLs) {
		return nil, fmt.Errorf("git and the settings differ in where %s is pushed to: nothing was pushed", r.Name)
	}
	return said, nil
}

// checkUnchanged makes sure that git takes a URL as it is: url.<base>.insteadOf
// would be applied to it once more.
func checkUnchanged(values *git.ConfigValues, url string) error {
	var instead, pushInstead []rewrite
	for _, e := range values.Entries {
		base, isInstead := strings.CutPrefix(e.Key, "url.")
		if !isInstead {
			continue
		}
		if base, ok := strings.CutSuffix(base, ".insteadof"); ok {
			instead = append(instead, rewrite{from: e.Value, to: base})
		}
		if base, ok := strings.CutSuffix(base, ".pushinsteadof"); ok {
			pushInstead = append(pushInstead, rewrite{from: e.Value, to: base})
		}
	}
	for _, sets := range [][][]rewrite{{instead}, {pushInstead, instead}} {
		if again := rewriteAll([]string{url}, sets...)[0]; again != url {
			return &UsageError{
				Text: fmt.Sprintf("git would replace %s by %s once more", remote.Redact(url), remote.Redact(again)),
				Hint: "make url.<base>.insteadOf and pushInsteadOf lead to the address in one step",
			}
		}
	}
	return nil
}

// checkNoName makes sure that git takes a URL for a place and not for the name of a
// remote, which has an address of its own: [remote "../internal.git"] is one.
func (s *Site) checkNoName(values *git.ConfigValues, url string) error {
	isName := slices.ContainsFunc(values.Entries, func(e git.ConfigEntry) bool {
		rest, ok := strings.CutPrefix(e.Key, "remote."+url+".")
		return ok && slices.Contains([]string{"url", "pushurl", "receivepack", "vcs", "mirror"}, rest)
	})
	for _, dir := range []string{"remotes", "branches"} { // as git kept remotes long ago
		if !isName && !strings.Contains(url, "/") {
			_, err := os.Stat(filepath.Join(s.Repo.CommonDir(), dir, url))
			isName = err == nil
		}
	}
	if !isName {
		return nil
	}
	return &UsageError{
		Text: fmt.Sprintf("%s is the name of a remote too, and git would push to that one", remote.Redact(url)),
		Hint: "git remote rename " + shellName(remote.Redact(url)) + " NAME",
	}
}

// listRefs asks the repository what it has. The error is an *UnreachableError where it
// does not answer.
func (s *Site) listRefs(ctx context.Context, d *destination) error {
	out, err := s.Repo.Cmd("ls-remote", "--refs", "--", d.url, "refs/heads/*", "refs/tags/*").Output(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) {
		return &UnreachableError{Remote: d.name, Err: err}
	}
	if err != nil {
		return err
	}
	d.refs = make(map[string]git.ID)
	for line := range strings.Lines(string(out)) {
		hex, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		id, err := git.ParseID(hex)
		if err != nil {
			return fmt.Errorf("list what %s has: %w", d.name, err)
		}
		d.refs[name] = id
	}
	return nil
}

// asUnreachable is the reason why a remote could not be reached.
func asUnreachable(err error) (reason string, is bool) {
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) {
		return "", false
	}
	return firstWords(unreachable.Err.Error()), true
}

// firstWords is what a program said, on one line and not for ever.
func firstWords(text string) string {
	const enough = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + " …"
	}
	return text
}

// has are the commits that a repository says it has.
func (d *destination) has() []git.ID {
	var ids []git.ID
	for _, name := range sortedNames(d.refs) {
		if strings.HasPrefix(name, "refs/heads/") {
			ids = append(ids, d.refs[name])
		}
	}
	return ids
}

// tracking is the reference under which a fetch from the remote leaves one of its
// branches, "" where it leaves none: those of the repository that is fetched from.
func (d *destination) tracking(ref string) string {
	isFetched := slices.ContainsFunc(d.remote.FetchURLs, func(u string) bool { return sameRepository(u, d.url) })
	if !isFetched {
		return ""
	}
	for _, spec := range d.fetch {
		from, to, ok := strings.Cut(strings.TrimPrefix(spec, "+"), ":")
		before, after, isGlob := strings.Cut(from, "*")
		switch {
		case !ok:
		case !isGlob && from == ref:
			return to
		case isGlob && len(ref) >= len(before)+len(after) && strings.HasPrefix(ref, before) && strings.HasSuffix(ref, after):
			return strings.Replace(to, "*", ref[len(before):len(ref)-len(after)], 1)
		}
	}
	return ""
}
