package live

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// TestRepositories reads repositories that git made, in every state it leaves them in.
func TestRepositories(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root := t.TempDir() + "/moodle"
		top := gittest.NewAt(t, root)
		top.Write("index.php", "x")
		top.Commit("one")
		top.Git("remote", "add", "upstream", "https://user:token@git.example.org/moodle.git?private_token=x")
		plugin := gittest.NewAt(t, root+"/mod/quiz2")
		plugin.Write("version.php", "x")
		plugin.Commit("plugin")
		plugin.Git("remote", "add", "other", "/srv/other.git")
		plugin.Git("remote", "add", "origin", "git@github.com:moodle/quiz2.git")
		plugin.Git("checkout", "-q", "-b", "feature/x")
		plugin.Git("pack-refs", "--all")
		detached := gittest.NewAt(t, root+"/blocks/det")
		detached.Commit("one")
		detached.Detach()
		unborn := gittest.NewAt(t, root+"/blocks/new")
		unborn.Git("remote", "add", "a", "x")
		unborn.Git("remote", "add", "b", "y")
		sub := gittest.NewAt(t, t.TempDir()+"/sub")
		sub.Write("lib.php", "x")
		subCommit := sub.Commit("sub")
		top.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", sub.Path, "local/sub")
		top.Git("worktree", "add", "-q", "-b", "side", "local/tree")
		head := top.Git("rev-parse", "HEAD")
		tree := mustRead(t, root, steps)
		want := []Repository{
			{Path: "", Remote: "https://***@git.example.org/moodle.git?***", Branch: "main", Commit: mustID(t, head)},
			{Path: "blocks/det", Commit: mustID(t, detached.Git("rev-parse", "HEAD"))},
			{Path: "blocks/new", Branch: "main", Problem: "its branch refs/heads/main has no commit"},
			{Path: "local/sub", Submodule: true, Remote: sub.Path, Branch: "main", Commit: mustID(t, subCommit)},
			{Path: "local/tree", Submodule: true, Remote: "https://***@git.example.org/moodle.git?***", Branch: "side", Commit: mustID(t, head)},
			{Path: "mod/quiz2", Remote: "git@github.com:moodle/quiz2.git", Branch: "feature/x", Commit: mustID(t, plugin.Git("rev-parse", "HEAD"))},
		}
		if !slices.Equal(tree.Repositories, want) {
			t.Errorf("repositories\n%+v\nwant\n%+v", tree.Repositories, want)
		}
		wantLines(t, "files", paths(tree), []string{".gitmodules", "index.php", "local/sub/lib.php", "local/tree/index.php", "mod/quiz2/version.php"})
		for path, want := range map[string]int{"blocks/det": 0, "local/sub": 0, "local/tree": 0, "mod/quiz2": 0, "": 1} {
			if n, err := tree.Changes(t.Context(), path); err != nil || n != want {
				t.Errorf("changes of %q: %d, %v; want %d", path, n, err, want)
			}
		}
		if _, err := tree.Changes(t.Context(), "blocks/new"); err == nil {
			t.Error("a repository without a commit has changes")
		}
		if _, err := tree.Changes(t.Context(), "mod"); err == nil {
			t.Error("no repository has changes")
		}
	})
}

