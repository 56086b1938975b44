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

// Moved is the same site with the old release and all branches moved below public/ by
// the table: refs/moved/v4.5.0 and refs/moved/<branch>.
type Moved struct {
	Base string // the moved release
	// Old names for each moved commit the one it was made from.
	Old map[string]string
}

// Move moves the release and the branches: the release through the index, the
// branches in the stream that git fast-export writes of their changes.
func (s *Site) Move() *Moved {
	s.t.Helper()
	m := &Moved{Base: s.moveRelease(), Old: make(map[string]string)}
	var refs []string
	for _, b := range s.Branches {
		refs = append(refs, "refs/heads/"+b.Name)
	}
	marks := filepath.Join(s.t.TempDir(), "marks")
	stream := s.raw(append([]string{"fast-export", "--no-data", "--show-original-ids", "--reencode=no", "--reference-excluded-parents", "^v4.5.0"}, refs...)...)
	moved, old := rewriteStream(s.t.Fatalf, stream, s.Git("rev-parse", "v4.5.0^{commit}"), m.Base)
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

// moveRelease makes a commit of the old release as it would be below public/.
func (s *Site) moveRelease() string {
	s.t.Helper()
	var list bytes.Buffer
	for entry := range strings.SplitSeq(string(s.raw("ls-tree", "-r", "-z", "v4.5.0")), "\x00") {
		info, path, ok := strings.Cut(entry, "\t")
		if !ok {
			continue
		}
		to, known := Place(path)
		if !known {
			s.t.Fatalf("%s has no place", path)
		}
		fmt.Fprintf(&list, "%s\t%s\x00", info, to)
	}
	index := filepath.Join(s.t.TempDir(), "index")
	s.input(list.Bytes(), index, "update-index", "-z", "--index-info")
	tree := s.input(nil, index, "write-tree")
	base := s.Git("commit-tree", "-m", "Moodle 4.5 below public/", tree)
	s.Git("update-ref", "refs/moved/v4.5.0", base)
	return base
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

// rewriteStream puts every path of a stream in its place of 5.1, and the commits onto
// the moved release. It returns for each mark the commit it was made from.
func rewriteStream(fatalf func(string, ...any), stream []byte, base, onto string) (moved []byte, old map[string]string) {
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
				fatalf("a stream ends too early: %v", err)
			}
			continue
		case "mark":
			mark = rest
		case "original-oid":
			old[mark] = rest
		case "commit", "reset":
			line = word + " refs/moved/" + strings.TrimPrefix(rest, "refs/heads/") + "\n"
		case "from", "merge":
			line = word + " " + strings.Replace(rest, base, onto, 1) + "\n"
		case "M":
			f := strings.SplitN(rest, " ", 3)
			line = fmt.Sprintf("M %s %s %s\n", f[0], f[1], rewritePath(fatalf, f[2]))
		case "D":
			line = "D " + rewritePath(fatalf, rest) + "\n"
		}
		out.WriteString(line)
	}
}

// rewritePath moves a path as it stands in a stream, perhaps in quotes. What the table
// looks at is never escaped.
func rewritePath(fatalf func(string, ...any), path string) string {
	plain, quoted := strings.CutPrefix(path, `"`)
	to, ok := Place(plain)
	if !ok {
		fatalf("%s has no place", path)
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
