package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// action is what the tests read of action.yml.
type action struct {
	Inputs map[string]struct {
		Description string
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Uses, Shell, Run string
	Env                            map[string]string
	With                           map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, "action.yml", &a)
	return a
}

var expression = regexp.MustCompile(`\$\{\{ *([^}]*?) *\}\}`)

// The action names only inputs and outputs that it has, and no text from outside becomes part of a script.
func TestActionIsWhole(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) < 5 {
		t.Fatalf("no composite action: %+v", a.Runs)
	}
	ids := make(map[string]string)
	for _, step := range a.Runs.Steps {
		if step.ID != "" {
			ids[step.ID] = step.Run
		}
	}
	known := func(where, text string) {
		for _, name := range regexp.MustCompile(`(inputs|steps)\.([a-z-]+)(?:\.outputs\.([a-z-]+))?`).FindAllStringSubmatch(text, -1) {
			_, isInput := a.Inputs[name[2]]
			if name[1] == "inputs" && !isInput || name[1] == "steps" && !strings.Contains(ids[name[2]], "'"+name[3]+"=%s") {
				t.Errorf("%s: %s is nowhere", where, name[0])
			}
		}
	}
	for name, in := range a.Inputs {
		if in.Description == "" || in.Default == nil {
			t.Errorf("the input %s has no description or no default", name)
		}
	}
	for name, out := range a.Outputs {
		known(name, out.Value)
	}
	for _, step := range a.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("%s: an expression in a script runs what it says", step.Name)
		}
		if step.Run != "" && step.Shell != "bash" || (step.Run == "") == (step.Uses == "") {
			t.Errorf("%q is no step", step.Name)
		}
		if step.Uses != "" && !regexp.MustCompile("@[0-9a-f]{40}$").MatchString(step.Uses) {
			t.Errorf("%s is not named by a commit", step.Uses)
		}
		known(step.Name, step.If)
		for _, values := range []map[string]string{step.Env, step.With} {
			for _, value := range values {
				known(step.Name, value)
			}
		}
	}
}

// runner runs an action's steps as the runner of GitHub Actions does.
type runner struct {
	action action
	values map[string]string // of expressions
	env    []string
	files  map[string]string // the runner's, by variable
	used   []string          // actions of others that were called
}

func (s *ciSite) runner(t *testing.T, work *gittest.Repo, values map[string]string, env ...string) *runner {
	t.Helper()
	r := &runner{action: readAction(t), values: values, files: make(map[string]string)}
	for name, in := range r.action.Inputs {
		if _, given := values["inputs."+name]; !given {
			values["inputs."+name] = *in.Default
		}
	}
	values["inputs.mgit"] = s.program
	temp := t.TempDir()
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		r.files[name] = filepath.Join(temp, name)
		if err := os.WriteFile(r.files[name], nil, 0o666); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+r.files[name])
	}
	r.env = append(work.Env(), append(env, "HOME="+temp, "RUNNER_TEMP="+temp, "GITHUB_ACTIONS=true", "CI=true")...)
	return r
}

// run runs all steps that are for a shell, and returns what they said and whether all went well. Those after one that
// failed run where they say so.
func (r *runner) run(t *testing.T, work *gittest.Repo) (said string, ok bool) {
	t.Helper()
	ok = true
	for _, step := range r.action.Runs.Steps {
		if !r.holds(step.If, ok) {
			continue
		}
		if step.Uses != "" {
			name, _, _ := strings.Cut(step.Uses, "@")
			r.used = append(r.used, name)
			continue
		}
		script := filepath.Join(t.TempDir(), "step.sh")
		if err := os.WriteFile(script, []byte(step.Run), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		cmd.Dir, cmd.Env = work.Path, r.env
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+expression.ReplaceAllStringFunc(value, func(e string) string {
				return r.values[expression.FindStringSubmatch(e)[1]]
			}))
		}
		out, err := cmd.CombinedOutput()
		said += string(out)
		ok = ok && err == nil
		outputs, err := os.ReadFile(r.files["GITHUB_OUTPUT"])
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(outputs)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			r.values["steps."+step.ID+".outputs."+name] = value
		}
		if err := os.Truncate(r.files["GITHUB_OUTPUT"], 0); err != nil {
			t.Fatal(err)
		}
	}
	return said, ok
}

// commands are the lines that the runner takes for commands, of which it knows two forms: one begins a line, the other may
// stand anywhere in it.
func commands(said string) (all []string) {
	stop := ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		token, stops := strings.CutPrefix(line, "::stop-commands::")
		switch {
		case stop != "":
			if line == "::"+stop+"::" {
				stop = ""
			}
		case stops:
			stop = token
		case strings.HasPrefix(line, "::"), strings.Contains(line, "##["):
			all = append(all, line)
		}
	}
	return all
}