func mustID(t testing.TB, s string) git.ID {
	t.Helper()
	id, err := git.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestOddRepositories has what Git does not write.
func TestOddRepositories(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("1", 40)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  Repository
	}{
		{"a folder without a HEAD", map[string]string{".git/objects/y": ""}, Repository{Problem: "its .git is no Git folder: it has no HEAD"}},
		{"garbage", map[string]string{".git/HEAD": "\x00\xff\x1b[2J"}, Repository{Problem: "its HEAD is not what Git writes"}},
		{"a HEAD that climbs", map[string]string{".git/HEAD": "ref: refs/../../../etc/passwd\n"}, Repository{Problem: "its HEAD is not what Git writes"}},
		{"a HEAD into the tree", map[string]string{".git/HEAD": "ref: config.php\n"}, Repository{Problem: "its HEAD is not what Git writes"}},
		{"a HEAD with escapes", map[string]string{".git/HEAD": "ref: refs/heads/\x1b[2J\n"}, Repository{Problem: "its HEAD is not what Git writes"}},
		{"a HEAD that is a folder", map[string]string{".git/HEAD/x": ""}, Repository{Problem: "its HEAD was not read: a folder"}},
		{"a HEAD of any length", map[string]string{".git/HEAD": strings.Repeat("x", maxPointer+1)}, Repository{Problem: "its HEAD was not read: 64.0 KiB, too large to read"}},
		{"an id", map[string]string{".git/HEAD": id}, Repository{Commit: git.ID([]byte(strings.Repeat("\x11", 20)))}},
		{"a circle", map[string]string{".git/HEAD": "ref: refs/heads/a", ".git/refs/heads/a": "ref: refs/heads/b\n", ".git/refs/heads/b": "ref: refs/heads/a\n"}, Repository{Branch: "a", Problem: "its branches name each other in a circle"}},
		{"a branch that is a folder", map[string]string{".git/HEAD": "ref: refs/heads/a", ".git/refs/heads/a/b": id, ".git/packed-refs": "# pack-refs\n" + id + " refs/heads/a\n"}, Repository{Branch: "a", Commit: git.ID([]byte(strings.Repeat("\x11", 20)))}},
		{"a branch of garbage", map[string]string{".git/HEAD": "ref: refs/heads/a", ".git/refs/heads/a": "<script>"}, Repository{Branch: "a", Problem: "its branch refs/heads/a is not what Git writes"}},
		{"another kind of objects", map[string]string{".git/HEAD": "ref: refs/heads/a", ".git/config": "[extensions]\nobjectFormat = sha256\nrefStorage=reftable", ".git/refs/heads/a": strings.Repeat("1", 64)}, Repository{Branch: "a", Problem: "it has objects of a kind that is not read: sha256; it keeps its branches in a way that is not read: reftable; its branch refs/heads/a is not what Git writes"}},
		{"a config of garbage", map[string]string{".git/HEAD": id, ".git/config": "[a]\nb=c\n\x00\x01"}, Repository{Commit: git.ID([]byte(strings.Repeat("\x11", 20))), Problem: "its config is not one: line 3 makes no sense"}},
		{"a huge config", map[string]string{".git/HEAD": id, ".git/config": strings.Repeat("\n", maxConfig+1)}, Repository{Commit: git.ID([]byte(strings.Repeat("\x11", 20))), Problem: "its config was not read: 1.0 MiB, too large to read"}},
		{"escapes in a URL", map[string]string{".git/HEAD": id, ".git/config": "[remote \"o\"]\nurl=\"x\\n\x1b[2J\"\n"}, Repository{Commit: git.ID([]byte(strings.Repeat("\x11", 20))), Remote: `x\x0a\x1b[2J`}},
		{"a pointer to nothing", map[string]string{".git": "gitdir: none\n"}, Repository{Submodule: true, Problem: "its .git is no Git folder: it has no HEAD"}},
		{"a pointer of garbage", map[string]string{".git": "x"}, Repository{Submodule: true, Problem: "its .git is not what Git writes"}},
		{"a pointer to itself", map[string]string{".git": "gitdir: .git"}, Repository{Submodule: true, Problem: "its git folder is a link, or is reached through one: not followed"}},
		{"a common folder outside", map[string]string{".git/HEAD": id, ".git/commondir": "../../x\n"}, Repository{Problem: "its git folder ../../x lies outside the tree and was not read"}},
		{"a folder of this name", map[string]string{".git/x/y": "", ".git/config": ""}, Repository{Path: "none"}},
		{"a bare one", map[string]string{"HEAD": "ref: refs/heads/main\n", "objects/x": "", "refs/x": "", "config": "[core]\nbare=true"}, Repository{Path: "none"}},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			put(t, root, path, text)
		}
		tree := mustScan(t, root, false)
		if c.want.Path == "none" {
			if len(tree.Repositories) > 0 || len(tree.Files) != len(c.files) {
				t.Errorf("%s: %+v", c.name, tree)
			}
			continue
		}
		if len(tree.Repositories) != 1 || tree.Repositories[0] != c.want {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.name, tree.Repositories, c.want)
		}
		if _, err := tree.Changes(t.Context(), ""); err == nil {
			t.Errorf("%s: changes against nothing", c.name)
		}
	}
}

