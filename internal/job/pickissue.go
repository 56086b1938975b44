package job

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// PickLine says on which line of history the commits of an MDL number were taken.
// The same fix stands on several stable branches as different commits.
type PickLine struct {
	MDL     string `json:"mdl"`
	From    string `json:"from"` // "upstream/MOODLE_405_STABLE"
	Commits int    `json:"commits"`
	// Others are the lines that have commits of the number as well, nearest first.
	Others []OtherLine `json:"others"`
	// Mentions are commits that name the number elsewhere than at the start of their
	// subject. They are not taken.
	Mentions []PickMention `json:"mentions"`
}

// OtherLine is a line that was not chosen.
type OtherLine struct {
	From    string `json:"from"`
	Commits int    `json:"commits"`
}

// PickMention is a commit that names an MDL number in passing.
type PickMention struct {
	Commit  ID     `json:"commit"`
	Subject string `json:"subject"`
}

var (
	// leadingIssues are the numbers that a subject begins with, behind the mark of a
	// revert: `MDL-1, MDL-2 forum: …`, `Revert "MDL-1 forum: …"`.
	leadingIssues = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:(?i:revert|reapply)[: ]*"?\s*)*((?:MDL-[0-9]+\b[\s,;:&/+]*(?:and\s+)?)+)`)
	})
	issueNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`MDL-0*([1-9][0-9]*)`) })
	revertMark  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:(?i:reapply)[: ]*"?\s*)*(?i:revert)\b`) })
)

// issuesOf lists the MDL numbers that the subject of a message begins with. A
// number elsewhere in it, or in the body, is another issue as a rule.
func issuesOf(message string) []string {
	subject, _, _ := strings.Cut(strings.TrimLeft(message, " \t\r\n"), "\n")
	m := leadingIssues().FindStringSubmatch(subject)
	if m == nil {
		return nil
	}
	var all []string
	for _, n := range issueNumber().FindAllStringSubmatch(m[1], -1) {
		all = append(all, "MDL-"+n[1])
	}
	return all
}

// leadingIssue is the first number that a message begins with, "" for none.
func leadingIssue(message string) string {
	return append(issuesOf(message), "")[0]
}

// ofIssue finds the commits of an MDL number on the line that is nearest to the
// branch, oldest first.
func (r *PickReport) ofIssue(ctx context.Context, mdl string) ([]git.ID, error) {
	lines, err := r.searched()
	if err != nil {
		return nil, err
	}
	commits, mentions, err := r.search(ctx, mdl, lines)
	if err != nil {
		return nil, err
	}
	if len(commits) == 0 {
		hint := "git fetch brings what a remote has; --from names another remote or ref"
		if len(mentions) > 0 {
			hint = fmt.Sprintf("%s names it, though not at the start of its subject; a commit can be picked by its id", ID(mentions[0].ID).Short())
		}
		return nil, &UsageError{Text: fmt.Sprintf("no commit of %s begins with %s", r.searchedName(), mdl), Hint: hint}
	}
	onLine, err := r.place(ctx, commits, lines)
	if err != nil {
		return nil, err
	}
	if len(onLine) == 0 {
		return nil, fmt.Errorf("git finds the commits of %s and no line that has them", mdl)
	}
	return r.choose(ctx, mdl, mentions, onLine)
}

// search looks for the commits that a number stands for, and those that mention it.
func (r *PickReport) search(ctx context.Context, mdl string, lines []pickLine) (commits, mentions []*git.Commit, err error) {
	var input bytes.Buffer
	for _, l := range lines {
		fmt.Fprintln(&input, l.tip)
	}
	out, err := r.site.Repo.Cmd("rev-list", "--date-order", "--reverse", "--no-merges", "--extended-regexp",
		"--grep=MDL-0*"+strings.TrimPrefix(mdl, "MDL-")+"([^0-9]|$)", "--stdin").Stdin(input.Bytes()).Output(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look for %s: %w", mdl, err)
	}
	var ids []git.ID
	for line := range strings.Lines(string(out)) {
		id, err := git.ParseID(strings.TrimSpace(line))
		if err != nil {
			return nil, nil, fmt.Errorf("look for %s: %w", mdl, err)
		}
		ids = append(ids, id)
	}
	all, err := r.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		if slices.Contains(issuesOf(c.Message), mdl) {
			commits = append(commits, c)
		} else {
			mentions = append(mentions, c)
		}
	}
	return commits, mentions, nil
}

// placed is a line with the commits on it, oldest first.
type placed struct {
	pickLine
	commits []*git.Commit
}

