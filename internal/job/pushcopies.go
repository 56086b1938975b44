package job

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"mgit/internal/git"
)

// A change is named by what it says and not by where in the file, so that it is the
// same on another base, put together with others, or cut into several commits.

// manyLetters is how much a change must say for its lines to be told apart from
// anybody's: a brace is in every commit. What says less is the same only in one
// piece.
const manyLetters = 12

// longText is the size from which a file is the same under every path.
const longText = 100

// copies says which commits of branches that are not public are published again
// under another name.
func (j *publicJudge) copies(ctx context.Context, published *changePrints) ([]string, error) {
	if len(published.paths) == 0 {
		return nil, nil
	}
	var found []string
	say := func(by git.ID, c *git.Commit) {
		found = append(found, fmt.Sprintf("commit %s makes the change of %s, which is of %s", shortID(by), shortID(c.ID), j.owners.nameOf(c.ID)))
	}
	var near []*git.Commit
	var prints []*changePrints
	for _, c := range j.owners.internal {
		changes, err := j.site.changedPaths(ctx, c)
		if err != nil {
			return nil, err
		}
		by, isFile, err := j.copiedFile(ctx, published, changes)
		if err != nil {
			return nil, err
		}
		if isFile {
			say(by, c)
			continue
		}
		if !slices.ContainsFunc(changes, func(f fileChange) bool { return published.paths[wherever(f.path)] }) {
			continue
		}
		if changes, err = j.site.changesOf(ctx, c); err != nil {
			return nil, err
		}
		one := newChangePrints()
		one.add(c.ID, changes)
		near, prints = append(near, c), append(prints, one)
	}
	all := newChangePrints()
	for _, one := range prints {
		maps.Copy(all.lines, one.lines)
	}
	for i, c := range near {
		by, ok := published.holds(prints[i])
		if !ok {
			by, ok = published.holdsLines(prints[i].lasting(all))
		}
		if ok {
			say(by, c)
		}
	}
	return found, nil
}

// copiedFile finds a file of a commit that is published as it is, under whatever
// path.
func (j *publicJudge) copiedFile(ctx context.Context, published *changePrints, changes []fileChange) (by git.ID, ok bool, err error) {
	for _, c := range changes {
		if by, ok = published.files[c.to.ID]; !ok {
			continue
		}
		text, err := j.site.content(ctx, c.to)
		if err != nil {
			return git.ZeroID, false, err
		}
		if len(text) >= longText {
			return by, true, nil
		}
	}
	return git.ZeroID, false, nil
}

// wherever is a path without the folder into which Moodle 5.1 moved its code.
func wherever(path string) string { return strings.TrimPrefix(path, "public/") }

// changePrints are what changes say, each with the first commit that says it.
type changePrints struct {
	pieces map[[sha256.Size]byte]git.ID // what went and came in one place
	lines  map[printedLine]git.ID
	files  map[git.ID]git.ID
	paths  map[string]bool
}

// printedLine is a line that came to a file or went from it.
type printedLine struct {
	path, text string // the words, with one space between
	went       bool
}

func newChangePrints() *changePrints {
	return &changePrints{
		pieces: make(map[[sha256.Size]byte]git.ID), lines: make(map[printedLine]git.ID),
		files: make(map[git.ID]git.ID), paths: make(map[string]bool),
	}
}

func (f *changePrints) add(commit git.ID, changes []fileChange) {
	for _, c := range changes {
		path := wherever(c.path)
		f.paths[path] = true
		if c.to.Mode != 0 && c.to.Mode != git.ModeGitlink {
			enter(f.files, c.to.ID, commit)
		}
		for _, h := range c.hunks {
			piece := sha256.New()
			fmt.Fprintf(piece, "%s\x00", path)
			isBlank := true
			write := func(sign string, lines []string) {
				for _, line := range lines {
					words := strings.Join(strings.Fields(line), " ")
					fmt.Fprintf(piece, "%s%s\n", sign, words)
					if words != "" {
						isBlank = false
						enter(f.lines, printedLine{path, words, sign == "-"}, commit)
					}
				}
			}
			write("-", h.Old)
			write("+", h.New)
			if !isBlank {
				enter(f.pieces, [sha256.Size]byte(piece.Sum(nil)), commit)
			}
		}
	}
}

// enter keeps the first commit of each key.
func enter[K comparable](m map[K]git.ID, key K, commit git.ID) {
	if _, there := m[key]; !there {
		m[key] = commit
	}
}

// holds reports whether all of other is among these, and names one of the commits
// that have it.
func (f *changePrints) holds(other *changePrints) (by git.ID, ok bool) {
	if by, ok = f.holdsLines(other.lines); ok {
		return by, true
	}
	return holdsAll(f.pieces, other.pieces)
}

// holdsLines is holds for lines alone, where they say enough.
func (f *changePrints) holdsLines(lines map[printedLine]git.ID) (by git.ID, ok bool) {
	letters := 0
	for line := range lines {
		for _, r := range line.text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters++
			}
		}
	}
	if letters < manyLetters {
		return git.ZeroID, false
	}
	return holdsAll(f.lines, lines)
}

// holdsAll names the same commit every time.
func holdsAll[K comparable](have, want map[K]git.ID) (by git.ID, ok bool) {
	for key := range want {
		commit, there := have[key]
		if !there {
			return git.ZeroID, false
		}
		if by == git.ZeroID || commit.String() < by.String() {
			by = commit
		}
	}
	return by, len(want) > 0
}

// lasting are the lines of a change without those that all took away again or had
// brought before: what of it is left where all were put into one.
func (f *changePrints) lasting(all *changePrints) map[printedLine]git.ID {
	left := make(map[printedLine]git.ID)
	for line, commit := range f.lines {
		other := line
		other.went = !line.went
		if _, is := all.lines[other]; !is {
			left[line] = commit
		}
	}
	return left
}
