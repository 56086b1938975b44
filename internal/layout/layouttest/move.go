package layouttest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// Moved is a release and branches on it in the other layout.
type Moved struct {
	Base string // the moved release
	// Old names for each moved commit the one it was made from.
	Old map[string]string

	prefix string // of the refs of the branches
}

// Move moves v4.5.0 and the branches on it below public/ by the table: the release
// through the index, the branches in the stream that git fast-export writes of their
// changes. They are refs/moved/<branch>.
func (s *Site) Move() *Moved {
	s.t.Helper()
	var names []string
	for _, b := range s.Branches {
		names = append(names, b.Name)
	}
	return s.move("v4.5.0", names, "refs/moved/", Place)
}

// MoveBack moves v5.1.0 and the named branches on it out of public/.
func (s *Site) MoveBack(names []string) *Moved {
	s.t.Helper()
	return s.move("v5.1.0", names, "refs/back/", PlaceBefore)
}

func (s *Site) move(release string, names []string, prefix string, place func(string) (string, bool)) *Moved {
	s.t.Helper()
	m := &Moved{Base: s.moveRelease(release, place), Old: make(map[string]string), prefix: prefix}
	if len(names) == 0 {
		return m
	}
	args := []string{"fast-export", "--no-data", "--show-original-ids", "--reencode=no", "--reference-excluded-parents", "^" + release}
	for _, name := range names {
		args = append(args, "refs/heads/"+name)
	}
	marks := filepath.Join(s.t.TempDir(), "marks")
	w := rewriter{fatalf: s.t.Fatalf, base: s.Git("rev-parse", release+"^{commit}"), onto: m.Base, prefix: prefix, place: place}
	moved, old := w.rewrite(s.raw(args...))
	s.importStream(moved, "--export-marks="+marks)
	data, err := os.ReadFile(marks)
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		mark, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.Old[id] = old[mark]
	}
	return m
}

// moveRelease makes a commit of a release as it would be in the other layout.
func (s *Site) moveRelease(release string, place func(string) (string, bool)) string {
	s.t.Helper()
	var list bytes.Buffer
	for entry := range strings.SplitSeq(string(s.raw("ls-tree", "-r", "-z", release)), "\x00") {
		info, path, ok := strings.Cut(entry, "\t")
		if !ok {
			continue
		}
		if to, known := place(path); known {
			fmt.Fprintf(&list, "%s\t%s\x00", info, to)
		}
	}
	index := filepath.Join(s.t.TempDir(), "index")
	s.input(list.Bytes(), index, "update-index", "-z", "--index-info")
	return s.Git("commit-tree", "-m", release+" in the other layout", s.input(nil, index, "write-tree"))
}

func (s *Site) input(stdin []byte, index string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.Path, append(s.Env(), "GIT_INDEX_FILE="+index), bytes.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// raw is what git prints, byte for byte.
func (s *Site) raw(args ...string) []byte {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = s.Path, s.Env()
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %v: %v", args, err)
	}
	return out
}

// rewriter puts every path of a stream in its place of the other layout, and the
// commits onto the moved release.
type rewriter struct {
	fatalf             func(string, ...any)
	base, onto, prefix string
	place              func(string) (string, bool)
}

// rewrite returns for each mark the commit it was made from, too.
func (w rewriter) rewrite(stream []byte) (moved []byte, old map[string]string) {
	in := bufio.NewReader(bytes.NewReader(stream))
	var out bytes.Buffer
	old = make(map[string]string)
	mark := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return out.Bytes(), old
		}
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case "data":
			n, _ := strconv.Atoi(rest)
			out.WriteString(line)
			if _, err := io.CopyN(&out, in, int64(n)); err != nil {
				w.fatalf("a stream ends too early: %v", err)
			}
			continue
		case "mark":
			mark = rest
		case "original-oid":
			old[mark] = rest
		case "commit", "reset":
			line = word + " " + w.prefix + strings.TrimPrefix(rest, "refs/heads/") + "\n"
		case "from", "merge":
			line = word + " " + strings.Replace(rest, w.base, w.onto, 1) + "\n"
		case "M":
			f := strings.SplitN(rest, " ", 3)
			line = fmt.Sprintf("M %s %s %s\n", f[0], f[1], w.path(f[2]))
		case "D":
			line = "D " + w.path(rest) + "\n"
		}
		out.WriteString(line)
	}
}

// path moves a path as it stands in a stream, perhaps in quotes. What the table looks
// at is never escaped.
func (w rewriter) path(path string) string {
	plain, quoted := strings.CutPrefix(path, `"`)
	to, ok := w.place(plain)
	if !ok {
		w.fatalf("%s has no place", path)
	}
	if quoted {
		return `"` + to
	}
	return to
}

// At takes branches on v4.5.0 of a repository with other content, so that they are
// judged in the same way.
func At(t testing.TB, r *gittest.Repo, names []string) *Site {
	t.Helper()
	s := &Site{Repo: r, t: t}
	for _, name := range names {
		b := &Branch{Name: name, Kind: "given"}
		out := string(s.raw("log", "--no-renames", "--name-only", "-z", "-m", "--format=", "v4.5.0.."+name))
		for p := range strings.SplitSeq(out, "\x00") {
			if p = strings.TrimPrefix(p, "\n"); p != "" {
				b.Paths = append(b.Paths, p)
			}
		}
		slices.Sort(b.Paths)
		b.Paths = slices.Compact(b.Paths)
		s.Branches = append(s.Branches, b)
	}
	return s
}
