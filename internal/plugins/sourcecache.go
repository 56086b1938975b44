package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Each plugin's repository has a cache of its own below .git/mgit/sources: a bare
// repository with the trees of its releases, as few files as can be, and what
// was seen there. All of it can be deleted at any time and is fetched again.
const cacheFolder = "sources"

// cacheDir is the cache of a source below the directory where mgit keeps its state. Two
// URLs never share one, so that nothing of a former repository is taken for the new one's.
func cacheDir(stateDir string, s Source) (string, error) {
	c, err := moodle.ParseComponent(s.Component)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(s.URL))
	return filepath.Join(stateDir, cacheFolder, c.String()+"-"+hex.EncodeToString(sum[:6])), nil
}

const (
	seenFile   = "mgit-seen.json"
	seenFormat = 1
)

// seenRecord is what is kept of a look. version.php is kept as it stands and parsed anew,
// so that a newer mgit understands it better.
type seenRecord struct {
	Format   int             `json:"format"`
	URL      string          `json:"url"`
	Tags     string          `json:"tags"`
	Branches string          `json:"branches"`
	When     time.Time       `json:"when"`
	Problem  string          `json:"problem"`
	Omitted  int             `json:"omitted"`
	Releases []releaseRecord `json:"releases"`
}

type releaseRecord struct {
	Name    string    `json:"name"`
	Branch  bool      `json:"branch"`
	Commit  string    `json:"commit"`
	Tree    string    `json:"tree"`
	When    time.Time `json:"when"`
	Problem string    `json:"problem"` // that no version.php tells
	Version []byte    `json:"version_php"`
}

// ReadSeen returns what was seen of a source when it was asked last, and asks nobody. It is
// nil when it was never asked, or with other patterns, and when the cache is gone or
// damaged.
func ReadSeen(stateDir string, s Source) (*Seen, error) {
	dir, err := cacheDir(stateDir, s)
	if err != nil {
		return nil, fmt.Errorf("read what is known of %q: %w", s.Component, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, seenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is known of %s: %w", s.Component, err)
	}
	var record seenRecord
	if json.Unmarshal(data, &record) != nil || record.Format != seenFormat {
		return nil, nil
	}
	if record.URL != s.URL || record.Tags != s.Tags || record.Branches != s.Branches {
		return nil, nil
	}
	return record.seen(s), nil
}

func (r seenRecord) seen(s Source) *Seen {
	seen := &Seen{Source: s, When: r.When, Problem: r.Problem, Omitted: r.Omitted}
	for _, each := range r.Releases {
		release := Release{Name: each.Name, IsBranch: each.Branch, When: each.When, Problem: each.Problem, source: each.Version}
		var err, treeErr error
		release.Commit, err = git.ParseID(each.Commit)
		release.Tree, treeErr = git.ParseID(each.Tree)
		if err != nil || treeErr != nil {
			continue
		}
		if release.Problem == "" {
			release.judge(s.Component)
		}
		seen.Releases = append(seen.Releases, release)
	}
	seen.sort()
	return seen
}

// write stores what was seen in one step.
func (s *Seen) write(dir string) error {
	record := seenRecord{
		Format: seenFormat, URL: s.URL, Tags: s.Tags, Branches: s.Branches, When: s.When, Problem: s.Problem, Omitted: s.Omitted,
	}
	for _, r := range s.Releases {
		each := releaseRecord{Name: r.Name, Branch: r.IsBranch, Commit: r.Commit.String(), Tree: r.Tree.String(), When: r.When, Version: r.source}
		if len(r.source) == 0 {
			each.Problem = r.Problem
		}
		record.Releases = append(record.Releases, each)
	}
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, seenFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, seenFile))
}
