package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/check"
	"mgit/internal/job"
)

// checkFlags say what is to be judged, and how.
type checkFlags struct {
	request       job.CheckRequest
	message       string
	push, receive bool
	out           checkOutput
}

func newCheckCommand(c *call) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:     "check [--staged | --range A..B | --branch B | --all]",
		Short:   "Judge a commit, a branch or a push before it is too late",
		GroupID: groupSetUp,
		Args:    words("[REMOTE]", "[URL]"),
		Long: `Finds what does not belong into a commit: conflict markers, debugging output, keys, a change outside of what
the branch is for, a plugin without its version. Without flags it judges what is staged, or, when nothing is,
the branch that is checked out. It says nothing when all is well.

Only lines that a change adds are looked at, as they are staged or committed. An error ends with exit code 5;
with --strict a warning does, too. "mgit help ID" explains a rule.

To let a finding pass once: --allow ID, or MGIT_ALLOW=ID in the environment of git commit, or, so that everybody
sees why, a line "Mgit-Allow: ID REASON" at the end of the commit's message. What a rule weighs is set
with check.rules in mgit.toml.

With --push it reads what git tells a pre-push hook and refuses what must not go there by the remote's role:
nothing to a remote that is Moodle's, and to a public one only branches whose record says that they are
public and whose commits hold nothing internal, and what upstream has anyway. From what goes to an internal
remote it keeps back refs/mgit/, which is this clone's alone. Branches of the site with errors in what is new
there are refused at both, and a merge of the mgit branch everywhere.
` + "`mgit init`" + ` installs that hook where a remote is public. In a hook of your own, call
mgit check --push "$1" "$2" with the hook's standard input; on a server, mgit check --receive in pre-receive.`,
		Example: `  mgit check
  mgit check --branch LUVLE-4.5-feature-mod_ouwiki
  mgit check --range origin/main..HEAD --strict
  MGIT_ALLOW=debug-output git commit`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkOne(); err != nil {
				return err
			}
			switch {
			case f.push && len(args) == 2:
				return c.checkPush(cmd.Context(), args[0], args[1])
			case f.push || len(args) > 0:
				return &usageError{
					text: "a pre-push hook gives the remote and its URL, and nothing else takes words",
					hint: `usage: mgit check --push REMOTE URL, with what git tells the hook on standard input`,
				}
			}
			if err := f.out.validate(c); err != nil {
				return err
			}
			return c.check(cmd.Context(), f)
		},
	}
	f.add(cmd)
	return cmd
}

func (f *checkFlags) add(cmd *cobra.Command) {
	set := cmd.Flags()
	set.BoolVar(&f.request.Staged, "staged", false, "judge what is staged for the next commit")
	set.StringVar(&f.request.Range, "range", "", "judge the commits of `A..B`: what B has and A has not")
	set.StringVar(&f.request.Branch, "branch", "", "judge this `branch` from its base")
	set.BoolVar(&f.request.All, "all", false, "judge all branches of the series")
	set.StringVar(&f.message, "message", "", "judge the message in this `file`, as a commit-msg hook; - is standard input")
	set.BoolVar(&f.push, "push", false, "judge what a pre-push hook reads on standard input")
	set.BoolVar(&f.receive, "receive", false, "judge what a pre-receive hook reads on standard input")
	set.StringVar(&f.request.As, "as", "", "judge as for this `branch`, where a range or a commit has none")
	f.out.register(set)
}

// checkOne refuses flags that name several things to judge. A message goes together with what is staged.
func (f *checkFlags) checkOne() error {
	var said []string
	for flag, given := range map[string]bool{
		"--staged": f.request.Staged, "--range": f.request.Range != "", "--branch": f.request.Branch != "", "--all": f.request.All,
		"--message": f.message != "" && !f.request.Staged, "--push": f.push, "--receive": f.receive,
	} {
		if given {
			said = append(said, flag)
		}
	}
	if len(said) < 2 {
		return nil
	}
	slices.Sort(said)
	return &usageError{text: strings.Join(said, " and ") + " name different things to judge", hint: "give one of them"}
}

