package rebase_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/rebase"
)

// verdict is what a rebase makes of a branch, as far as the two judges must
// agree: for a clean one the list of (author, date, message, tree), otherwise
// the commit it stops at and the paths in conflict.
type verdict struct {
	commits   []string
	stopped   string
	conflicts []string
}

func (v verdict) String() string {
	if v.stopped != "" {
		return "stopped at " + v.stopped + " with " + strings.Join(v.conflicts, ", ")
	}
	return strings.Join(v.commits, "")
}

func (v verdict) equal(w verdict) bool {
	return slices.Equal(v.commits, w.commits) && v.stopped == w.stopped && slices.Equal(v.conflicts, w.conflicts)
}

// crashed stands for the commit where git itself stopped.
const crashed = "a crash of git"

// judge runs the real git rebase over the branch's own commits.
func (s *site) judge(onto, branch string) verdict {
	s.t.Helper()
	base := s.base(branch)
	s.Git("checkout", "-q", "--detach", branch)
	out, err := s.TryGit("-c", "merge.directoryRenames=false", "rebase", "--onto", onto, base.String())
	if err == nil {
		return verdict{commits: s.log(onto, "HEAD")}
	}
	if strings.Contains(err.Error(), "signal: aborted") {
		// Git stops on an assertion in rare cases; so it does for the engine,
		// which leaves the branch to a person.
		os.Remove(filepath.Join(s.Path, ".git", "index.lock"))
		s.TryGit("rebase", "--quit")
		s.Git("reset", "-q", "--hard")
		return verdict{stopped: crashed}
	}
	stopped, e := s.TryGit("rev-parse", "--verify", "-q", "REBASE_HEAD")
	if e != nil {
		s.t.Fatalf("git rebase %s: %v\n%s", branch, err, out)
	}
	v := verdict{stopped: strings.TrimSpace(stopped)}
	for path := range strings.SplitSeq(s.Git("diff", "--name-only", "--diff-filter=U", "-z"), "\x00") {
		if path != "" {
			// Where a file and a directory meet, Git names the file
			// "path~<side>".
			path, _, _ = strings.Cut(path, "~")
			v.conflicts = append(v.conflicts, path)
		}
	}
	slices.Sort(v.conflicts)
	s.Git("rebase", "--abort")
	return v
}

// verdictOf says the same of the engine's result.
func (s *site) verdictOf(onto string, r rebase.Result) verdict {
	if !r.Parked() {
		return verdict{commits: s.log(onto, r.Tip.String())}
	}
	if r.Conflicts[0].Path == "" {
		return verdict{stopped: crashed}
	}
	v := verdict{stopped: r.Conflicts[0].Commit.String()}
	for _, c := range r.Conflicts {
		v.conflicts = append(v.conflicts, c.Path)
	}
	slices.Sort(v.conflicts)
	return v
}

func (s *site) log(onto, tip string) []string {
	out := s.Git("log", "--reverse", "--topo-order", "--encoding=UTF-8", "-z", "--format=%an <%ae> %ad %T%n%B", "--date=raw", onto+".."+tip)
	var all []string
	for c := range strings.SplitSeq(out, "\x00") {
		if strings.TrimSpace(c) != "" {
			all = append(all, c+"\n")
		}
	}
	return all
}

// mustAgree moves the branches with both and fails where they differ.
func (s *site) mustAgree(onto string, branches ...string) []rebase.Result {
	s.t.Helper()
	results := s.rebase(onto, rebase.Options{}, branches...)
	for i, b := range branches {
		ours, gits := s.verdictOf(onto, results[i]), s.judge(onto, b)
		if !ours.equal(gits) {
			s.t.Errorf("%s onto %s\nmgit: %v\ngit:  %v\n%s", b, onto, ours, gits, s.Git("log", "--graph", "--format=%h %s", "--stat", b, "--not", "--tags"))
		}
		if n := fmt.Sprint(results[i].Count(rebase.Kept)); !results[i].Parked() && n != fmt.Sprint(len(ours.commits)) {
			s.t.Errorf("%s: %s commits kept, %d on the new branch", b, n, len(ours.commits))
		}
	}
	return results
}