// holds judges a condition, of which there are only comparisons with texts, joined by &&.
func (r *runner) holds(condition string, ok bool) bool {
	always := false
	for part := range strings.SplitSeq(condition, " && ") {
		words := strings.Fields(part)
		switch {
		case part == "":
		case part == "!cancelled()":
			always = true
		case len(words) != 3 || words[1] != "==" && words[1] != "!=":
			panic("no condition: " + part)
		case (r.values[words[0]] == strings.Trim(words[2], "'")) != (words[1] == "=="):
			return false
		}
	}
	return ok || always
}

// Every event is judged by what it brings, in every form of clone; what cannot be told is refused.
func TestActionSteps(t *testing.T) {
	t.Parallel()
	s := newCISite(t)
	const zero, gone = "0000000000000000000000000000000000000000", "1111111111111111111111111111111111111111"
	upstream := s.Git("rev-parse", "v4.1.0")
	pull := map[string]string{"github.event.pull_request.base.sha": upstream, "github.event.pull_request.head.sha": s.tip}
	head := "refs/heads/" + ciBranch
	push := func(before, after string) map[string]string {
		return map[string]string{"github.event.before": before, "github.event.after": after}
	}
	onBranch := []string{"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=branch", "GITHUB_REF_NAME=" + ciBranch}
	for name, c := range map[string]struct {
		ref, depth string
		values     map[string]string
		env        []string
		judged     string
		found      bool
		says       string // without anything judged: why that is an error
	}{
		"pull request": {"refs/pull/7/merge", "0", pull, []string{"GITHUB_EVENT_NAME=pull_request", "GITHUB_HEAD_REF=" + ciBranch}, "--range=" + upstream + ".." + s.tip, true, "::error file=mod/quiz/lib.php"},
		"pull request, depth 1": {"refs/pull/7/merge", "1", map[string]string{
			"github.event.pull_request.base.sha": upstream, "github.event.pull_request.head.sha": s.tip, "inputs.upstream": "file://" + filepath.Join(filepath.Dir(s.Path), "internal.git"),
		}, []string{"GITHUB_EVENT_NAME=pull_request", "GITHUB_HEAD_REF=" + ciBranch}, "--range=" + upstream + ".." + s.tip, false, "fetch-depth: 0"},
		"merge group": {head, "0", map[string]string{"github.event.merge_group.base_sha": s.base, "github.event.merge_group.head_sha": s.tip}, []string{"GITHUB_EVENT_NAME=merge_group"}, "--range=" + s.base + ".." + s.tip, true, "conflict marker"},
		"push":        {head, "0", push(s.base, s.tip), onBranch, "--range=" + s.base + ".." + s.tip, true, "conflict marker"},
		"push, cut off behind what is new": {head, "3", map[string]string{
			"github.event.before": s.base, "github.event.after": s.tip, "inputs.upstream": "file://" + filepath.Join(filepath.Dir(s.Path), "internal.git"),
		}, onBranch, "--range=" + s.base + ".." + s.tip, true, "conflict marker"},
		"new branch": {head, "0", push(zero, s.tip), onBranch, "--branch=" + s.tip, true, "conflict marker"},
		"forced":     {head, "0", push(gone, s.tip), onBranch, "--branch=" + s.tip, true, "conflict marker"},
		"by hand":    {head, "0", map[string]string{}, []string{"GITHUB_EVENT_NAME=workflow_dispatch", "GITHUB_REF_TYPE=branch", "GITHUB_REF_NAME=" + ciBranch}, "--branch=HEAD", true, "conflict marker"},
		"deleted":    {head, "0", push(s.tip, zero), onBranch, "", false, ""},
		"a tag":      {head, "0", push(zero, s.tip), []string{"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=tag", "GITHUB_REF_NAME=v9"}, "", false, ""},
		"pull request from a fork, read by what its target has": {head, "0", map[string]string{
			"github.event.pull_request.base.sha": s.base, "github.event.pull_request.head.sha": s.fork, "github.event.pull_request.number": "8",
		}, []string{"GITHUB_EVENT_NAME=pull_request_target", "GITHUB_HEAD_REF=patch-1"}, "--range=" + s.base + ".." + s.fork, true, "::error file=mod/quiz/view.php"},
		"pull request without commits": {head, "0", map[string]string{}, []string{"GITHUB_EVENT_NAME=pull_request", "GITHUB_HEAD_REF=" + ciBranch}, "", false, "give the input range"},
		"pull request without a base":  {head, "0", map[string]string{"github.event.pull_request.head.sha": s.tip}, []string{"GITHUB_EVENT_NAME=pull_request"}, "", false, "give the input range"},
		"push without commits":         {head, "0", map[string]string{}, onBranch, "", false, "give the input range"},
		"a branch of the merge queue":  {head, "0", push(zero, s.tip), []string{"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=branch", "GITHUB_REF_NAME=gh-readonly-queue/main/pr-7-" + s.base}, "", false, ""},
		"a line break":                 {head, "0", map[string]string{"inputs.as": "x\njudged=--all", "github.event.before": s.base, "github.event.after": s.tip}, onBranch, "", false, "line break"},
		"a line break in a range":      {head, "0", map[string]string{"inputs.range": s.base + "..HEAD\nreports=/"}, onBranch, "", false, "line break"},
		"not ours":                     {head, "0", push(s.base, s.tip), append([]string{"GIT_TEST_ASSUME_DIFFERENT_OWNER=1"}, onBranch...), "", false, "safe.directory"},
		"hostile":                      {head, "0", map[string]string{"inputs.range": "$(touch ran)..`touch ran`;touch ran"}, onBranch, "--range=$(touch ran)..`touch ran`;touch ran", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := s.checkout(t, c.ref, c.depth)
			c.values["inputs.upload-sarif"] = "true"
			r := s.runner(t, work, c.values, c.env...)
			said, ok := r.run(t, work)
			if got := r.values["steps.what.outputs.judged"]; got != c.judged {
				t.Errorf("judged %q, want %q", got, c.judged)
			}
			if !strings.Contains(said, c.says) || ok != (c.judged == "" && c.says == "") {
				t.Errorf("went well: %v, and said\n%s", ok, said)
			}
			_, err := os.Stat(filepath.Join(r.values["steps.what.outputs.reports"], "check.sarif"))
			if summary, _ := os.ReadFile(r.files["GITHUB_STEP_SUMMARY"]); (err == nil) != c.found || strings.Contains(string(summary), "conflict marker") != c.found {
				t.Errorf("the reports: %v, the summary:\n%s", err, summary)
			}
			if uploads := slices.Contains(r.used, "github/codeql-action/upload-sarif"); uploads != c.found {
				t.Errorf("uploads: %v, and there is something to upload: %v", uploads, c.found)
			}
			if _, err := os.Stat(filepath.Join(work.Path, "ran")); err == nil {
				t.Error("a text from outside was run")
			}
		})
	}
}