// TestNothingRuns has a repository whose config runs a program at every turn.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, ran := dir+"/moodle", dir+"/ran"
	program := gittest.Program(t, "touch "+ran+"\n")
	r := gittest.NewAt(t, root)
	r.Write("a.txt", "x")
	r.Write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
	r.Commit("one")
	r.Write("a.txt", "changed")
	for _, setting := range []string{
		"core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.gitProxy", "core.alternateRefsCommand",
		"filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command",
		"diff.external", "merge.evil.driver", "credential.helper", "uploadpack.packObjectsHook", "gpg.program", "alias.status",
	} {
		r.Git("config", setting, program)
	}
	for _, hook := range []string{"post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-auto-gc"} {
		put(t, root, ".git/hooks/"+hook, "#!/bin/sh\ntouch "+ran+"\n")
		if err := os.Chmod(root+"/.git/hooks/"+hook, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	tree := mustRead(t, root, false)
	if n, err := tree.Changes(t.Context(), ""); err != nil || n != 1 {
		t.Errorf("changes: %d, %v", n, err)
	}
	if _, err := tree.History(t.Context(), func(git.ID) bool { return false }); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program ran")
	}
	if _, err := r.TryGit("status"); err != nil {
		t.Log("git status:", err)
	}
	if _, err := os.Stat(ran); err != nil {
		t.Error("git ran no program either: the test shows nothing")
	}
}

// TestConfig compares with what git reads.
func TestConfig(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"",
		"[core]\n\tbare = false\n",
		"[remote \"origin\"]\n\turl = https://example.org/x\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
		"[Remote \"Ori\\\"g\\\\in\"] URL = a ; comment\n",
		"[remote.ORIGIN]\nurl=x # y\n",
		"[a]\nb\nc=\nd = \"x ; y\" z  \ne = a \\\n  b\n",
		"[a]b=c\n",
		"[a]\r\nb = c\r\n",
		"\ufeff[a]\nb=c",
		"# x\n; y\n[a \"\"]\nk-1 = \\t\\n\\\"\\\\\\b\n",
		"[a]\nb = \" x \" \n",
		"[a]\nb = x  \"\"  y\n",
		"[a]\nb = \"\"\n",
		"[a \"b\"]\n[a]\nx=1\n[a \"c\"]x=2\n",
		"[a]\nb = x;y#z\n",
		"[a]\nb = ä\xff\n",
		"[a]\nb = x\\\n",
		"b = c\n",
		// What git does not read.
		"[a\n",
		"[a \"b\n\"]\n",
		"[a \"b\" ]\nx=1\n",
		"[a]\n1b = c\n",
		"[a]\nb = \"x\n",
		"[a]\nb = \\x\n",
		"[a]\nb c = d\n",
		"[]\nx=1\n",
		"[a]\nb_c = d\n",
		"[a]\n\x00\n",
	} {
		settings, err := parseConfig([]byte(text))
		var got []string
		for _, s := range settings {
			name := strings.TrimPrefix(s.section+"."+s.key, ".")
			if s.name != "" || strings.Contains(text, `""`) && strings.Contains(text, `[a ""]`) {
				name = s.section + "." + s.name + "." + s.key
			}
			got = append(got, name+"="+s.value)
		}
		want, gitErr := gitConfig(t, text)
		if (err != nil) != (gitErr != nil) {
			t.Errorf("%q: error %v, git says %v", text, err, gitErr)
			continue
		}
		if err == nil && !slices.Equal(got, want) {
			t.Errorf("%q:\n%q\ngit has\n%q", text, got, want)
		}
	}
}

