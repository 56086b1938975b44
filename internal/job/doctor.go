package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// DoctorReport says how a clone is, as far as mgit can see.
type DoctorReport struct {
	Checks []DoctorCheck `json:"checks"`
}

// DoctorCheck is one thing that was looked at.
type DoctorCheck struct {
	ID    string `json:"id"`
	State string `json:"state"` // one of the constants below
	Text  string `json:"text"`  // what was found, in a sentence without a full stop
	Hint  string `json:"hint"`  // what to do; "" for nothing
}

// The states of a check.
const (
	DoctorOK      = "ok"
	DoctorHint    = "hint"    // something could be better
	DoctorProblem = "problem" // something will go wrong
)

// HasProblem reports whether something will go wrong.
func (r *DoctorReport) HasProblem() bool {
	return slices.ContainsFunc(r.Checks, func(c DoctorCheck) bool { return c.State == DoctorProblem })
}

// Doctor looks at what mgit needs and at what has made others stumble. It changes
// nothing. The site was opened despite problems.
func Doctor(ctx context.Context, site *Site) (*DoctorReport, error) {
	r := &DoctorReport{Checks: []DoctorCheck{}}
	r.add("git", DoctorOK, fmt.Sprintf("git %s", site.Repo.Version()), "")
	for _, look := range []func(context.Context, *Site) error{
		r.identity, r.history, r.settings, r.trust, r.roles, r.firstLetters, r.guard, r.hooks, r.php, r.issues, r.commitGraph, r.rerere,
	} {
		if err := look(ctx, site); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *DoctorReport) add(id, state, text, hint string) {
	r.Checks = append(r.Checks, DoctorCheck{ID: id, State: state, Text: text, Hint: hint})
}

// identity: who commits is asked of git, which says what is missing.
func (r *DoctorReport) identity(ctx context.Context, site *Site) error {
	who, err := site.Repo.Ident(ctx)
	switch {
	case errors.Is(err, git.ErrNoIdent):
		r.add("identity", DoctorProblem, "git does not know who you are, so that nothing can be committed",
			"git config user.name and git config user.email")
	case err != nil:
		return err
	default:
		r.add("identity", DoctorOK, fmt.Sprintf("you commit as %s <%s>", who.Name, who.Email), "")
	}
	return nil
}

// history: what is cut off cannot be told from what never was.
func (r *DoctorReport) history(_ context.Context, site *Site) error {
	switch {
	case site.Repo.Shallow():
		r.add("history", DoctorProblem, "the clone is shallow, so that branches cannot be moved", "git fetch --unshallow")
	case site.Repo.Partial():
		r.add("history", DoctorHint, "the clone is partial: git fetches what it lacks while mgit works, which takes time", "a full clone is quicker")
	default:
		r.add("history", DoctorOK, "the history is complete", "")
	}
	return nil
}

func (r *DoctorReport) settings(_ context.Context, site *Site) error {
	if n := len(site.Problems); n > 0 {
		r.add("settings", DoctorProblem, count(n, "problem")+" in the settings, the first: "+site.Problems[0].Error(), "mgit config check lists them all")
		return nil
	}
	var usage *UsageError
	if err := site.initialised(); errors.As(err, &usage) {
		r.add("settings", DoctorProblem, usage.Text, usage.Hint)
		return nil
	}
	r.add("settings", DoctorOK, "the settings are read", "")
	return nil
}

func (r *DoctorReport) trust(_ context.Context, site *Site) error {
	if n := len(site.Config.Pending()); n > 0 {
		r.add("trust", DoctorHint, fmt.Sprintf("%s on the mgit branch wait to be confirmed and are not in force", count(n, "setting")),
			"mgit config trust shows the difference and confirms it")
		return nil
	}
	r.add("trust", DoctorOK, "nothing on the mgit branch waits to be confirmed", "")
	return nil
}

// php: without one the checks say nothing of syntax, and at a commit they say nothing of that either.
func (r *DoctorReport) php(_ context.Context, site *Site) error {
	if site.lacksPHP() {
		r.add("php", DoctorHint, "there is no php on the PATH, so that mgit check does not see whether PHP can be parsed", "git config mgit.php names one that is elsewhere")
	}
	return nil
}

// roles: what has none is not looked at and never pushed to.
func (r *DoctorReport) roles(_ context.Context, site *Site) error {
	if len(site.Problems) > 0 || site.Scheme == nil {
		return nil
	}
	known := make(map[remote.Role]bool)
	for _, re := range remotes(site.git) {
		id := "remote"
		fetched, pushed := site.roles.FetchRole(re), site.roles.PushRole(re)
		known[fetched] = true
		switch {
		case fetched == remote.None && pushed == remote.None:
			r.add(id, DoctorHint, re.Name+" has no role, so that mgit does not look at it", "mgit init gives it one")
		case fetched != pushed:
			r.add(id, DoctorProblem, fmt.Sprintf("%s is fetched from as %s and pushed to as %s", re.Name, roleName(fetched), roleName(pushed)),
				"git remote get-url --push --all "+shellName(re.Name))
		default:
			r.add(id, DoctorOK, fmt.Sprintf("%s is %s", re.Name, fetched), "")
		}
	}
	if !known[remote.Upstream] {
		r.add("upstream", DoctorProblem, "no remote is upstream, so that only release tags tell what is Moodle's", "mgit init --upstream REMOTE")
	}
	if !known[remote.Internal] {
		r.add("internal", DoctorHint, "no remote is internal, so that there is nobody to share with", "mgit init --internal REMOTE")
	}
	return nil
}

func roleName(role remote.Role) string {
	if role == remote.None {
		return "nothing"
	}
	return string(role)
}

// firstLetters: "git push o", the tab key, and the branch is at the wrong remote.
func (r *DoctorReport) firstLetters(_ context.Context, site *Site) error {
	byLetter := make(map[string][]string)
	for _, re := range remotes(site.git) {
		for _, letter := range re.Name {
			byLetter[strings.ToLower(string(letter))] = append(byLetter[strings.ToLower(string(letter))], re.Name)
			break
		}
	}
	alike := false
	for _, letter := range sortedNames(byLetter) {
		names := byLetter[letter]
		if len(names) < 2 {
			continue
		}
		alike = true
		r.add("remote-names", DoctorHint,
			fmt.Sprintf("the remotes %s begin with the same letter: one key and the tab key lead to the wrong one", joinAnd(names)),
			fmt.Sprintf("git remote rename %s NAME", shellName(names[len(names)-1])))
	}
	if !alike {
		r.add("remote-names", DoctorOK, "no two remotes begin with the same letter", "")
	}
	return nil
}

// joinAnd joins words as in a sentence.
func joinAnd(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// issues: a site need have no tracker; one that is set must be set in full. It is not asked.
func (r *DoctorReport) issues(_ context.Context, site *Site) error {
	t, err := site.tracker()
	var usage *UsageError
	switch {
	case t.Kind+t.URL+t.Project == "": // none, or the check of trust has said so
	case errors.As(err, &usage):
		r.add("tracker", DoctorProblem, usage.Text, strings.ReplaceAll(usage.Hint, "\n", "; "))
	case err == nil:
		r.add("tracker", DoctorOK, fmt.Sprintf("the ledger is mirrored by %s at %s, project %s: mgit tracker status says what waits", t.Kind, t.URL, t.Project), "")
	}
	return nil
}

func (r *DoctorReport) guard(ctx context.Context, site *Site) error {
	g, err := site.guardFor(ctx, site.hasPublic(), "")
	if err != nil {
		return err
	}
	switch g.State {
	case GuardNotNeeded:
		r.add("push-guard", DoctorOK, "no remote is public, so that a push needs no guard", "")
	case GuardPresent:
		r.add("push-guard", DoctorOK, "a pre-push hook asks mgit before git push sends anything", "")
	case GuardProposed:
		r.add("push-guard", DoctorProblem, "a remote is public, and no pre-push hook asks mgit what may go there", "mgit init installs it")
	default:
		r.add("push-guard", DoctorProblem, "a remote is public, and no push guard is at work: "+g.Reason, `call mgit check --push "$1" "$2" from your own hook`)
	}
	return nil
}

// hooks: whether git asks mgit before a commit, and whether it really does where they are installed.
func (r *DoctorReport) hooks(ctx context.Context, site *Site) error {
	report, err := HooksStatus(ctx, site, HooksRequest{})
	if err != nil {
		return err
	}
	var missing []string
	isManaged := false
	for _, h := range report.Hooks {
		switch h.State {
		case HookAsleep:
			r.add("hooks", DoctorProblem, fmt.Sprintf("the hook %s is mgit's, and %s", h.Name, h.Reason), "mgit hooks install puts that right")
			return nil
		case HookChanged:
			r.add("hooks", DoctorHint, fmt.Sprintf("the hook %s is mgit's, and %s", h.Name, h.Reason), "mgit hooks status says more")
			return nil
		case HookOutdated:
			r.add("hooks", DoctorHint, fmt.Sprintf("the hook %s is of another version of mgit", h.Name), "mgit hooks install renews it")
			return nil
		case HookAbsent, HookForeign:
			if h.Name != hookPostCheckout { // which judges nothing
				missing = append(missing, h.Name)
			}
			isManaged = isManaged || h.Manager != "" && !h.mayChain
		}
	}
	if len(missing) == 0 {
		r.add("hooks", DoctorOK, "git asks mgit before a commit and before a push", "")
		return nil
	}
	hint := "mgit hooks install puts it there; mgit hooks status says what is"
	if isManaged {
		hint = "let the program that looks after the hooks call mgit: docs/checks.md has the lines; mgit hooks status says what is there"
	}
	r.add("hooks", DoctorHint, fmt.Sprintf("git does not ask mgit at %s", joinAnd(missing)), hint)
	return nil
}

// manyObjects is from where on a commit-graph is worth its file.
const manyObjects = 20000

// commitGraph: with it git walks the history ten times as fast. mgit suggests it and
// never writes it, since that is the repository's business.
func (r *DoctorReport) commitGraph(ctx context.Context, site *Site) error {
	objects := filepath.Join(site.Repo.CommonDir(), "objects", "info")
	for _, name := range []string{"commit-graph", filepath.Join("commit-graphs", "commit-graph-chain")} {
		_, err := os.Stat(filepath.Join(objects, name))
		if err == nil {
			r.add("commit-graph", DoctorOK, "there is a commit-graph", "")
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for the commit-graph: %w", err)
		}
	}
	out, err := site.Repo.Cmd("count-objects", "-v").Output(ctx)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "count" || key == "in-pack" {
			more, _ := strconv.Atoi(value) // git writes numbers
			n += more
		}
	}
	if n < manyObjects {
		r.add("commit-graph", DoctorOK, "the history is too small to need a commit-graph", "")
		return nil
	}
	r.add("commit-graph", DoctorHint, "there is no commit-graph, with which git walks the history many times faster",
		"git commit-graph write --reachable --changed-paths")
	return nil
}

// rerere: recorded resolutions are used where a person resolves, by git and by mgit.
func (r *DoctorReport) rerere(_ context.Context, site *Site) error {
	_, isSet := site.git.Get("rerere.enabled")
	_, err := os.Stat(filepath.Join(site.Repo.CommonDir(), "rr-cache"))
	isOn := site.git.Bool("rerere.enabled", err == nil)
	switch {
	case site.git.Bool("rerere.autoupdate", false):
		r.add("rerere", DoctorHint, "rerere.autoUpdate stages what a recorded resolution made, before anybody has looked at it", "git config rerere.autoUpdate false")
	case isOn:
		r.add("rerere", DoctorOK, "git records how you resolve conflicts", "")
	case isSet:
		r.add("rerere", DoctorHint, "rerere is switched off: what you resolve outside of mgit is not recorded", "git config rerere.enabled true")
	default:
		r.add("rerere", DoctorOK, "git records how you resolve conflicts from the first `mgit resolve` on", "")
	}
	return nil
}
