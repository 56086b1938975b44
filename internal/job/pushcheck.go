package job

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// The names of the push guard's refusals.
const (
	refuseFetchOnly = "push-fetch-only" // the remote is Moodle's
	refuseNotPublic = "push-not-public" // the community must not see it
	refuseContent   = "push-content"    // … nor what a public branch holds
	refuseOwnRefs   = "push-own-refs"   // what belongs to this clone alone
	refuseMerged    = "push-merged"     // the mgit branch in code, or code in the mgit branch
	refuseErrors    = "push-errors"     // the checks found something
)

// GuardRequest is what git tells a pre-push hook, see githooks(5).
type GuardRequest struct {
	Remote, URL string
	// Lines are the hook's standard input: local ref, its id, remote ref, its id.
	Lines []byte
	// Allow names refusals that are waived.
	Allow []string
	// PHPTime is how long PHP may take for what is new there; 0 is some seconds.
	PHPTime time.Duration
}

// GuardReport says what the push guard thinks of a push that goes ahead.
type GuardReport struct {
	Remote string       `json:"remote"`
	Role   string       `json:"role"` // "" for none
	Refs   []GuardedRef `json:"refs"`

	Warnings []Warning `json:"-"`
}

// GuardedRef is a reference that somebody pushes.
type GuardedRef struct {
	Ref    string `json:"ref"`
	To     string `json:"to"`
	Reason string `json:"reason"` // why it would be refused; "" when nothing is against it
}

// CheckPush judges a push that somebody makes by hand. To Moodle's own remotes
// nothing goes, to a public one only branches that may be seen there, without
// content that may not, and what upstream has anyway. Remotes that are the
// institution's own, or that mgit knows nothing of, are their user's business; but
// this clone's refs/mgit/ would make others take its runs for theirs, and the mgit
// branch is merged into nothing, wherever that goes. The error is a *Refusal.
func CheckPush(ctx context.Context, site *Site, request GuardRequest) (*GuardReport, error) {
	lines, err := parsePush(request.Lines)
	if err != nil {
		return nil, err
	}
	role, err := site.guardRole(ctx, request.URL)
	if err != nil {
		return nil, err
	}
	r := &GuardReport{Remote: remote.Redact(request.Remote), Role: string(role), Refs: []GuardedRef{}}
	if role == remote.None {
		give := "mgit init"
		if request.Remote != request.URL { // what has no name has no role either
			give += " --internal " + shellName(remote.Redact(request.Remote))
		}
		r.Warnings = append(r.Warnings, Warning{"no-role", fmt.Sprintf(
			"mgit knows no role of %s and does not check what goes there; `%s` gives it one", remote.Redact(request.URL), give)})
	}
	guard, err := newGuard(ctx, site, role, lines)
	if err != nil {
		return nil, err
	}
	refused := make(map[string][]string) // by the rule's id
	for _, l := range lines {
		id, reason, err := guard.against(ctx, l)
		if err != nil {
			return nil, err
		}
		r.Refs = append(r.Refs, GuardedRef{Ref: l.local, To: l.remote, Reason: reason})
		if id != "" && !slices.Contains(request.Allow, id) {
			refused[id] = append(refused[id], fmt.Sprintf("%s: %s", l.name(), reason))
		}
	}
	known, err := site.knownAt(ctx, request, lines)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(request.Allow, refuseMerged) && !slices.Contains(request.Allow, ruleMerged) {
		if refused[refuseMerged], err = site.stateInPush(ctx, lines, known); err != nil {
			return nil, err
		}
	}
	for _, id := range []string{refuseFetchOnly, refuseNotPublic, refuseOwnRefs, refuseContent, refuseMerged} {
		if len(refused[id]) > 0 {
			hint := "nothing was pushed"
			if id == refuseMerged {
				hint += "; take the merge out again with `git rebase`, or of a target with `git reset`; `mgit sync` shares the mgit branch"
			}
			return nil, &Refusal{
				ID:   id,
				Text: fmt.Sprintf("push to %s (%s): %s", remote.Redact(request.Remote), role, fewOf(refused[id])),
				Hint: hint,
			}
		}
	}
	if (role == remote.Internal || role == remote.Public) && !slices.Contains(request.Allow, refuseErrors) {
		r.Warnings, err = site.guardAgainstErrors(ctx, request, lines, known, r.Warnings)
	}
	return r, err
}

