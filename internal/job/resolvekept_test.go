package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/job"
)

// rawMessage is everything of a commit but its tree, parents and committer.
func (f *fixture) rawMessage(rev string) string {
	f.t.Helper()
	var kept []string
	head, message, _ := strings.Cut(f.Git("cat-file", "commit", rev), "\n\n")
	for line := range strings.Lines(head + "\n") {
		if strings.HasPrefix(line, "author ") || strings.HasPrefix(line, "encoding ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "") + "\n" + message
}

// What a person's editor, git's clean-up and its idea of an encoding did to
// authors and messages is undone.
func TestMessagesAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	finish := map[string]func(f *fixture){
		"mgit": func(*fixture) {},
		"git":  func(f *fixture) { f.Git("-C", f.benchPath(), "rebase", "--continue") },
	}
	for name, byWhom := range finish {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.Git("checkout", "-q", "-b", stuck, "v4.1.0")
			f.Write("lib.php", text(40, map[int]string{5: "ours"}))
			f.Git("add", "-A")
			f.Git("commit", "-q", "--cleanup=verbatim", "-m", "MDL-1 lib: ours\n\n# no comment\n\n\ntrailing   \n\n")
			f.Tick()
			f.Write("last.php", "last\n")
			f.Git("add", "-A")
			f.Git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--author=Zo\xeb <zoe@example.org>", "-m", "Gr\xfc\xdfe")
			f.Detach()
			f.rebaseAll()
			_, w := f.resolve(stuck)
			w.Write("lib.php", resolved())
			w.Git("add", "lib.php")
			byWhom(f)
			b := f.proceed()
			if b.Outcome != "resolved" || b.Commits != (job.Account{In: 2, Kept: 2}) {
				t.Fatalf("%+v", b)
			}
			for _, back := range []string{"", "~1"} {
				if old, now := f.rawMessage(stuck+back), f.rawMessage(newStuck+back); old != now {
					t.Errorf("%q, want %q", now, old)
				}
			}
			f.noBench()
		})
	}
}

func (f *fixture) benchPath() string {
	return filepath.Join(f.Path, ".git", "mgit", "worktrees", newStuck)
}

// A user's settings and hooks do not change what a rebase means.
func TestSettingsOfTheUserDoNotMatter(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", stuck, "v4.1.0")
	f.add("own.php", "own\n", "lib.php", text(40, map[int]string{5: "ours"}), "more.php", "more\n")
	f.Write("own.php", "own, fixed\n")
	f.Git("commit", "-q", "-a", "-m", "fixup! change own.php\n\n; no comment")
	f.Tick()
	f.Git("branch", "lower", "HEAD~1")
	f.Git("commit", "-q", "--allow-empty", "-m", "empty from the start")
	f.Detach()
	f.rebaseAll()
	for key, value := range map[string]string{
		"rebase.autoSquash": "true", "rebase.updateRefs": "true", "rebase.autoStash": "true", "rebase.backend": "apply",
		"rebase.missingCommitsCheck": "error", "rebase.instructionFormat": "%an: %s", "rebase.abbreviateCommands": "true",
		"commit.cleanup": "strip", "commit.verbose": "true", "core.commentChar": ";", "core.abbrev": "4",
		"rerere.enabled": "false", "merge.conflictStyle": "diff3", "merge.directoryRenames": "true",
		"status.showUntrackedFiles": "no", "status.branch": "true", "status.showStash": "true", "core.editor": "false",
		"sequence.editor": "false", "alias.rebase": "!false", "push.default": "nothing",
	} {
		f.Git("config", key, value)
	}
	hooks := filepath.Join(f.Path, ".git", "hooks")
	if err := os.MkdirAll(hooks, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"pre-commit", "pre-rebase", "post-checkout", "commit-msg", "prepare-commit-msg", "post-rewrite", "post-commit"} {
		script := "#!/bin/sh\necho " + hook + " >> '" + filepath.Join(f.Path, ".git", "ran") + "'\nexit 1\n"
		if err := os.WriteFile(filepath.Join(hooks, hook), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	others := f.Git("for-each-ref", "refs/heads/lower", "refs/heads/"+stuck, "refs/tags/")
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	f.arrived(b, "change own.php, change lib.php, change more.php, fixup! change own.php, empty from the start", job.Account{In: 5, Kept: 5})
	if len(b.Saved) != 1 {
		t.Errorf("saved: %v", b.Saved)
	}
	if now := f.Git("for-each-ref", "refs/heads/lower", "refs/heads/"+stuck, "refs/tags/"); now != others {
		t.Errorf("other refs moved:\n%s\n%s", others, now)
	}
	if ran, err := os.ReadFile(filepath.Join(f.Path, ".git", "ran")); err == nil {
		t.Errorf("hooks ran: %s", ran)
	}
	for i := range 5 {
		back := "~" + string(rune('0'+i))
		if old, now := f.rawMessage(stuck+back), f.rawMessage(newStuck+back); old != now {
			t.Errorf("%q, want %q", now, old)
		}
	}
}
