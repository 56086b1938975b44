package job

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mgit/internal/branches"
)

// checkCache keeps what the rules found in branches: a file for each, with the sum in its first line, so that a table of
// branches reads no more than that. It can be deleted at any time. A failure to read or write is none: the branch is
// judged once more.
type checkCache struct {
	dir string
	// of is made of what all answers depend on: the program that judges, the settings that rules ask for, the tags.
	of string
}

// newCheckCache keeps nothing where it is not known which program this is: another build may judge otherwise.
func newCheckCache(s *Site) checkCache {
	program, err := os.Executable()
	if err != nil {
		return checkCache{}
	}
	options := s.checkOptions()
	of := sha256.New()
	fmt.Fprintln(of, "mgit checks 1")
	for _, name := range []string{program, options.PHP} {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(of, name, info.Size(), info.ModTime().UnixNano())
		}
	}
	fmt.Fprintf(of, "%+v %q %q\n", s.Config.Check, s.Config.Justified, s.Config.Corehack.Markers)
	for _, ref := range s.refs.refs {
		if strings.HasPrefix(ref.Name, "refs/tags/") {
			fmt.Fprintln(of, ref.Name, ref.Peeled)
		}
	}
	return checkCache{dir: filepath.Join(s.Repo.StateDir(), "cache", "checks"), of: fmt.Sprintf("%x", of.Sum(nil))}
}

// key names an answer by all that it depends on.
func (c checkCache) key(about string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(c.of+" "+about)))
}

func (c checkCache) file(ref string) string {
	return filepath.Join(c.dir, fmt.Sprintf("%.10x", sha256.Sum256([]byte(ref))))
}

// counts reads the first line; nil where another answer is kept, or none.
func (c checkCache) counts(ref, key string) *BranchChecks {
	if c.dir == "" {
		return nil
	}
	f, err := os.Open(c.file(ref))
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 2*sha256.Size+40)
	n, err := io.ReadFull(f, head)
	if n == 0 || err != nil && err != io.ErrUnexpectedEOF {
		return nil
	}
	return parseCounts(head[:n], key)
}

func parseCounts(head []byte, key string) *BranchChecks {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	sum, ours := strings.CutPrefix(string(line), key+" ")
	counts := new(BranchChecks)
	if _, err := fmt.Sscanf(sum, "%d %d %d", &counts.Errors, &counts.Warnings, &counts.Waived); !whole || !ours || err != nil {
		return nil
	}
	return counts
}

// findings reads all; nil as for counts.
func (c checkCache) findings(ref, key string) *Checked {
	if c.dir == "" {
		return nil
	}
	data, err := os.ReadFile(c.file(ref))
	if err != nil || parseCounts(data, key) == nil {
		return nil
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	done, err := parseChecked(rest)
	if err != nil {
		return nil
	}
	return done
}

func (c checkCache) keep(ref, key string, done *Checked) {
	data, err := json.Marshal(done)
	if err != nil || c.dir == "" {
		return
	}
	sum := checkSum(done)
	_ = replaceFile(c.file(ref), fmt.Sprintf("%s %d %d %d\n%s", key, sum.Errors, sum.Warnings, sum.Waived, data))
}

// prune forgets branches that are gone.
func (c checkCache) prune(all []branches.Branch) {
	if c.dir == "" {
		return
	}
	there := make(map[string]bool)
	for _, b := range all {
		there[c.file(b.Ref)] = true
	}
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if name := filepath.Join(c.dir, e.Name()); !there[name] && !strings.HasSuffix(name, ".tmp") {
			_ = os.Remove(name)
		}
	}
}
