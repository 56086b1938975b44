package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

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

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
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
		known(step.Name, step.If)
		for _, values := range []map[string]string{step.Env, step.With} {
			for _, value := range values {
				known(step.Name, value)
			}
		}
	}
}

// ciSite is what CI clones: the site's internal repository, with Moodle's tags and the mgit branch, a clean branch, and
// one on which somebody left a conflict.
type ciSite struct {
	*gittest.Repo
	dir, program string
	base, tip    string // of the branch with the conflict
}

const ciBranch = "LUVLE-4.1-hack-mod_quiz-grace"

func newCISite(t *testing.T) *ciSite {
	t.Helper()
	if testing.Short() {
		t.Skip("what CI runs is tried in full or not at all")
	}
	s := &ciSite{Repo: gittest.At(t, demoSite(t).Site), dir: t.TempDir(), program: program(t)}
	cmd := exec.Command(s.program, "init", "--yes")
	cmd.Dir, cmd.Env = s.Path, append(s.Env(), "HOME="+s.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.base = s.Git("rev-parse", ciBranch)
	s.Git("checkout", "-q", ciBranch)
	s.Write("mod/quiz/lib.php", s.Git("show", "HEAD:mod/quiz/lib.php")+"\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")
	s.tip = s.Commit("MDL-1 mod_quiz: half done")
	s.Git("push", "-q", "--tags", "origin", "mgit", ciBranch)
	s.Git("checkout", "-q", "--detach", "v4.1.0")
	s.Git("merge", "-q", "--no-ff", "--no-edit", ciBranch)
	s.Git("push", "-q", "origin", "HEAD:refs/pull/7/merge")
	return s
}

// checkout is a clone as actions/checkout and GitLab's runner make it: fetched by reference, HEAD detached.
func (s *ciSite) checkout(t *testing.T, ref, depth string) *gittest.Repo {
	t.Helper()
	r := gittest.NewAt(t, filepath.Join(t.TempDir(), "work"))
	r.Git("remote", "add", "origin", "file://"+filepath.Join(filepath.Dir(s.Path), "internal.git"))
	args := []string{"fetch", "-q", "--tags", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*", "+" + ref + ":refs/remotes/ci/here"}
	if depth != "0" {
		args = []string{"fetch", "-q", "--no-tags", "--depth=" + depth, "origin", "+" + ref + ":refs/remotes/ci/here"}
	}
	r.Git(args...)
	r.Git("checkout", "-q", "--detach", "refs/remotes/ci/here")
	return r
}

// runner runs an action's steps as the runner of GitHub Actions does.
type runner struct {
	action action
	values map[string]string // of expressions
	env    []string
	files  map[string]string // the runner's, by variable
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
		if step.Run == "" || !r.holds(step.If, ok) {
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
			r.values["steps.what.outputs."+name] = value
		}
	}
	return said, ok
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
		says       string
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
		"hostile":    {head, "0", map[string]string{"inputs.range": "$(touch ran)..`touch ran`;touch ran"}, onBranch, "--range=$(touch ran)..`touch ran`;touch ran", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := s.checkout(t, c.ref, c.depth)
			r := s.runner(t, work, c.values, c.env...)
			said, ok := r.run(t, work)
			if got := r.values["steps.what.outputs.judged"]; got != c.judged {
				t.Errorf("judged %q, want %q", got, c.judged)
			}
			if !strings.Contains(said, c.says) || ok != (c.judged == "") {
				t.Errorf("went well: %v, and said\n%s", ok, said)
			}
			_, err := os.Stat(filepath.Join(r.values["steps.what.outputs.reports"], "check.sarif"))
			if summary, _ := os.ReadFile(r.files["GITHUB_STEP_SUMMARY"]); (err == nil) != c.found || strings.Contains(string(summary), "conflict marker") != c.found {
				t.Errorf("the reports: %v, the summary:\n%s", err, summary)
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
			if _, err := os.Stat(filepath.Join(r.values["steps.what.outputs.reports"], "corehack.sarif")); err != nil {
				t.Error(err)
			}
		})
	}
}

// gitLabJob is what the tests read of a job in ci/gitlab.yml.
type gitLabJob struct {
	Extends      string
	Variables    map[string]string
	BeforeScript []string `yaml:"before_script"`
	Script       []string
}

func readTemplate(t *testing.T) (jobs map[string]gitLabJob) {
	t.Helper()
	readYAML(t, "ci/gitlab.yml", &jobs)
	return jobs
}

