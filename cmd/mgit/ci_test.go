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

// ciSite is what CI clones: the site's internal repository, with Moodle's tags and the mgit branch, a clean branch, and
// one on which somebody left a conflict.
type ciSite struct {
	*gittest.Repo
	dir, program string
	base, tip    string // of the branch with the conflict
	fork         string // a commit that only a pull request has, with a conflict as well
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
	s.Git("checkout", "-q", "--detach", s.base)
	s.Write("mod/quiz/view.php", "<?php\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")
	s.fork = s.Commit("MDL-2 mod_quiz: from a fork")
	s.Git("push", "-q", "origin", "HEAD:refs/pull/8/head")
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
		"merge request without a base": {".mgit-check", "0", []string{
			"CI_MERGE_REQUEST_IID=7", "CI_COMMIT_SHA=" + s.tip, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=" + ciBranch,
		}, "conflict marker", "gl-code-quality-report.json", 5},
		"merged results": {".mgit-check", "0", []string{
			"CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_DIFF_BASE_SHA=" + s.base, "CI_COMMIT_SHA=" + s.base,
			"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=" + s.tip, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=" + ciBranch,
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
			work.Git("update-ref", "refs/remotes/origin/gone", "HEAD") // a runner's clone is an old one
			said, code := s.gitLab(t, work, jobs, c.job, c.env...)
			if _, err := work.TryGit("rev-parse", "--verify", "--quiet", "refs/remotes/origin/gone"); err == nil {
				t.Error("a branch that is gone is still here")
			}
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