// check judges what the request names.
func (c *call) check(ctx context.Context, f checkFlags) error {
	defer spendMemory()()
	request, err := c.checkRequest(f)
	if err != nil {
		return err
	}
	isHistory := request.Range != "" || request.Branch != "" || request.All || request.Received != nil
	site, err := c.openForCheck(ctx, !isHistory)
	if err != nil {
		return err
	}
	defer site.Close()
	if request.All {
		if request.Series, err = site.Series(ctx, c.flags.series); err != nil {
			return err
		}
	}
	report, err := job.Check(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	c.sayJudged(report, request)
	return c.answerCheck(ctx, f.out, report, request)
}

// checkRequest adds to the flags what is to be read first.
func (c *call) checkRequest(f checkFlags) (job.CheckRequest, error) {
	request := f.request
	request.Allow = append(request.Allow, c.flags.allow...)
	names := append(waivable(), waivableRules()...)
	for id := range strings.SplitSeq(c.get("MGIT_ALLOW"), ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if !slices.Contains(names, id) {
			return request, &usageError{text: fmt.Sprintf("MGIT_ALLOW: %q is no rule that can be waived", id), hint: didYouMean(closest(id, names))}
		}
		request.Allow = append(request.Allow, id)
	}
	var err error
	switch {
	case f.receive && c.stdinTTY:
		return request, &usageError{text: "mgit check --receive reads what git tells a pre-receive hook, and there is only a terminal"}
	case f.receive:
		request.Received, err = io.ReadAll(c.stdin)
		request.Received = append([]byte{}, request.Received...) // not nil, also for an empty push
	case f.message == "-":
		request.Message, err = io.ReadAll(c.stdin)
	case f.message != "":
		request.Message, err = os.ReadFile(c.inDir(f.message))
	default:
		return request, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return request, &usageError{text: fmt.Sprintf("there is no file %q", f.message)}
	}
	if err != nil {
		return request, fmt.Errorf("read what to judge: %w", err)
	}
	request.Unedited = c.get("GIT_EDITOR") == ":" // so git tells a hook that it starts no editor
	if f.message != "" {
		request.Message = append([]byte{}, request.Message...)
	}
	return request, nil
}

// inDir is a path as the -C flag means it.
func (c *call) inDir(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.flags.dir, name)
}

// sayJudged says what was judged where nobody had said what to judge, and what could not be, each once. That there is no
// PHP is not said at every commit: `mgit hooks install` has said it.
func (c *call) sayJudged(report *job.CheckReport, request job.CheckRequest) {
	said := map[string]bool{check.NoteNoPHP: request.Staged || request.Message != nil}
	for _, done := range report.Checks {
		for _, note := range done.Notes {
			if !said[note] {
				c.note("note: %s", note)
			}
			said[note] = true
		}
	}
	isSaid := request.Staged || request.Range != "" || request.Branch != "" || request.All || request.Received != nil || request.Message != nil
	if isSaid || len(report.Checks) != 1 {
		return
	}
	switch done := report.Checks[0]; {
	case done.What == job.CheckedBranch:
		c.note("nothing is staged; judged %s, %s", printable(done.Branch), plural(done.Commits, "commit"))
	case done.Files == 0:
		c.note("nothing is staged")
	default:
		c.note("judged what is staged, %s", plural(done.Files, "file"))
	}
}

// openForCheck opens the repository that a hook means, or else the flags and the current folder. Warnings about
// settings are left to other commands: this one runs at every commit.
func (c *call) openForCheck(ctx context.Context, index bool) (*job.Site, error) {
	request := c.openRequest()
	request.Index = index
	request.Git.Hook = c.get
	return job.OpenForCheck(ctx, request)
}

func (c *call) checkPush(ctx context.Context, remote, url string) error {
	if c.stdinTTY {
		return &usageError{text: "mgit check --push reads what git tells a pre-push hook, and there is only a terminal", hint: "`mgit init` installs the hook"}
	}
	lines, err := io.ReadAll(c.stdin)
	if err != nil {
		return fmt.Errorf("read what git pushes: %w", err)
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	allow := c.flags.allow
	for _, variable := range []string{job.PushAllowVariable, "MGIT_ALLOW"} {
		allow = append(allow, strings.FieldsFunc(c.get(variable), func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	report, err := job.CheckPush(ctx, site, job.GuardRequest{Remote: remote, URL: url, Lines: lines, Allow: allow})
	if err != nil {
		return &hookError{err, "git push"}
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	for _, r := range report.Refs {
		if r.Reason != "" {
			c.warn("waived", fmt.Sprintf("%s goes to %s although %s", r.Ref, report.Remote, r.Reason))
		}
	}
	return c.answer(ctx, answer{result: report})
}
