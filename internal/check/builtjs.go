package check

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
)

// builtJS holds what the change does to JavaScript that is built against what it does to the files built from it.
func builtJS(j *Judge) {
	if j.Tree == nil {
		return
	}
	b := &builds{Judge: j, touched: make(map[string]bool)}
	for _, f := range j.Files {
		b.touched[f.Path] = true
		if f.From != "" {
			b.touched[f.From] = true
		}
	}
	if b.isOfTools() {
		return
	}
	for _, path := range b.paths() {
		switch {
		case isModule(path):
			b.module(path)
		case isBuiltModule(path):
			b.builtModule(path)
		}
	}
	b.shifted()
}

// builds is a change and the JavaScript in it.
type builds struct {
	*Judge
	touched map[string]bool // paths that are changed, made or gone
}

// paths are those that are touched, in order.
func (b *builds) paths() []string {
	all := make([]string, 0, len(b.touched))
	for path := range b.touched {
		if strings.Contains(path, "/src/") || strings.Contains(path, "/build/") {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}

// isOfTools reports whether the change is of the tools that build: then everything may be built anew, or built no
// more as it was.
func (b *builds) isOfTools() bool {
	for path := range b.touched {
		if slices.Contains([]string{"Gruntfile.js", "npm-shrinkwrap.json", "package.json", "package-lock.json"}, path) || strings.HasPrefix(path, ".grunt/") {
			return true
		}
	}
	return false
}

const (
	amdSource = "amd/src/"
	amdBuild  = "amd/build/"
)

func isModule(path string) bool {
	return strings.HasSuffix(path, ".js") && strings.Contains("/"+path, "/"+amdSource)
}

func isBuiltModule(path string) bool {
	return (strings.HasSuffix(path, ".min.js") || strings.HasSuffix(path, ".min.js.map")) && strings.Contains("/"+path, "/"+amdBuild)
}

// counterpart puts another folder in the place of the last one of a name.
func counterpart(path, from, to string) string {
	i := strings.LastIndex("/"+path, "/"+from)
	return path[:i] + to + path[i+len(from):]
}

// module judges a module of amd/src.
func (b *builds) module(source string) {
	built := strings.TrimSuffix(counterpart(source, amdSource, amdBuild), ".js") + ".min.js"
	is, was, isBuilt := has(b.Tree, source), has(b.Before, source), has(b.Tree, built)
	switch told := b.told(source, built); {
	case !is && isBuilt:
		b.At(built, 0, "is still there, and "+inAmd(source)+" that it was built from is gone")
	case !is, told == fresh:
	case !isBuilt && (has(b.Before, built) || !was && b.buildsAmd(source)):
		b.At(source, 0, "has no "+inAmd(built))
	case !isBuilt:
	case !b.touched[built] && (told == stale || !b.saysTheSame(source)):
		b.At(source, 0, "changed, and "+inAmd(built)+" is the old one")
	case told == stale:
		b.At(source, 0, "is not what "+inAmd(built)+" was built from")
	}
}

// inAmd is a path from the folder amd of its component on: modules may lie in folders there.
func inAmd(path string) string {
	return path[strings.LastIndex("/"+path, "/amd/"):]
}

// state is how a file that is built stands to what it is built from.
type state int

const (
	unknown state = iota // nothing tells
	fresh                // it was built from what is there
	stale                // it was built from something else
)

// told is what the map of a module tells: it holds the text that the module was built from.
func (b *builds) told(source, built string) state {
	data, ok := read(b.Tree, built+".map")
	if !ok {
		return unknown
	}
	var sourceMap struct {
		Texts []string `json:"sourcesContent"`
	}
	if json.Unmarshal(data, &sourceMap) != nil || len(sourceMap.Texts) != 1 {
		return unknown
	}
	text, ok := read(b.Tree, source)
	switch {
	case !ok:
		return unknown
	case bytes.Equal(withoutBlanks(text), withoutBlanks([]byte(sourceMap.Texts[0]))):
		return fresh
	}
	return stale
}

func withoutBlanks(text []byte) []byte { return bytes.Join(bytes.Fields(text), nil) }

// buildsAmd reports whether a component that gets a new module has others that are built, or none at all: one that
// keeps its modules without building them does so on purpose.
func (b *builds) buildsAmd(source string) bool {
	i := strings.LastIndex("/"+source, "/"+amdSource)
	folder := source[:i]
	if _, err := fs.Stat(b.Tree, folder+strings.TrimSuffix(amdBuild, "/")); err == nil {
		return true
	}
	if b.Before == nil {
		return true
	}
	_, err := fs.Stat(b.Before, folder+strings.TrimSuffix(amdSource, "/"))
	return err != nil
}

// saysTheSame reports whether a module differs from what it was in comments and blanks only, which a build leaves
// out.
func (b *builds) saysTheSame(source string) bool {
	old, wasThere := read(b.Before, source)
	text, isThere := read(b.Tree, source)
	return wasThere && isThere && bytes.Equal(withoutBlanks(withoutComments(old)), withoutBlanks(withoutComments(text)))
}

// builtModule judges a file of amd/build whose source is as it was. Where no map tells what it was built from, it may
// be what somebody forgot to build before, unless the source is upstream's.
func (b *builds) builtModule(built string) {
	name, isMap := strings.CutSuffix(built, ".map")
	source := counterpart(strings.TrimSuffix(name, ".min.js"), amdBuild, amdSource) + ".js"
	if !has(b.Tree, source) || b.touched[source] || isMap && b.touched[name] {
		return // said of that
	}
	switch told := b.told(source, name); {
	case !has(b.Tree, name) && has(b.Before, name):
		b.At(source, 0, "is still there, and "+inAmd(name)+" that was built from it is gone")
	case told == stale, told == unknown && b.isPristine(source) && has(b.Before, name):
		b.At(built, 0, "changed, and "+inAmd(source)+" that it is built from did not")
	}
}

// isPristine reports whether a file is upstream's, as it is there.
func (b *builds) isPristine(name string) bool {
	theirs, ok := read(b.Pristine, name)
	ours, isThere := read(b.Tree, name)
	return ok && isThere && bytes.Equal(theirs, ours)
}
