package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mergeTimeout bounds one batch of merges. A single merge of two Moodle
// releases with rename detection takes seconds.
const mergeTimeout = 15 * time.Minute

// A Merge is one question to Git's merge machinery. It has one of three forms:
//
//   - Heads set: merge these two commits as `git merge` would, finding the base
//     in their history;
//   - Commit and Parent set: pick Commit, whose only parent is Parent, onto the
//     tree Ours; or merge all that Commit has beyond Parent, an ancestor of it,
//     into that tree;
//   - otherwise: merge the trees Ours and Theirs over the tree Base.
//
// Trees may live in memory; commits must be in the repository. The zero id is
// the empty tree.
type Merge struct {
	Heads              [2]ID
	Parent, Commit     ID
	Base, Ours, Theirs ID
}

// Merged is Git's answer to a Merge. When Clean is false, Tree holds files with
// conflict markers and must never reach a branch.
type Merged struct {
	Tree      ID
	Clean     bool
	Conflicts []Conflict
	Stages    []Stage
	// Err is set when Git could give no answer: an object is missing, or Git
	// itself stopped on an assertion ([ErrCrash]).
	Err error
}

// ErrCrash says that git died of a signal in the middle of a merge, as it does
// on rare inputs. It is a merge for a person.
var ErrCrash = errors.New("git crashed")

// Conflict is one path Git could not merge. Kind is the short type of
// `git merge-tree -z`, for example "CONFLICT (contents)".
type Conflict struct {
	Path string
	Kind string
}

// Stage is one side of a conflicted path as the index would hold it: stage 1
// is the base, 2 ours, 3 theirs.
type Stage struct {
	Path  string
	Mode  Mode
	ID    ID
	Stage int
}

// MergeTrees asks Git for all merges in one process and returns the answers in
// order. Attributes are those of the tree attributes, and of no checkout: Git
// would otherwise obey a merge=union of whatever happens to be checked out.
// Conflict markers are in Git's plain style, whatever the user prefers, so that
// the tree of a conflict means the same everywhere.
//
// Rename detection follows the user's configuration except for renamed
// directories, which are off: on Moodle's history they made hundreds of false
// conflicts and found nothing true.
func (s *Scratch) MergeTrees(ctx context.Context, attributes ID, merges []Merge) ([]Merged, error) {
	return s.MergeTreesShown(ctx, "merge", attributes, merges)
}

// MergeTreesShown is MergeTrees with the conflict markers of another style, to be looked at; see
// merge.conflictStyle in git-config(1).
func (s *Scratch) MergeTreesShown(ctx context.Context, style string, attributes ID, merges []Merge) ([]Merged, error) {
	if len(merges) == 0 {
		return nil, nil
	}
	dir, err := s.attributesDir(ctx, attributes)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(merges))
	for i, m := range merges {
		if lines[i], err = s.mergeLine(ctx, m); err != nil {
			return nil, err
		}
	}
	answers, err := s.mergeBatch(ctx, style, dir, lines)
	if err == nil || len(lines) == 1 || ctx.Err() != nil {
		if err == nil {
			return answers, nil
		}
		return []Merged{{Err: err}}, ctx.Err()
	}
	// One bad merge takes the answers of its batch along.
	answers = answers[:0]
	for _, line := range lines {
		one, err := s.mergeBatch(ctx, style, dir, []string{line})
		if err != nil {
			one = []Merged{{Err: err}}
		}
		answers = append(answers, one...)
	}
	return answers, ctx.Err()
}

// mergeLine writes the throw-away commits that m needs and returns its line
// for `git merge-tree --stdin`.
//
// merge-tree takes commits and finds the base itself, so the base has to be
// made the only common ancestor:
//
//	P ── C          P the parent of C, C the commit picked
//	 \
//	  O             O has ours' tree; it is the one object written
func (s *Scratch) mergeLine(ctx context.Context, m Merge) (string, error) {
	if m.Heads[0] != ZeroID {
		return m.Heads[0].String() + " " + m.Heads[1].String(), nil
	}
	parent, theirs := m.Parent, m.Commit
	var err error
	if parent == ZeroID || theirs == ZeroID {
		if parent, err = s.throwaway(ctx, "base", m.Base); err != nil {
			return "", err
		}
		if theirs, err = s.throwaway(ctx, "theirs", m.Theirs, parent); err != nil {
			return "", err
		}
	}
	ours, err := s.throwaway(ctx, "ours", m.Ours, parent)
	if err != nil {
		return "", err
	}
	return ours.String() + " " + theirs.String(), nil
}

// throwaway writes a commit that only a merge will see. It is dated now: Git
// looks for the merge base newest first, and a commit dated 1970 would make it
// walk all history. The side is in its message, so that equal trees do not make
// both sides the same commit: Git would not look at its tree then.
func (s *Scratch) throwaway(ctx context.Context, side string, tree ID, parents ...ID) (ID, error) {
	if tree == ZeroID {
		tree = EmptyTree
	}
	who := Signature{Name: "mgit", Email: "mgit", When: time.Now().UTC()}
	id := s.PutCommit(&Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: side + "\n"})
	if err := s.Spill(ctx, id); err != nil {
		return ZeroID, fmt.Errorf("write a merge side: %w", err)
	}
	return id, nil
}

