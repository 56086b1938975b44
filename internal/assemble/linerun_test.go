package assemble_test

import (
	"testing"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// TestReadsWhatRunMade reads targets that Run made, of each of which it must say the
// steps that Run was given, and prove them.
func TestReadsWhatRunMade(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.branch("d", "a", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what d makes of a")})
	s.Git("checkout", "-q", "test")

	s.run("v1", "c", "a", "v2", "b", "d")
	s.mustBe("c a v2 b d", "c", "a", "v2", "b", "d")

	old := s.id("test").String()
	s.run("v1", "v2", "a", "d")
	fresh := s.id("test").String()
	s.joinAt(old, fresh)
	s.mustBe("v2 a d", "v2", "a", "d")

	s.run("test", "b", "c")
	s.mustBe("v2 a d b c", "a", "b", "c", "d", "v2")

	s.on("b", func() { s.change("more of b", map[string]string{"lib/two.php": numbered("more", 30)}) })
	s.run("test", "b")
	s.mustBe("v2 a d b c", "a", "b", "c", "d", "v2")
}

// run makes the target by merging the steps onto a revision.
func (s *lineSite) run(onto string, steps ...string) {
	s.t.Helper()
	ctx := s.t.Context()
	request, repo, scratch := s.request()
	result, err := assemble.Run(ctx, scratch, repo, assemble.Request{
		Onto: s.id(onto), History: request.History, Steps: s.steps(steps...),
		Committer: git.Signature{Name: "Builder", Email: "builder@example.org", When: time.Unix(1_800_000_000, 0).UTC()},
		Message:   func(m assemble.Merge) string { return "Merge " + m.Name + "\n\nMgit-Branch: " + m.Name + "\n" },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range result.Merges {
		if m.Outcome != assemble.Clean {
			s.t.Errorf("%s: %s", m.Name, m.Outcome)
		}
	}
	pack, err := scratch.WritePack(ctx, []git.ID{result.Tip})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := repo.InstallPack(pack); err != nil {
		s.t.Fatal(err)
	}
	s.Detach()
	s.Git("update-ref", "refs/heads/test", result.Tip.String())
	s.Git("reset", "-q", "--hard")
	s.Git("checkout", "-q", "test")
}

func (s *lineSite) mustBe(steps string, wanted ...string) {
	s.t.Helper()
	line, repo, scratch := s.read()
	if got := namesOf(line.Steps()); got != steps {
		s.t.Errorf("steps %s, want %s", got, steps)
	}
	for _, k := range line.Links {
		if len(k.Steps) > 0 && k.Named != k.Steps[0].Name {
			s.t.Errorf("%s names %q", k.Commit.ID, k.Named)
		}
	}
	proof, err := line.Prove(s.t.Context(), scratch, repo, s.steps(wanted...))
	if err != nil {
		s.t.Fatal(err)
	}
	if !proof.OK() {
		s.t.Errorf("found %q", s.describe(proof))
	}
}
