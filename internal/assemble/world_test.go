package assemble_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
)

// world is a repository whose branches are merged, and the engine open on it.
// Upstream are all tags and the branches whose name begins with "up-".
type world struct {
	*gittest.Repo
	t       *testing.T
	repo    *git.Repo
	scratch *git.Scratch
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return open(t, gittest.New(t))
}

func open(t *testing.T, r *gittest.Repo) *world {
	t.Helper()
	s := &world{Repo: r, t: t}
	r.Git("config", "gc.auto", "0") // git merge starts it in the background
	var err error
	if s.repo, err = git.Open(t.Context(), r.Path, git.Options{Env: r.Env()}); err != nil {
		t.Fatal(err)
	}
	if s.scratch, err = s.repo.NewScratch(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func (s *world) close() {
	s.scratch.Close()
	s.repo.Close()
}

func (s *world) id(rev string) git.ID {
	s.t.Helper()
	id, err := git.ParseID(strings.TrimSpace(s.Git("rev-parse", rev+"^{commit}")))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// branch makes a branch at a commit and checks it out.
func (s *world) branch(name, at string) {
	s.t.Helper()
	s.Git("checkout", "-q", "-b", name, at)
}

// commit writes path with text on the branch and commits it.
func (s *world) commit(branch, path, text string) string {
	s.t.Helper()
	s.Git("checkout", "-q", branch)
	s.Write(path, text)
	return s.Commit("change " + path)
}

// steps are the branches, and of the tags those that begin with "v".
func (s *world) steps(names ...string) []assemble.Step {
	s.t.Helper()
	var all []assemble.Step
	for _, name := range names {
		all = append(all, assemble.Step{Name: name, Tip: s.id(name), Upstream: strings.HasPrefix(name, "v")})
	}
	return all
}

func (s *world) request(onto git.ID, steps ...assemble.Step) assemble.Request {
	s.t.Helper()
	return s.requestWith(onto, s.history(onto, steps), steps...)
}

func (s *world) requestWith(onto git.ID, own *history.Own, steps ...assemble.Step) assemble.Request {
	return assemble.Request{
		Onto: onto, History: own, Steps: steps, Committer: builderIdent(),
		Message: func(m assemble.Merge) string { return fmt.Sprintf("Merge branch '%s' into test\n", m.Name) },
	}
}

func builderIdent() git.Signature {
	return git.Signature{Name: "Builder", Email: "builder@example.org", When: time.Unix(1_800_000_000, 0).UTC()}
}

func (s *world) history(onto git.ID, steps []assemble.Step) *history.Own {
	s.t.Helper()
	tips := []git.ID{onto}
	for _, step := range steps {
		tips = append(tips, step.Tip)
	}
	var upstream []git.ID
	for line := range strings.Lines(s.Git("for-each-ref", "--format=%(objectname)", "refs/heads/up-*", "refs/tags")) {
		upstream = append(upstream, s.id(strings.TrimSpace(line)))
	}
	own, err := history.Read(s.t.Context(), s.repo, s.scratch, tips, upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	return own
}

func (s *world) run(request assemble.Request) *assemble.Result {
	s.t.Helper()
	result, err := assemble.Run(s.t.Context(), s.scratch, s.repo, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return result
}

// keep writes what a run made into the repository.
func (s *world) keep(tips ...git.ID) {
	s.t.Helper()
	pack, err := s.scratch.WritePack(s.t.Context(), tips)
	if err != nil {
		s.t.Fatal(err)
	}
	if pack.Objects == 0 {
		return
	}
	if err := s.repo.InstallPack(pack); err != nil {
		s.t.Fatal(err)
	}
}

// verdict is what became of a step, as far as both judges say it.
type verdict struct {
	outcome assemble.Outcome
	tree    git.ID // after the step
}

// judge merges the steps with the real git in a checkout: what conflicts is
// aborted, and the loop goes on. A merge on which git crashes conflicts, too.
func (s *world) judge(onto git.ID, steps []assemble.Step) []verdict {
	s.t.Helper()
	script := `git checkout -q -f --detach "$1" && git clean -q -f -d -x || exit
state=$(git rev-parse HEAD HEAD^{tree})
while read -r tip; do
	before=$state outcome=clean
	if ! git -c merge.directoryRenames=false merge -q --no-ff -m merge "$tip" >.git/said 2>&1; then
		outcome=conflict
		if grep -q 'unrelated histories' .git/said; then
			outcome=failed
		elif ! git merge --abort 2>.git/said; then
			rm -f .git/index.lock
			git reset -q --hard
			git clean -q -f -d -x
		fi
	else
		state=$(git rev-parse HEAD HEAD^{tree})
		if [ "$before" = "$state" ]; then
			outcome=unchanged
		fi
	fi
	echo "$outcome ${state#*
}"
done`
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", script, "sh", onto.String())
	cmd.Dir, cmd.Env = s.Path, s.Env()
	var tips strings.Builder
	for _, step := range steps {
		fmt.Fprintln(&tips, step.Tip)
	}
	cmd.Stdin = strings.NewReader(tips.String())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v: %s", err, stderr.String())
	}
	var all []verdict
	for line := range strings.Lines(string(out)) {
		outcome, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		tree, err := git.ParseID(id)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, verdict{assemble.Outcome(outcome), tree})
	}
	if left := s.Git("status", "--porcelain"); left != "" {
		s.t.Fatalf("git left in its checkout:\n%s", left)
	}
	if len(all) != len(steps) {
		s.t.Fatalf("git merged %d of %d steps: %s", len(all), len(steps), stderr.String())
	}
	return all
}

// mustAgree merges the steps with both and fails where they differ.
func (s *world) mustAgree(request assemble.Request) *assemble.Result {
	s.t.Helper()
	result := s.run(request)
	s.keep(result.Tip)
	for i, v := range s.judge(request.Onto, request.Steps) {
		m := result.Merges[i]
		if got := (verdict{m.Outcome, m.Tree}); got != v {
			s.t.Errorf("%s: mgit %v, git %v (%v %v)", m.Name, got, v, m.Conflicts, m.Err)
		}
	}
	return result
}

// outcomes are those of a result, in order.
func outcomes(r *assemble.Result) string {
	var words []string
	for _, m := range r.Merges {
		words = append(words, string(m.Outcome))
	}
	return strings.Join(words, " ")
}

func (s *world) show(id git.ID, path string) string {
	s.t.Helper()
	return s.Git("show", id.String()+":"+path) + "\n"
}

func (s *world) has(id git.ID, path string) bool {
	s.t.Helper()
	return s.Git("ls-tree", "-r", "--name-only", id.String(), path) != ""
}

func lines(n int, change map[int]string) string {
	var b strings.Builder
	for i := range n {
		if c, ok := change[i]; ok {
			b.WriteString(c + "\n")
			continue
		}
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// counting counts for every step the merges over several bases that git is asked
// for.
type counting struct {
	assemble.Objects
	heads []int
	now   int
}

// next goes on to the next step.
func (c *counting) next() {
	c.heads = append(c.heads, c.now)
	c.now = 0
}

func (c *counting) MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error) {
	if merges[0].Heads[0] != git.ZeroID {
		c.now++
	}
	return c.Objects.MergeTrees(ctx, attributes, merges)
}

// upstreamHistory has v1, the minors v1.1 and v1.2 on it, and the next release v2.
func upstreamHistory(t *testing.T) *world {
	t.Helper()
	s := newWorld(t)
	s.Write("version.php", "1\n")
	s.Write("lib.php", lines(30, nil))
	s.Write("view.php", lines(30, nil))
	s.Commit("v1")
	s.Git("tag", "v1")
	s.branch("up-stable", "v1")
	s.Write("lib.php", lines(30, map[int]string{3: "fixed"}))
	s.commit("up-stable", "version.php", "1.1\n")
	s.Git("tag", "v1.1")
	s.Write("view.php", lines(30, map[int]string{20: "fixed"}))
	s.commit("up-stable", "version.php", "1.2\n")
	s.Git("tag", "v1.2")
	s.branch("up-main", "v1")
	s.Write("new.php", "new\n")
	s.commit("up-main", "version.php", "2\n")
	s.Git("tag", "v2")
	return s
}