func (s *Scratch) mergeBatch(ctx context.Context, style, dir string, lines []string) ([]Merged, error) {
	out, err := s.repo.Cmd("-c", "merge.directoryRenames=false", "-c", "merge.renames=true", "-c", "merge.conflictStyle="+style, "-c", "core.looseCompression=0",
		"merge-tree", "--write-tree", "--stdin", "--allow-unrelated-histories").
		Env(s.Env()...).
		Env("GIT_DIR="+s.repo.GitDir(), "GIT_WORK_TREE="+dir, "GIT_INDEX_FILE="+filepath.Join(s.Dir(), "no-index")).
		Dir(dir).
		Stdin([]byte(strings.Join(lines, "\n") + "\n")).
		Timeout(mergeTimeout).
		Output(ctx)
	if err != nil {
		var exit *ExitError
		if errors.As(err, &exit) && exit.Code < 0 {
			return nil, fmt.Errorf("%w: %w", ErrCrash, err)
		}
		return nil, err
	}
	answers, err := parseMerges(out, len(lines))
	for i := range answers {
		answers[i].unlabel(strings.Fields(lines[i]))
	}
	return answers, err
}

// unlabel takes the side off the names of conflicts. Where a file and a
// directory want the same path, Git calls the file "path~<side>".
func (m *Merged) unlabel(sides []string) {
	for i, c := range m.Conflicts {
		for _, side := range sides {
			if at := strings.LastIndex(c.Path, "~"+side); at >= 0 {
				m.Conflicts[i].Path = c.Path[:at]
			}
		}
	}
}

// parseMerges reads the answers of `git merge-tree --stdin`, for each merge
//
//	<1 clean | 0> NUL <tree> NUL
//	( <mode> SP <id> SP <stage> TAB <path> NUL )*                 conflicts only
//	NUL ( <n> NUL <path> NUL × n <type> NUL <text> NUL )*         conflicts only
//	NUL
//
// See "OUTPUT" in git-merge-tree(1).
func parseMerges(out []byte, want int) ([]Merged, error) {
	p := fields{rest: out}
	var all []Merged
	for len(p.rest) > 0 {
		m, err := p.merge()
		if err != nil {
			return nil, fmt.Errorf("read the answer of git merge-tree: %w", err)
		}
		all = append(all, m)
	}
	if len(all) != want {
		return nil, fmt.Errorf("git merge-tree answered %d of %d merges", len(all), want)
	}
	return all, nil
}

type fields struct{ rest []byte }

var errTruncated = errors.New("it ends too soon")

func (p *fields) next() (string, error) {
	i := bytes.IndexByte(p.rest, 0)
	if i < 0 {
		return "", errTruncated
	}
	f := string(p.rest[:i])
	p.rest = p.rest[i+1:]
	return f, nil
}

func (p *fields) merge() (Merged, error) {
	var m Merged
	status, err := p.next()
	if err != nil {
		return m, err
	}
	if status != "0" && status != "1" {
		return m, fmt.Errorf("status %q", status)
	}
	m.Clean = status == "1"
	id, err := p.next()
	if err != nil {
		return m, err
	}
	if m.Tree, err = ParseID(id); err != nil {
		return m, err
	}
	if !m.Clean {
		if m.Stages, err = p.stages(); err != nil {
			return m, err
		}
		kinds, err := p.kinds()
		if err != nil {
			return m, err
		}
		m.Conflicts = conflicts(m.Stages, kinds)
		return m, nil
	}
	_, err = p.next()
	return m, err
}

func (p *fields) stages() ([]Stage, error) {
	var all []Stage
	for {
		f, err := p.next()
		if err != nil || f == "" {
			return all, err
		}
		info, path, ok := strings.Cut(f, "\t")
		words := strings.Fields(info)
		if !ok || len(words) != 3 {
			return nil, fmt.Errorf("conflicted file %q", f)
		}
		mode, err := strconv.ParseUint(words[0], 8, 32)
		if err != nil {
			return nil, err
		}
		id, err := ParseID(words[1])
		if err != nil {
			return nil, err
		}
		stage, err := strconv.Atoi(words[2])
		if err != nil {
			return nil, err
		}
		all = append(all, Stage{Path: path, Mode: Mode(mode), ID: id, Stage: stage})
	}
}

// submoduleAdvice begins a text that git 2.39 prints for people in the middle of
// its answer for programs, before the NUL that ends it.
const submoduleAdvice = "Recursive merging with submodules"

// pathKind is one path named by a message of Git, and the message's type.
type pathKind struct{ path, kind string }

func (p *fields) kinds() ([]pathKind, error) {
	var all []pathKind
	for {
		f, err := p.next()
		if err != nil || f == "" || strings.HasPrefix(f, submoduleAdvice) {
			return all, err
		}
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		paths := make([]string, n)
		for i := range paths {
			if paths[i], err = p.next(); err != nil {
				return nil, err
			}
		}
		kind, err := p.next()
		if err != nil {
			return nil, err
		}
		if _, err := p.next(); err != nil { // the text for people
			return nil, err
		}
		if strings.HasPrefix(kind, "CONFLICT") {
			for _, path := range paths {
				all = append(all, pathKind{path, kind})
			}
		}
	}
}

// conflicts joins the conflicted paths with what Git said of them. A conflict
// that left no path in the index (Git has such) keeps its first path.
func conflicts(stages []Stage, kinds []pathKind) []Conflict {
	kindOf := make(map[string]string)
	for _, k := range kinds {
		if _, ok := kindOf[k.path]; !ok {
			kindOf[k.path] = k.kind
		}
	}
	var all []Conflict
	seen := make(map[string]bool)
	for _, s := range stages {
		if seen[s.Path] {
			continue
		}
		seen[s.Path] = true
		kind := kindOf[s.Path]
		if kind == "" {
			kind = "CONFLICT"
		}
		all = append(all, Conflict{Path: s.Path, Kind: kind})
	}
	if len(all) == 0 && len(kinds) > 0 {
		all = append(all, Conflict{Path: kinds[0].path, Kind: kinds[0].kind})
	}
	return all
}