// gitLab runs a job's scripts as a runner of GitLab does, and returns what they said and the exit code.
func (s *ciSite) gitLab(t *testing.T, work *gittest.Repo, jobs map[string]gitLabJob, job string, env ...string) (said string, code int) {
	t.Helper()
	script := strings.Join(append(append([]string{}, jobs[".mgit"].BeforeScript...), jobs[job].Script...), "\n")
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = work.Path
	cmd.Env = append(append(work.Env(), "HOME="+t.TempDir(), "PATH="+filepath.Dir(s.program)+string(os.PathListSeparator)+os.Getenv("PATH")), env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// The template's jobs do what a runner of GitLab has them do.
func TestGitLabTemplate(t *testing.T) {
	t.Parallel()
	jobs := readTemplate(t)
	if jobs[".mgit"].Variables["GIT_DEPTH"] != "0" {
		t.Error("a part of history is not enough")
	}
	for name, job := range jobs {
		if name != ".mgit" && (job.Extends != ".mgit" || len(job.Script) == 0) || !strings.HasPrefix(name, ".mgit") {
			t.Errorf("%s is not a job of the template", name)
		}
	}
	s := newCISite(t)
	const zero = "0000000000000000000000000000000000000000"
	for name, c := range map[string]struct {
		job, depth string
		env        []string
		says       string
		file       string
		code       int
	}{
		"merge request": {".mgit-check", "0", []string{
			"CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_DIFF_BASE_SHA=" + s.base, "CI_COMMIT_SHA=" + s.tip, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=" + ciBranch,
		}, "conflict marker", "gl-code-quality-report.json", 5},
		"push":           {".mgit-check", "0", []string{"CI_COMMIT_BEFORE_SHA=" + s.base, "CI_COMMIT_SHA=" + s.tip, "CI_COMMIT_BRANCH=" + ciBranch}, "conflict marker", "mgit-check.xml", 5},
		"nothing new":    {".mgit-check", "0", []string{"CI_COMMIT_BEFORE_SHA=" + s.tip, "CI_COMMIT_SHA=" + s.tip, "CI_COMMIT_BRANCH=" + ciBranch}, "", "mgit-check.xml", 0},
		"new branch":     {".mgit-check", "0", []string{"CI_COMMIT_BEFORE_SHA=" + zero, "CI_COMMIT_SHA=" + s.tip, "CI_COMMIT_BRANCH=" + ciBranch}, "conflict marker", "mgit-check.xml", 5},
		"shallow":        {".mgit-check", "1", []string{"CI_COMMIT_BEFORE_SHA=" + s.base, "CI_COMMIT_SHA=" + s.tip, "CI_COMMIT_BRANCH=" + ciBranch}, "GIT_DEPTH: 0", "", 6},
		"core hacks":     {".mgit-corehack-report", "0", []string{"CI_COMMIT_SHA=" + s.tip}, "", "gl-code-quality-report.json", 5},
		"a target":       {".mgit-assemble", "0", []string{"MGIT_TARGET=LUVLE-4.1-test"}, "missing: " + ciBranch, "", 5},
		"no such target": {".mgit-assemble", "0", []string{"MGIT_TARGET=nowhere"}, "nowhere", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := s.checkout(t, "refs/heads/"+ciBranch, c.depth)
			said, code := s.gitLab(t, work, jobs, c.job, c.env...)
			if code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("%d, want %d, and %q in\n%s", code, c.code, c.says, said)
			}
			if c.file == "" {
				return
			}
			if _, err := os.Stat(filepath.Join(work.Path, c.file)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The examples of the documentation give the action inputs that it has, and extend jobs that the template has.
func TestCIExamples(t *testing.T) {
	t.Parallel()
	page := docs(t)["docs/checks.md"]
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples, want that of GitHub and that of GitLab", len(blocks))
	}
	var workflow struct {
		Jobs map[string]struct{ Steps []actionStep }
	}
	if err := yaml.Unmarshal([]byte(blocks[0][1]), &workflow); err != nil {
		t.Fatal(err)
	}
	steps := workflow.Jobs["check"].Steps
	if len(steps) != 2 || steps[0].With["fetch-depth"] != "0" || len(steps[1].With) == 0 {
		t.Fatalf("the steps are %+v", steps)
	}
	inputs := readAction(t).Inputs
	for name := range steps[1].With {
		if _, known := inputs[name]; !known {
			t.Errorf("the action has no input %s", name)
		}
	}
	var pipeline, template map[string]any
	if err := yaml.Unmarshal([]byte(blocks[1][1]), &pipeline); err != nil {
		t.Fatal(err)
	}
	readYAML(t, "ci/gitlab.yml", &template)
	extended := 0
	for name, job := range pipeline {
		if fields, ok := job.(map[string]any); ok && name != "include" {
			extended++
			if parent, _ := fields["extends"].(string); template[parent] == nil {
				t.Errorf("%s extends %s, which the template does not have", name, parent)
			}
		}
	}
	if extended != 2 {
		t.Errorf("%d jobs extend something, want 2", extended)
	}
}
