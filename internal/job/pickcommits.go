package job

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/rebase"
	"mgit/internal/remote"
)

// pickSource is a commit that is to be picked.
type pickSource struct {
	commit  *git.Commit
	mdl     string // "MDL-12345", "" when its subject begins with none
	from    string // where it was found; "" when it is upstream's
	subject string // decoded
}

// issueArgument is an MDL number as it is typed.
var issueArgument = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i:MDL)-0*([1-9][0-9]*)$`) })

// findSources finds the commits that the request names, each once, in the order of
// the request.
func (r *PickReport) findSources(ctx context.Context) error {
	var ids []git.ID
	numbers := 0
	for _, text := range r.request.Commits {
		var more []git.ID
		var err error
		if m := issueArgument().FindStringSubmatch(text); m != nil {
			numbers++
			mdl := "MDL-" + m[1]
			if slices.ContainsFunc(r.Lines, func(l PickLine) bool { return l.MDL == mdl }) {
				continue // it was given twice
			}
			more, err = r.ofIssue(ctx, mdl)
		} else if strings.Contains(text, "..") {
			more, err = r.ofRange(ctx, text)
		} else {
			more, err = r.ofCommit(ctx, text)
		}
		if err != nil {
			return err
		}
		for _, id := range more {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if r.request.From != "" && numbers == 0 {
		return &UsageError{Text: "--from says where MDL numbers are looked up, and none is given", Hint: "name the commit itself, for example integration/main"}
	}
	return r.readSources(ctx, ids)
}

// ofCommit resolves one commit.
func (r *PickReport) ofCommit(ctx context.Context, text string) ([]git.ID, error) {
	id, err := r.resolve(ctx, text)
	if err != nil {
		return nil, err
	}
	c, err := r.site.Repo.Store().Commit(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(c.Parents) > 1 {
		return nil, &UsageError{
			Text: fmt.Sprintf("%s is a merge, and a merge cannot be picked", text),
			Hint: fmt.Sprintf("pick what it brought: %s^1..%s^2", text, text),
		}
	}
	return []git.ID{id}, nil
}

// resolve finds the commit that was typed.
func (r *PickReport) resolve(ctx context.Context, text string) (git.ID, error) {
	id, err := r.site.Repo.Resolve(ctx, text)
	var bad *git.NameError
	switch {
	case errors.As(err, &bad):
		return id, &UsageError{Text: bad.Error()}
	case errors.Is(err, git.ErrNotFound):
		return id, &UsageError{
			Text: fmt.Sprintf("%q is no commit of this clone, no range A..B and no number MDL-n", text),
			Hint: "git fetch brings what a remote has; enough digits make a hash unique",
		}
	}
	return id, err
}

// ofRange lists the commits of A..B, oldest first. Merges are left out: what they
// merged is in the range.
func (r *PickReport) ofRange(ctx context.Context, text string) ([]git.ID, error) {
	from, to, _ := strings.Cut(text, "..")
	if strings.HasPrefix(to, ".") {
		return nil, &UsageError{Text: text + " names the commits of both sides", Hint: "A..B are those that B has and A has not"}
	}
	var ends [2]git.ID
	for i, end := range []string{from, to} {
		if end == "" {
			end = "HEAD"
		}
		var err error
		if ends[i], err = r.resolve(ctx, end); err != nil {
			return nil, err
		}
	}
	out, err := r.site.Repo.Cmd("rev-list", "--topo-order", "--reverse", "--parents", ends[1].String(), "^"+ends[0].String()).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the commits of %s: %w", text, err)
	}
	var all []git.ID
	merges := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) > 2 {
			merges++
			continue
		}
		id, err := git.ParseID(words[0])
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	switch {
	case len(all) == 0:
		return nil, &UsageError{Text: fmt.Sprintf("%s holds no commit to pick", text), Hint: "A..B are the commits that B has and A has not"}
	case merges > 0:
		r.warn("merges", "%s holds merges, %d of them: their commits are picked, what a merge itself changed is not", text, merges)
	}
	return all, nil
}

// readSources reads the commits, and finds out which of them are not upstream's.
func (r *PickReport) readSources(ctx context.Context, ids []git.ID) error {
	commits, err := r.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return err
	}
	described, err := r.site.ownCommits(ctx, commits)
	if err != nil {
		return fmt.Errorf("read the commits to pick: %w", err)
	}
	beyond, err := r.site.Repo.RevList(ctx, ids, r.site.refs.upstream(r.site.upstream))
	if err != nil {
		return err
	}
	foreign := make(map[git.ID]bool)
	for _, id := range beyond {
		foreign[id] = true
	}
	for i, c := range commits {
		s := pickSource{commit: c, subject: described[i].Subject, mdl: leadingIssue(c.Message)}
		if foreign[c.ID] {
			if s.from, err = r.whereIs(ctx, c.ID); err != nil {
				return err
			}
		}
		r.sources = append(r.sources, s)
	}
	return nil
}

// whereIs names a ref that has the commit, and the place of its remote where that
// is no path of this machine. Remotes come before branches of this clone, and
// the one that the request names before all.
func (r *PickReport) whereIs(ctx context.Context, id git.ID) (string, error) {
	out, err := r.site.Repo.Cmd("for-each-ref", "--contains", id.String(), "--format=%(refname)%00%(symref)", "refs/remotes/", "refs/heads/", "refs/tags/").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find where %s is: %w", id, err)
	}
	best := ""
	for line := range strings.Lines(string(out)) {
		name, symref, _ := strings.Cut(strings.TrimSpace(line), "\x00")
		if symref != "" {
			continue
		}
		wanted := r.request.From != "" && strings.HasPrefix(name, "refs/remotes/"+r.request.From+"/")
		isRemote := strings.HasPrefix(name, "refs/remotes/")
		if best == "" || wanted || isRemote && !strings.HasPrefix(best, "refs/remotes/") {
			best = name
		}
		if wanted {
			break
		}
	}
	if best == "" {
		return PickedFromNoBranch, nil
	}
	place := ""
	for _, known := range remotes(r.site.git) {
		if !strings.HasPrefix(best, "refs/remotes/"+known.Name+"/") || len(known.FetchURLs) == 0 {
			continue
		}
		if u, err := remote.ParseURL(known.FetchURLs[0]); err == nil && u.Transport != remote.File && u.Transport != remote.Path {
			place = " of " + remote.Redact(known.FetchURLs[0])
		}
	}
	return printableASCII(shortRef(best) + place), nil
}

// shortRef is a ref's name as people know it.
func shortRef(name string) string {
	for _, prefix := range []string{"refs/remotes/", "refs/heads/", "refs/tags/"} {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			return short
		}
	}
	return name
}

// printableASCII replaces what cannot stand in a message of any encoding.
func printableASCII(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

// skip takes out what the branch has already: the commit itself, a commit that was
// picked from it, or one with the same patch. A commit that the branch has
// taken back since does not count.
func (r *PickReport) skip(ctx context.Context) error {
	var ids []git.ID
	for _, s := range r.sources {
		ids = append(ids, s.commit.ID)
	}
	missing, err := r.site.Repo.RevList(ctx, ids, []git.ID{r.branch.Tip})
	if err != nil {
		return err
	}
	isMissing := make(map[git.ID]bool)
	for _, id := range missing {
		isMissing[id] = true
	}
	own, err := r.readOwn(ctx)
	if err != nil {
		return err
	}
	patches, err := rebase.PatchIDs(ctx, r.site.Repo, ids)
	if err != nil {
		return fmt.Errorf("compare the commits with those of %s: %w", r.Branch, err)
	}
	var left []pickSource
	for _, s := range r.sources {
		id := s.commit.ID
		switch by, why := own.has(id, patches[id]); {
		case !isMissing[id]:
			r.leaveOut(s, "the branch has it", git.ZeroID)
		case by != git.ZeroID:
			r.leaveOut(s, why, by)
		default:
			left = append(left, s)
			if reverted, ok := revertedBy(s.commit.Message); ok {
				own.forget(reverted, patches[reverted]) // what comes back after it is new
			}
		}
	}
	r.sources = left
	return nil
}

func (r *PickReport) leaveOut(s pickSource, why string, by git.ID) {
	r.Skipped = append(r.Skipped, NotPicked{Source: ID(s.commit.ID), MDL: s.mdl, Subject: s.subject, Reason: why, By: ID(by)})
}

// ownWork is what a branch's own commits do.
type ownWork struct {
	byPatch, bySource map[string]git.ID // by patch id; by the hex id of the source
}

// readOwn reads the own commits of the branch, without those that it has taken back.
func (r *PickReport) readOwn(ctx context.Context) (*ownWork, error) {
	tip := r.branch.Tip
	h, err := history.Read(ctx, r.site.Repo, r.scratch, []git.ID{tip}, r.site.refs.upstream(r.site.upstream))
	if err != nil {
		return nil, err
	}
	all := h.Of(tip, git.ZeroID)
	standing := inForce(all)
	var ids []git.ID
	for _, c := range all {
		if len(c.Parents) < 2 && standing[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	patches, err := rebase.PatchIDs(ctx, r.site.Repo, ids)
	if err != nil {
		return nil, fmt.Errorf("read the commits of %s: %w", r.Branch, err)
	}
	w := &ownWork{byPatch: make(map[string]git.ID), bySource: make(map[string]git.ID)}
	for _, c := range all {
		if !standing[c.ID] {
			continue
		}
		if p := patches[c.ID]; p != "" {
			w.byPatch[p] = c.ID
		}
		for _, source := range rebase.Sources(c.Message) {
			w.bySource[source.String()] = c.ID
		}
	}
	return w, nil
}

// has returns the own commit that does what the source does, and how one knows.
func (w *ownWork) has(source git.ID, patch string) (by git.ID, why string) {
	if id, ok := w.bySource[source.String()]; ok {
		return id, "it was picked before"
	}
	if id, ok := w.byPatch[patch]; ok && patch != "" {
		return id, "the branch has a commit with the same patch"
	}
	return git.ZeroID, ""
}

// forget takes out what a revert that is picked takes back.
func (w *ownWork) forget(source git.ID, patch string) {
	delete(w.bySource, source.String())
	delete(w.byPatch, patch)
}

var revertLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^This reverts commit ([0-9a-f]{40})`) })

// revertedBy returns the commit that a message says it reverts.
func revertedBy(message string) (git.ID, bool) {
	m := revertLine().FindStringSubmatch(message)
	if m == nil {
		return git.ZeroID, false
	}
	id, err := git.ParseID(m[1])
	return id, err == nil
}

// inForce tells which of the commits, oldest first, no later one takes back. The
// revert of a revert brings back what that took.
func inForce(all []*git.Commit) map[git.ID]bool {
	standing := make(map[git.ID]bool, len(all))
	reverts := make(map[git.ID]git.ID)
	for _, c := range all {
		standing[c.ID] = true
		id, ok := revertedBy(c.Message)
		reverts[c.ID] = id
		for stands := false; ok; stands = !stands {
			standing[id] = stands
			id = reverts[id]
			ok = id != git.ZeroID
		}
	}
	return standing
}