// place finds out which of the commits are on which line, with one walk over all
// of history: asking git line by line would walk it as often.
func (r *PickReport) place(ctx context.Context, commits []*git.Commit, lines []pickLine) ([]placed, error) {
	var tips []git.ID
	for _, l := range lines {
		tips = append(tips, l.tip)
	}
	reach, err := reachOf(ctx, r.site.Repo, commits, tips)
	if err != nil {
		return nil, fmt.Errorf("find the lines that have the commits: %w", err)
	}
	var all []placed
	for _, l := range lines {
		p := placed{pickLine: l}
		for i, c := range commits {
			if reach[l.tip].has(i) {
				p.commits = append(p.commits, c)
			}
		}
		if len(p.commits) > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}

// choose takes the nearest line, and says which others there are. When the branch
// has all that is there, nothing is to be done: on other lines the same fixes are
// other commits, and look as if they were lacking.
func (r *PickReport) choose(ctx context.Context, mdl string, mentions []*git.Commit, all []placed) ([]git.ID, error) {
	chosen := all[0]
	line := PickLine{MDL: mdl, From: chosen.name, Commits: len(chosen.commits), Others: []OtherLine{}, Mentions: []PickMention{}}
	most := chosen
	for _, p := range all[1:] {
		if p.isTag {
			continue
		}
		line.Others = append(line.Others, OtherLine{From: p.name, Commits: len(p.commits)})
		if len(p.commits) > len(most.commits) {
			most = p
		}
	}
	if most.name != chosen.name {
		r.warn("more-commits", "%s has %d of the commits of %s, %s has %d; --from %s takes them from there",
			chosen.name, len(chosen.commits), mdl, most.name, len(most.commits), most.name)
	}
	described, err := r.site.ownCommits(ctx, mentions)
	if err != nil {
		return nil, err
	}
	for _, m := range described {
		line.Mentions = append(line.Mentions, PickMention{Commit: m.Commit, Subject: m.Subject})
	}
	r.Lines = append(r.Lines, line)
	r.warnOtherReverts(mdl, chosen, all)
	var ids []git.ID
	for _, c := range chosen.commits {
		ids = append(ids, c.ID)
	}
	return ids, nil
}

// warnOtherReverts says when the number was taken back on other lines only.
func (r *PickReport) warnOtherReverts(mdl string, chosen placed, all []placed) {
	isRevert := func(c *git.Commit) bool { return revertMark().MatchString(c.Message) }
	if slices.ContainsFunc(chosen.commits, isRevert) {
		return
	}
	var where []string
	for _, p := range all {
		if !p.isTag && slices.ContainsFunc(p.commits, isRevert) {
			where = append(where, p.name)
		}
	}
	if len(where) > 0 {
		r.warn("reverted", "%s was taken back on %s; on %s it stands", mdl, listPaths(where), chosen.name)
	}
}

// warnReverted says which of the commits upstream has reverted since.
func (r *PickReport) warnReverted(ctx context.Context) error {
	taken := make(map[git.ID]int)
	var commits []*git.Commit
	for i, s := range r.sources {
		taken[s.commit.ID] = i
		commits = append(commits, s.commit)
	}
	tips := r.site.refs.upstream(r.site.upstream)
	if lines, err := r.searched(); err == nil {
		for _, l := range lines {
			tips = append(tips, l.tip)
		}
	}
	if len(taken) == 0 || len(tips) == 0 {
		return nil
	}
	input, err := walkFrom(ctx, r.site.Repo, tips, commits)
	if err != nil {
		return err
	}
	out, err := r.site.Repo.Cmd("rev-list", "--no-merges", "--reverse", "--fixed-strings", "--grep=This reverts commit", "--stdin").Stdin(input).Output(ctx)
	if err != nil {
		return fmt.Errorf("look for reverts: %w", err)
	}
	var ids []git.ID
	for line := range strings.Lines(string(out)) {
		id, err := git.ParseID(strings.TrimSpace(line))
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	reverts, err := r.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range reverts {
		id, _ := revertedBy(c.Message)
		at, isTaken := taken[id]
		if !isTaken {
			r.warnRevertedTwin(c, taken)
			continue
		}
		if _, both := taken[c.ID]; both {
			r.warn("reverted", "%s is taken together with %s, which takes it back", ID(id).Short(), ID(c.ID).Short())
			continue
		}
		r.warn("reverted", "%s (%s) was reverted since, by %s", ID(id).Short(), r.sources[at].subject, ID(c.ID).Short())
	}
	return nil
}

var revertedSubject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^Revert "(.*)"\s*$`) })

// warnRevertedTwin is about a revert that names a commit which is not taken. A revert that
// was itself picked from line to line names the commit of another line; only by its
// subject it is known for what it is. Of a number's other lines the lines are named elsewhere.
func (r *PickReport) warnRevertedTwin(revert *git.Commit, taken map[git.ID]int) {
	title, _, _ := strings.Cut(revert.Message, "\n")
	m := revertedSubject().FindStringSubmatch(title)
	if m == nil {
		return
	}
	at := slices.IndexFunc(r.sources, func(s pickSource) bool {
		subject, _, _ := strings.Cut(s.commit.Message, "\n")
		return strings.TrimSpace(subject) == m[1]
	})
	if at < 0 {
		return
	}
	s := r.sources[at]
	_, both := taken[revert.ID]
	switch {
	case both:
		r.warn("reverted", "%s is taken together with %s, which takes it back", ID(s.commit.ID).Short(), ID(revert.ID).Short())
	case len(r.Lines) == 0 && !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.ID == "reverted" && strings.HasPrefix(w.Text, ID(s.commit.ID).Short()) }):
		r.warn("reverted", "%s (%s): a commit with this subject was reverted since, by %s", ID(s.commit.ID).Short(), s.subject, ID(revert.ID).Short())
	}
}