// guardAgainstErrors lets the checks judge the branches of the site's that may go by the rules of the remotes. Targets are
// made of branches that were judged. What could not be judged is a warning.
func (s *Site) guardAgainstErrors(ctx context.Context, request GuardRequest, lines []pushLine, known []git.ID, warnings []Warning) ([]Warning, error) {
	var branches []*pushedBranch
	for _, l := range lines {
		name := s.branchOfLine(l)
		if l.id == git.ZeroID || name == "" {
			continue
		}
		tip, err := s.present(ctx, []git.ID{l.id})
		if err != nil {
			return nil, err
		}
		if len(tip) > 0 {
			branches = append(branches, &pushedBranch{name: name, tip: tip[0]})
		}
	}
	j, err := s.newErrorJudge(request.Allow, known, request.PHPTime)
	if err != nil {
		return nil, err
	}
	if err := j.judge(ctx, branches); err != nil {
		return nil, err
	}
	return append(warnings, j.warnings()...), errorsRefusal(request.Remote, branches)
}

// branchOfLine is the branch of the site that a line is about, by its name there or else here; "" for none.
func (s *Site) branchOfLine(l pushLine) string {
	for _, ref := range []string{l.remote, l.local} {
		if name := s.judgedAs(ref); name != "" {
			return name
		}
	}
	return ""
}

// judgedAs is the branch as which the checks judge a reference; "" for what is none of the site's.
func (s *Site) judgedAs(ref string) string {
	switch facts := s.factsOf(ref); facts.Kind {
	case check.Ours, check.Misnamed:
		return facts.Name
	}
	return ""
}

// errorsRefusal refuses a push in which errors were found; nil where there are none.
func errorsRefusal(remoteName string, branches []*pushedBranch) error {
	bad := slices.DeleteFunc(slices.Clone(branches), func(b *pushedBranch) bool { return len(b.errors) == 0 })
	if len(bad) == 0 {
		return nil
	}
	var found []string
	for _, b := range bad {
		for _, reason := range b.reasons() {
			if len(branches) > 1 {
				reason = b.name + ": " + reason
			}
			found = append(found, reason)
		}
	}
	return &Refusal{
		ID:   refuseErrors,
		Text: fmt.Sprintf("push to %s: %s in what is new there: %s", remote.Redact(remoteName), count(len(found), "error"), fewOf(found)),
		Hint: fmt.Sprintf("nothing was pushed; `mgit check --branch %s` lists them all\nMGIT_ALLOW=ID in the environment of the push lets what a rule found pass this time, a line \"Mgit-Allow: ID REASON\" at the end of a commit's message for good", shellName(bad[0].name)),
	}
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
	old           git.ID // what the remote has
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
		old, err := git.ParseID(fields[3])
		if err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("%q: %v", strings.TrimSpace(line), err)}
		}
		all = append(all, pushLine{local: fields[0], id: id, remote: fields[2], old: old})
	}
	return all, nil
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
	case isTag && s.isReleaseTag(tag):
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

// templateField is a field of a template, like {ourname}.
var templateField = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\\{[^}]*\\\}`) })

// isReleaseTag reports whether a tag is one of the site's releases by its name: as
// the template has it, or as such tags are usually named.
func (s *Site) isReleaseTag(tag string) bool {
	if isUpstreamTag(tag) {
		return false
	}
	if releaseTag().MatchString(tag) {
		return true
	}
	template := s.Config.Release.Tag
	if template == "" {
		return false
	}
	field := `[0-9A-Za-z.+_-]+`
	if templateField().ReplaceAllString(regexp.QuoteMeta(template), "") == "" {
		field = `[0-9]+` // 2026030200: without a word of its own it must be a number
	}
	shape, err := regexp.Compile("^" + templateField().ReplaceAllString(regexp.QuoteMeta(template), field) + "$")
	return err == nil && shape.MatchString(tag)
}
