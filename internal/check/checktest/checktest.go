// Package checktest builds what rules judge, for tests.
package checktest

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Case is a change that a test describes: a tree before and what becomes of it.
type Case struct {
	before, after map[string]blob
	moved         map[string]string // from, by the new path
	pristine      map[string]string
	subject       check.Subject
}

type blob struct {
	text string
	mode git.Mode
}

// New is a commit that is being made on LUVLE-4.5-feature-mod_ouwiki, in a tree without files.
func New() *Case {
	return &Case{
		before: map[string]blob{}, after: map[string]blob{}, moved: map[string]string{},
		subject: check.Subject{
			Committing: true,
			Branch: check.Branch{
				Name: "LUVLE-4.5-feature-mod_ouwiki", Kind: check.Ours, Series: moodle.Series{Major: 4, Minor: 5},
				Type: "feature", Component: moodle.Component{Type: "mod", Name: "ouwiki"}, Key: "mod_ouwiki",
			},
			Options: check.Options{MaxFileSize: 1 << 20, SubjectLength: 72, Justified: []string{"hack"}},
		},
	}
}

// Core adds what makes the tree a Moodle of a series, before and after: 4.5 with the classic layout, 5.1 below
// public/.
func (c *Case) Core(series string) *Case {
	for path, text := range coreOf(series) {
		c.Has(path, text)
	}
	return c
}

// Has adds a file that the change does not touch.
func (c *Case) Has(path, text string) *Case {
	c.before[path] = blob{text, git.ModeFile}
	c.after[path] = blob{text, git.ModeFile}
	return c
}

// Adds adds a file, Changes changes one, Removes removes one, Moves moves one and leaves its content.
func (c *Case) Adds(path, text string) *Case {
	c.after[path] = blob{text, git.ModeFile}
	return c
}

// Changes gives a file a new content.
func (c *Case) Changes(path, old, text string) *Case {
	c.before[path] = blob{old, git.ModeFile}
	c.after[path] = blob{text, git.ModeFile}
	return c
}

// Removes removes a file.
func (c *Case) Removes(path, old string) *Case {
	c.before[path] = blob{old, git.ModeFile}
	delete(c.after, path)
	return c
}

// Moves moves a file and leaves its content as it is.
func (c *Case) Moves(from, to, text string) *Case {
	c.before[from] = blob{text, git.ModeFile}
	delete(c.after, from)
	c.after[to] = blob{text, git.ModeFile}
	c.moved[to] = from
	return c
}

// Mode sets the mode that a file has after the change.
func (c *Case) Mode(path string, mode git.Mode) *Case {
	b := c.after[path]
	b.mode = mode
	c.after[path] = b
	return c
}

// Upstream adds files of the pristine tree that the branch stands on.
func (c *Case) Upstream(files map[string]string) *Case {
	if c.pristine == nil {
		c.pristine = map[string]string{}
	}
	maps.Copy(c.pristine, files)
	return c
}

// On changes what is known of the branch, and anything else.
func (c *Case) On(change func(*check.Subject)) *Case {
	change(&c.subject)
	return c
}

// Says adds the message of a commit.
func (c *Case) Says(text string) *Case {
	c.subject.Messages = append(c.subject.Messages, check.Message{Text: text})
	return c
}

// Subject is what rules are to judge.
func (c *Case) Subject(t *testing.T) *check.Subject {
	t.Helper()
	s := c.subject
	s.Tree, s.Before = filesOf(c.after), filesOf(c.before)
	if c.pristine != nil {
		files := fstest.MapFS{}
		for path, text := range c.pristine {
			files[path] = &fstest.MapFile{Data: []byte(text)}
		}
		s.Pristine = files
	}
	if layout, err := moodle.ReadLayout(s.Tree); err == nil {
		s.Layout = layout
	}
	s.Files = c.files()
	return &s
}

// files are those that differ.
func (c *Case) files() []*check.File {
	paths := make(map[string]bool)
	for _, tree := range []map[string]blob{c.before, c.after} {
		for path := range tree {
			paths[path] = true
		}
	}
	for _, from := range c.moved {
		delete(paths, from)
	}
	var files []*check.File
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		before, after := c.before[path], c.after[path]
		from := c.moved[path]
		if from != "" {
			before = c.before[from]
		}
		if before == after && from == "" {
			continue
		}
		files = append(files, &check.File{Path: path, From: from, Before: []check.Blob{content(before)}, After: content(after)})
	}
	return files
}

func content(b blob) check.Blob {
	if b.mode == 0 {
		return check.Blob{}
	}
	return check.Blob{Mode: b.mode, Size: int64(len(b.text)), Data: []byte(b.text)}
}

func filesOf(files map[string]blob) fstest.MapFS {
	all := fstest.MapFS{}
	for path, b := range files {
		all[path] = &fstest.MapFile{Data: []byte(b.text)}
	}
	return all
}

// Findings judges the case and returns what was found and not waived, as "id path:line" in order.
func (c *Case) Findings(t *testing.T, waivers ...check.Waiver) []string {
	t.Helper()
	result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t), Waivers: waivers})
	if err != nil {
		t.Fatal(err)
	}
	return Lines(result.Findings)
}

// Lines writes findings as "id path:line", without what is not there; what is waived is left out.
func Lines(findings []check.Finding) []string {
	lines := []string{}
	for _, f := range findings {
		if f.Waived == nil {
			lines = append(lines, f.String())
		}
	}
	return lines
}
