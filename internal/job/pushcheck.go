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
	"mgit/internal/remote"
)

// The names of the push guard's refusals.
const (
	refuseFetchOnly = "push-fetch-only" // the remote is Moodle's
	refuseNotPublic = "push-not-public" // the community must not see it
)

// PushRequest is what git tells a pre-push hook, see githooks(5).
type PushRequest struct {
	Remote, URL string
	// Lines are the hook's standard input: local ref, its id, remote ref, its id.
	Lines []byte
	// Allow names refusals that are waived.
	Allow []string
}

// PushReport says what the push guard thinks of a push that goes ahead.
type PushReport struct {
	Remote string      `json:"remote"`
	Role   string      `json:"role"` // "" for none
	Refs   []PushedRef `json:"refs"`

	Warnings []Warning `json:"-"`
}

// PushedRef is a reference that somebody pushes.
type PushedRef struct {
	Ref    string `json:"ref"`
	To     string `json:"to"`
	Reason string `json:"reason"` // why it would be refused; "" when nothing is against it
}

// CheckPush judges a push that somebody makes by hand. To Moodle's own remotes
// nothing goes, to a public one only branches that may be seen there and what
// upstream has anyway. Remotes that are the institution's own, or that mgit
// knows nothing of, are their user's business. The error is a *Refusal.
func CheckPush(ctx context.Context, site *Site, request PushRequest) (*PushReport, error) {
	lines, err := parsePush(request.Lines)
	if err != nil {
		return nil, err
	}
	role, err := site.guardRole(ctx, request.URL)
	if err != nil {
		return nil, err
	}
	r := &PushReport{Remote: request.Remote, Role: string(role), Refs: []PushedRef{}}
	if role == remote.None {
		r.Warnings = append(r.Warnings, Warning{"no-role", fmt.Sprintf(
			"mgit knows no role of %s and does not check what goes there; `mgit init` gives it one", remote.Redact(request.URL))})
	}
	var refused []string
	for _, l := range lines {
		reason := ""
		switch role {
		case remote.Upstream, remote.Integration:
			reason = fmt.Sprintf("a remote with the role %s is only fetched from", role)
		case remote.Public:
			if reason, err = site.keepFromPublic(ctx, l); err != nil {
				return nil, err
			}
		}
		r.Refs = append(r.Refs, PushedRef{Ref: l.local, To: l.remote, Reason: reason})
		if reason != "" {
			refused = append(refused, fmt.Sprintf("%s: %s", l.name(), reason))
		}
	}
	id := refuseNotPublic
	if role != remote.Public {
		id = refuseFetchOnly
	}
	if len(refused) > 0 && !slices.Contains(request.Allow, id) {
		return nil, &Refusal{
			ID:   id,
			Text: fmt.Sprintf("push to %s (%s): %s", request.Remote, role, fewOf(refused)),
			Hint: "nothing was pushed; `git push --no-verify` asks no hook at all",
		}
	}
	return r, nil
}

// fewOf joins the first of many reasons.
func fewOf(reasons []string) string {
	const few = 4
	text := strings.Join(reasons[:min(few, len(reasons))], "; ")
	if more := len(reasons) - few; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// pushLine is one line of what git tells the hook.
type pushLine struct {
	local, remote string
	id            git.ID // zero: the remote's is deleted
}

// name is what the push is called in a message.
func (l pushLine) name() string {
	if l.id == git.ZeroID {
		return "deletion of " + shortBranch(l.remote)
	}
	return shortBranch(l.local)
}

func parsePush(input []byte) ([]pushLine, error) {
	var all []pushLine
	for line := range strings.Lines(string(input)) {
		fields := strings.Fields(line)
		if len(fields) != 4 {
			return nil, &UsageError{Text: fmt.Sprintf("%q is no line of what git tells a pre-push hook", strings.TrimSpace(line))}
		}
		id, err := git.ParseID(fields[1])
		if err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("%q: %v", strings.TrimSpace(line), err)}
		}
		all = append(all, pushLine{local: fields[0], id: id, remote: fields[2]})
	}
	return all, nil
}

// keepFromPublic says why something must not go to a public remote, "" when it
// may. Deleting shows nothing to anybody.
func (s *Site) keepFromPublic(ctx context.Context, l pushLine) (string, error) {
	if l.id == git.ZeroID {
		return "", nil
	}
	if s.Config.Public.Pending {
		return "the rules for what is public have changed and are not confirmed here; see `mgit config trust`", nil
	}
	// The name there counts too: it shows, and the next push may be by that name.
	if there := s.item(l.remote); there.Kind != remote.Other && !there.Public || isState(l.remote) {
		return reasonAgainst(there), nil
	}
	has, err := s.isUpstreams(ctx, l.id)
	if err != nil || has {
		return "", err
	}
	items, err := s.pushed(ctx, l)
	if err != nil {
		return "", err
	}
	for _, item := range items {
		if item.Kind != remote.Branch || !item.Public {
			return reasonAgainst(item), nil
		}
	}
	return "", nil
}

// isState reports whether a reference belongs to mgit itself.
func isState(ref string) bool {
	return ref == "refs/heads/mgit" || strings.HasPrefix(ref, "refs/mgit/")
}

// reasonAgainst says why an item is not for a public remote.
func reasonAgainst(item remote.Item) string {
	switch {
	case isState(item.Ref):
		return "what belongs to mgit is never pushed to a public remote"
	case item.Kind == remote.Branch:
		return "its record does not say that it is public"
	case item.Kind == remote.Other:
		return "nothing says that it is public, since it is no branch of the site"
	}
	return fmt.Sprintf("a %s is never pushed to a public remote", item.Kind)
}