// gitConfig is what git reads from a config file, as "name=value".
func gitConfig(t *testing.T, text string) ([]string, error) {
	t.Helper()
	file := t.TempDir() + "/config"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("git", "config", "--file", file, "--null", "--list")
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return nil, err
	}
	var all []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if line != "" {
			name, value, _ := strings.Cut(line, "\n")
			all = append(all, name+"="+value)
		}
	}
	return all, nil
}

func TestShownURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.org/x.git":            "https://example.org/x.git",
		"https://user@example.org/x.git":       "https://***@example.org/x.git",
		"https://user:p@ss@example.org:8/x":    "https://***@example.org:8/x",
		"https://example.org/a@b":              "https://example.org/a@b",
		"https://example.org?token=x#y":        "https://example.org?***",
		"ssh://git@example.org/x":              "ssh://git@example.org/x",
		"ssh://git:secret@example.org/x":       "ssh://***@example.org/x",
		"git@example.org:x.git":                "git@example.org:x.git",
		"/srv/git/x.git":                       "/srv/git/x.git",
		"ext::sh -c \x1b[2J":                   `ext::sh -c \x1b[2J`,
		"HTTPS://oauth2:glpat-1@example.org/x": "HTTPS://***@example.org/x",
	} {
		if got := shownURL(in); got != want {
			t.Errorf("shownURL(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestManyRepositories reads a tree full of plugins that are clones.
func TestManyRepositories(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for i := range 60 {
		dir := fmt.Sprintf("local/p%d/", i)
		put(t, root, dir+".git/HEAD", "ref: refs/heads/main\n")
		put(t, root, dir+".git/refs/heads/main", strings.Repeat("1", 40)+"\n")
		put(t, root, dir+".git/config", "[remote \"origin\"]\n\turl = https://example.org/x\n")
		put(t, root, dir+"version.php", "x")
	}
	tree := mustScan(t, root, false)
	for _, r := range tree.Repositories {
		if r.Problem != "" || r.Branch != "main" || r.Remote != "https://example.org/x" {
			t.Fatalf("%+v", r)
		}
	}
	if len(tree.Repositories) != 60 || len(tree.Files) != 60 {
		t.Errorf("%d repositories, %d files", len(tree.Repositories), len(tree.Files))
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte("[remote \"origin\"]\n\turl = \"https://u:p@example.org/x\" # y\n"))
	f.Add([]byte("[a]\nb = x \\\n y\n[c \"d\\\"\"]e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		settings, err := parseConfig(data)
		if err != nil {
			return
		}
		url := remoteURL(settings)
		if url != quoted(url) && !strings.Contains(url, `\`) && !strings.HasSuffix(url, "…") {
			t.Errorf("%q may not be shown", url)
		}
		for _, s := range settings {
			if s.key == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzRefs(f *testing.F) {
	id := strings.Repeat("1", 40)
	f.Add([]byte("# pack-refs with: peeled\n"+id+" refs/heads/main\n^"+id+"\n"), "refs/heads/main")
	f.Add([]byte("ref: refs/heads/main\n"), "x")
	f.Fuzz(func(t *testing.T, data []byte, ref string) {
		if _, ok := packedRef(data, ref); ok && !strings.Contains(string(data), ref) {
			t.Error("a reference from nowhere")
		}
		if ref, _, ok := parseRef(data); ok && (strings.Contains(ref, "..") || strings.HasPrefix(ref, "/") || ref != quoted(ref) && strings.ContainsAny(ref, "\x00\n\x1b")) {
			t.Errorf("%q is no reference", ref)
		}
	})
}