// A target is proved, and a tree reported, by what a remote has. Each is said, also where the other has found something.
func TestActionReports(t *testing.T) {
	t.Parallel()
	s := newCISite(t)
	for name, c := range map[string]struct {
		tree   string
		isThat bool   // origin has the branch as the target has it
		says   string // "": all is well
	}{
		"all is well": {"v4.1.0", true, ""},
		"neither is":  {s.tip, false, "corehack.sarif says where"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := s.checkout(t, "refs/heads/"+ciBranch, "0")
			if c.isThat {
				work.Git("update-ref", "refs/remotes/origin/"+ciBranch, s.base)
			} else {
				const target = "refs/remotes/origin/LUVLE-4.1-test"
				work.Write("mod/quiz/lib.php", "<?php\n")
				work.Git("add", "mod/quiz/lib.php")
				work.Git("update-ref", target, work.Git("commit-tree", work.Git("write-tree"), "-p", target, "-m", "##[add-matcher]matcher.json"))
			}
			r := s.runner(t, work, map[string]string{"inputs.assemble": "LUVLE-4.1-test", "inputs.corehack-report": c.tree},
				"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=tag", "GITHUB_REF_NAME=v9")
			said, ok := r.run(t, work)
			want := "Nothing is missing"
			if c.says != "" {
				want = "missing: " + ciBranch
			}
			if ok != (c.says == "") || !strings.Contains(said, c.says) || !strings.Contains(strings.Join(strings.Fields(said), " "), want) {
				t.Errorf("went well: %v, and said\n%s", ok, said)
			}
			if c.says != "" && !strings.Contains(said, "##[add-matcher]") {
				t.Errorf("nothing that a runner could take for a command of mgit's in\n%s", said)
			}
			for _, command := range commands(said) {
				if !strings.HasPrefix(command, "::error title=mgit ") {
					t.Errorf("the runner would run %q", command)
				}
			}
			if _, err := os.Stat(filepath.Join(r.values["steps.what.outputs.reports"], "corehack.sarif")); err != nil {
				t.Error(err)
			}
		})
	}
}