// pushed are the references that a push sends. A commit that was named otherwise,
// as HEAD or by its id, is that of every branch whose tip it is.
func (s *Site) pushed(ctx context.Context, l pushLine) ([]remote.Item, error) {
	if strings.HasPrefix(l.local, "refs/") {
		return []remote.Item{s.item(l.local)}, nil
	}
	head, id, err := s.Repo.Head(ctx)
	if err != nil {
		return nil, err
	}
	if l.local == "HEAD" && head != "" && id == l.id {
		return []remote.Item{s.item(head)}, nil
	}
	var items []remote.Item
	for _, r := range s.refs.refs {
		if strings.HasPrefix(r.Name, "refs/heads/") && r.ID == l.id {
			items = append(items, s.item(r.Name))
		}
	}
	if len(items) == 0 {
		items = append(items, remote.Item{Ref: l.local, Kind: remote.Other})
	}
	return items, nil
}

// item says what kind of reference ref is to the site.
func (s *Site) item(ref string) remote.Item {
	item := remote.Item{Ref: ref, Kind: remote.Other}
	name, isBranch := strings.CutPrefix(ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case isBranch && name == "mgit":
		item.Kind = remote.State
	case isTag && releaseTag.MatchString(tag):
		item.Kind = remote.ReleaseTag
	case !isBranch || s.Scheme == nil:
	default:
		n, err := s.Scheme.Parse(name)
		switch {
		case errors.Is(err, branches.ErrTarget):
			item.Kind = remote.Target
		case err == nil:
			item.Kind, item.Public = remote.Branch, s.Config.Records[n.Key()].Public
		case !errors.Is(err, branches.ErrForeign):
			item.Kind = remote.Branch // nearly of the scheme: it is the site's, and has no record
		}
	}
	return item
}

// isUpstreams reports whether upstream has the commit.
func (s *Site) isUpstreams(ctx context.Context, id git.ID) (bool, error) {
	var in strings.Builder
	fmt.Fprintf(&in, "%s\n", id)
	known := false
	for _, r := range s.refs.refs {
		isTheirs := slices.ContainsFunc(s.upstream, func(name string) bool { return strings.HasPrefix(r.Name, "refs/remotes/"+name+"/") })
		if isTheirs && r.Symref == "" {
			fmt.Fprintf(&in, "^%s\n", r.Peeled)
			known = true
		}
	}
	if !known {
		return false, nil
	}
	out, err := s.Repo.Cmd("rev-list", "--max-count=1", "--stdin").Stdin([]byte(in.String())).Output(ctx)
	if err != nil {
		return false, fmt.Errorf("look for %s upstream: %w", id, err)
	}
	return len(out) == 0, nil
}

// guardRole is the role by which the guard judges a URL: the strictest of those in
// force and those that were confirmed and whose change waits. A push to the mgit
// branch takes a role out of force at once; it must not open the gate by that.
func (s *Site) guardRole(ctx context.Context, url string) (remote.Role, error) {
	rules, err := s.guardRules(ctx)
	if err != nil {
		return remote.None, err
	}
	strictness := []remote.Role{remote.None, remote.Internal, remote.Public, remote.Integration, remote.Upstream}
	role := remote.None
	for _, r := range rules {
		if sameRepository(r.URL, url) && slices.Index(strictness, r.Role) > slices.Index(strictness, role) {
			role = r.Role
		}
	}
	return role, nil
}

func (s *Site) guardRules(ctx context.Context) ([]remote.Rule, error) {
	inForce := make(map[string]string)
	for _, v := range s.Config.Settings() {
		inForce[v.Key] = v.Value
	}
	files, err := s.sharedFilesAt(ctx, s.shared)
	if err != nil {
		return nil, err
	}
	said, err := config.ParseDocument(settingsFile, files.Main)
	if err != nil {
		return nil, err
	}
	confirmed := make(map[string]string)
	waiting := make(map[string]bool) // names of remotes
	for _, p := range s.Config.Pending() {
		if path := splitKey(p.Key); len(path) == 3 && path[0] == "remote" {
			confirmed[p.Key], waiting[path[1]] = p.Old, true
		}
	}
	names := make(map[string]bool)
	for key := range inForce {
		if path := splitKey(key); len(path) == 3 && path[0] == "remote" {
			names[path[1]] = true
		}
	}
	var rules []remote.Rule
	add := func(name string, value func(key string, path []string) string) {
		url, role := []string{"remote", name, "url"}, []string{"remote", name, "role"}
		rules = append(rules, remote.Rule{
			Name: name,
			URL:  untoml(value(config.FormatPath(url...), url)),
			Role: remote.Role(untoml(value(config.FormatPath(role...), role))),
		})
	}
	for _, name := range sortedNames(names) {
		add(name, func(key string, _ []string) string { return inForce[key] })
	}
	for _, name := range sortedNames(waiting) {
		add(name, func(key string, path []string) string {
			if old, changed := confirmed[key]; changed {
				return old
			}
			return tomlAt(said, path) // as it was confirmed
		})
	}
	return rules, nil
}

// untoml is the text of a TOML string.
func untoml(value string) string {
	if value == "" {
		return ""
	}
	doc, err := config.ParseDocument("", []byte("value = "+value+"\n"))
	if err != nil {
		return ""
	}
	text, _ := doc.Get("value")
	s, _ := text.(string)
	return s
}
