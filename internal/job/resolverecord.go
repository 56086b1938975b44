package job

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/rebase"
	"mgit/internal/resolution"
)

// recordFile stands in the git directory of a worktree in which a branch is
// resolved.
const recordFile = "mgit-resolve.toml"

const recordFormat = 1

// benchRecord says what a worktree is for. How far the work there is it does
// not say: that is read from the repository.
type benchRecord struct {
	Format  int    `toml:"format"`
	Branch  string `toml:"branch"` // the old branch
	NewName string `toml:"new_name"`
	Series  string `toml:"series"`
	Base    string `toml:"base"` // what the old branch stands on: a tag or a commit
	Onto    string `toml:"onto"`

	OntoCommit hexID `toml:"onto_commit"`
	OldTip     hexID `toml:"old_tip"`
	NewBase    hexID `toml:"new_base"` // the new branch before; zero: none
	Parked     hexID `toml:"parked"`   // the end of the clean part
	Sentinel   hexID `toml:"sentinel"` // where git rebase --abort goes back to

	// Release is the one that the new branch begins with; "" for a branch that is carried.
	Release string `toml:"release,omitempty"`

	// NoResolutions says that recorded resolutions are not used here.
	NoResolutions bool `toml:"no_resolutions,omitempty"`

	// Commits is the account without the work of this worktree.
	Commits recordAccount `toml:"commits"`
	Merges  recordMerges  `toml:"merges"`

	Steps   []recordStep        `toml:"steps"` // that wait, oldest first
	Dropped []recordDropped     `toml:"dropped,omitempty"`
	Cache   resolution.Snapshot `toml:"cache,omitempty"` // of rr-cache, from before
}

// recordStep is a commit to be picked: Pick is Commit, or stands for what a
// person did in the merge Commit, or for Commit in another layout.
type recordStep struct {
	Commit hexID         `toml:"commit"`
	Pick   hexID         `toml:"pick"`
	ByHand bool          `toml:"by_hand,omitempty"`
	Places []recordPlace `toml:"places,omitempty"`
}

// recordPlace is a path of a step that has no certain place in the new layout. Both are
// base64: TOML has no other bytes than UTF-8.
type recordPlace struct {
	Path      rawPath   `toml:"path"`
	Proposals []rawPath `toml:"proposals"`
}

// rawPath is a path in a record.
type rawPath string

// MarshalText writes base64.
func (p rawPath) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, []byte(p)), nil
}

// UnmarshalText reads base64.
func (p *rawPath) UnmarshalText(text []byte) error {
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	*p = rawPath(data)
	return err
}

func recordPlaces(all []layout.Unplaced) []recordPlace {
	var places []recordPlace
	for _, u := range all {
		p := recordPlace{Path: rawPath(u.Path)}
		for _, proposal := range u.Proposals {
			p.Proposals = append(p.Proposals, rawPath(proposal))
		}
		places = append(places, p)
	}
	return places
}

// recordMisplaced are the paths for which a branch was parked because they would stand
// where Moodle does not look.
func recordMisplaced(all []rebase.Conflict) []recordPlace {
	var places []recordPlace
	for _, c := range all {
		if c.Kind == rebase.KindMisplaced {
			places = append(places, recordPlace{Path: rawPath(c.Path)})
		}
	}
	return places
}

// unplaced are the paths of the step that a person has to place.
func (s recordStep) unplaced() []ConflictAt {
	var all []ConflictAt
	for _, p := range s.Places {
		c := ConflictAt{Commit: ID(s.Commit), Path: Path(p.Path), Kind: rebase.KindUnplaced}
		if len(p.Proposals) == 0 {
			c.Kind = rebase.KindMisplaced
		}
		for _, proposal := range p.Proposals {
			c.Proposals = append(c.Proposals, string(proposal))
		}
		all = append(all, c)
	}
	return all
}

type recordDropped struct {
	Pick    hexID  `toml:"pick"`
	Commit  hexID  `toml:"commit"`
	Subject string `toml:"subject"`
	Reason  string `toml:"reason"`
}

type recordAccount struct {
	In      int `toml:"in"`
	Kept    int `toml:"kept"`
	Landed  int `toml:"landed"`
	Emptied int `toml:"emptied"`
	// Replaced commits have a release in their place, with which the branch begins.
	Replaced int `toml:"replaced,omitempty"`
}

type recordMerges struct {
	In     int `toml:"in"`
	Clean  int `toml:"clean"`
	ByHand int `toml:"by_hand"`
}

// hexID is an object id in a record.
type hexID git.ID

// MarshalText writes full hex.
func (id hexID) MarshalText() ([]byte, error) { return []byte(git.ID(id).String()), nil }

// UnmarshalText reads full hex.
func (id *hexID) UnmarshalText(text []byte) error {
	parsed, err := git.ParseID(string(text))
	*id = hexID(parsed)
	return err
}

// readBenchRecord reads the record in a worktree's git directory; nil when the
// worktree is not one of ours.
func readBenchRecord(gitDir string) (*benchRecord, error) {
	if gitDir == "" {
		return nil, nil
	}
	name := filepath.Join(gitDir, recordFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what a worktree is for: %w", err)
	}
	var r benchRecord
	if _, err := toml.Decode(string(data), &r); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if r.Format > recordFormat {
		return nil, fmt.Errorf("read %s: format %d was written by a newer mgit", name, r.Format)
	}
	return &r, nil
}

// write puts the record into a worktree's git directory, as a whole or not at
// all.
func (r *benchRecord) write(gitDir string) error {
	r.Format = recordFormat
	var text bytes.Buffer
	enc := toml.NewEncoder(&text)
	enc.Indent = ""
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("note what the worktree is for: %w", err)
	}
	next := filepath.Join(gitDir, recordFile+".new")
	if err := os.WriteFile(next, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("note what the worktree is for: %w", err)
	}
	if err := os.Rename(next, filepath.Join(gitDir, recordFile)); err != nil {
		return fmt.Errorf("note what the worktree is for: %w", err)
	}
	return nil
}

// step finds the step that a pick belongs to; its number is from 1.
func (r *benchRecord) step(pick git.ID) (s recordStep, number int, ok bool) {
	for i, s := range r.Steps {
		if git.ID(s.Pick) == pick {
			return s, i + 1, true
		}
	}
	return recordStep{}, 0, false
}

// reasonFor is the reason why a pick was left out, "" when none was given.
func (r *benchRecord) reasonFor(pick hexID) string {
	for _, d := range r.Dropped {
		if d.Pick == pick {
			return d.Reason
		}
	}
	return ""
}

// drop notes that a step is left out.
func (r *benchRecord) drop(s recordStep, subject, reason string) {
	d := recordDropped{Pick: s.Pick, Commit: s.Commit, Subject: subject, Reason: reason}
	for i := range r.Dropped {
		if r.Dropped[i].Pick == s.Pick {
			r.Dropped[i] = d
			return
		}
	}
	r.Dropped = append(r.Dropped, d)
}
