package resolution_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/resolution"
	"mgit/internal/tree"
)

// What stands in place of a file's text: it is not there, or the text follows
// of what is an executable or a link.
const (
	absent     = "\x00absent"
	executable = "\x00executable"
	link       = "\x00link"
)

// story is a repository with three commits:
//
//	base ── topic     what a branch did
//	  \
//	   onto           what upstream did
type story struct {
	*gittest.Repo
	t                 *testing.T
	repo              *git.Repo
	base, onto, topic string
	commands          atomic.Int64
}

// newStory makes the three commits; every file is given as it is in base, onto
// and topic.
func newStory(t *testing.T, files map[string][3]string) *story {
	t.Helper()
	s := &story{Repo: gittest.New(t), t: t}
	side := func(n int) string {
		for path, texts := range files {
			s.put(path, texts[n])
		}
		return s.Commit("side")
	}
	s.base = side(0)
	s.onto = side(1)
	s.Git("checkout", "-q", "-b", "topic", s.base)
	s.topic = side(2)
	repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env(), Log: func(git.Command) { s.commands.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	s.repo = repo
	return s
}

func (s *story) put(path, text string) {
	s.t.Helper()
	name := filepath.Join(s.Path, filepath.FromSlash(path))
	s.Remove(path)
	if text == absent {
		return
	}
	if target, ok := strings.CutPrefix(text, link); ok {
		if err := os.Symlink(target, name); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	text, isExecutable := strings.CutPrefix(text, executable)
	s.Write(path, text)
	if isExecutable {
		if err := os.Chmod(name, 0o777); err != nil {
			s.t.Fatal(err)
		}
	}
}

// stop rebases commit onto another with plain git, in the conflict style, and
// returns what MERGE_RR says of the conflict it stops at.
func (s *story) stop(style, commit, onto string) string {
	s.t.Helper()
	s.Git("config", "rerere.enabled", "true")
	s.Git("config", "merge.conflictStyle", style)
	s.Git("checkout", "-q", "-B", "work", commit)
	if out, err := s.TryGit("rebase", "--onto", onto, commit+"^"); err == nil {
		s.t.Fatalf("git rebase met no conflict:\n%s", out)
	}
	data, err := os.ReadFile(filepath.Join(s.Path, ".git", "MERGE_RR"))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// finish is what a person does then.
func (s *story) finish(resolved map[string]string) {
	s.t.Helper()
	for path, text := range resolved {
		s.Write(path, text)
	}
	s.Git("add", "-A")
	s.Git("rebase", "--continue")
}

// record lets a person resolve the conflict of the story and returns what was
// collected from it, through its files. The rr-cache is gone afterwards.
func (s *story) record(style string, resolved map[string]string) resolution.Set {
	s.t.Helper()
	before := s.snapshot()
	s.stop(style, s.topic, s.onto)
	s.finish(resolved)
	set := s.collect(nil, before)
	s.forget()
	return roundTrip(s.t, set)
}

func (s *story) snapshot() resolution.Snapshot {
	s.t.Helper()
	snapshot, err := resolution.TakeSnapshot(s.repo)
	if err != nil {
		s.t.Fatal(err)
	}
	return snapshot
}

func (s *story) collect(known resolution.Set, since resolution.Snapshot) resolution.Set {
	s.t.Helper()
	set, refused, err := resolution.Collect(s.repo, known, since)
	if err != nil || len(refused) > 0 {
		s.t.Fatalf("Collect: refused %v, error %v", refused, err)
	}
	return set
}

// forget removes the repository's rr-cache.
func (s *story) forget() {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.Path, ".git", "rr-cache")); err != nil {
		s.t.Fatal(err)
	}
}

func roundTrip(t *testing.T, set resolution.Set) resolution.Set {
	t.Helper()
	files, err := set.Files()
	if err != nil {
		t.Fatal(err)
	}
	again, err := resolution.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// scratch with a replayer of the set.
func (s *story) replayer(set resolution.Set) (*git.Scratch, *resolution.Replayer) {
	s.t.Helper()
	scratch, err := s.repo.NewScratch(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { scratch.Close() })
	edit := func(ctx context.Context, root git.ID, path string, mode git.Mode, blob git.ID) (git.ID, error) {
		return tree.Set(ctx, scratch, root, path, tree.File{Mode: mode, ID: blob})
	}
	return scratch, resolution.NewReplayer(s.repo, scratch, set, edit)
}

// merge picks commit onto another as the engine does.
func (s *story) merge(scratch *git.Scratch, commit, onto string) git.Merged {
	s.t.Helper()
	ctx := s.t.Context()
	picked, err := scratch.Commit(ctx, id(s.t, commit))
	if err != nil {
		s.t.Fatal(err)
	}
	on, err := scratch.Commit(ctx, id(s.t, onto))
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := scratch.MergeTrees(ctx, on.Tree, []git.Merge{{Parent: picked.Parents[0], Commit: picked.ID, Ours: on.Tree}})
	if err != nil {
		s.t.Fatal(err)
	}
	if all[0].Err != nil || all[0].Clean {
		s.t.Fatalf("the merge is %+v, want a conflict", all[0])
	}
	return all[0]
}

// replay merges topic onto onto and applies the set. It returns the answer and
// the files of its tree.
func (s *story) replay(set resolution.Set) (resolution.Answer, map[string]string) {
	s.t.Helper()
	scratch, replayer := s.replayer(set)
	answer, err := replayer.Replay(s.t.Context(), s.merge(scratch, s.topic, s.onto))
	if err != nil {
		s.t.Fatal(err)
	}
	if !answer.OK && (answer.Tree != git.ZeroID || len(answer.Used) > 0) {
		s.t.Errorf("not resolved, but the answer has a result: %+v", answer)
	}
	return answer, s.files(scratch, answer.Tree)
}

// files reads a tree.
func (s *story) files(scratch *git.Scratch, root git.ID) map[string]string {
	s.t.Helper()
	files := make(map[string]string)
	err := tree.Diff(s.t.Context(), scratch, git.ZeroID, root, func(c tree.Change) error {
		data, err := scratch.Blob(s.t.Context(), c.To.ID)
		files[c.Path] = c.To.Mode.String() + " " + string(data)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

// headFiles reads what a person committed.
func (s *story) headFiles() map[string]string {
	s.t.Helper()
	scratch, _ := s.replayer(nil)
	c, err := scratch.Commit(s.t.Context(), id(s.t, s.Git("rev-parse", "work")))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.files(scratch, c.Tree)
}

func id(t *testing.T, text string) git.ID {
	t.Helper()
	id, err := git.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func names(uses []resolution.Use) []string {
	var all []string
	for _, u := range uses {
		all = append(all, u.Path+" by "+u.Name)
	}
	return all
}

func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("tree:\n%s\nwant:\n%s", listing(got), listing(want))
	}
}

func listing(files map[string]string) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		b.WriteString(path + ": " + files[path] + "\n")
	}
	return b.String()
}
