package check

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	yuiSource = "yui/src/"
	yuiBuild  = "yui/build/"
)

// shifted judges the modules of YUI that the change touches: a folder in yui/src has one or more in yui/build, as its
// build.json says.
func (b *builds) shifted() {
	sources := b.folders(yuiSource, func(rest string) bool {
		dir, base := path.Split(rest)
		return rest == "build.json" || dir == "js/" && path.Ext(base) == ".js" || dir == "meta/" && path.Ext(base) == ".json"
	})
	built := b.folders(yuiBuild, func(rest string) bool { return path.Ext(rest) == ".js" })
	for _, folder := range slices.Sorted(maps.Keys(sources)) {
		b.shiftedSource(folder, sources[folder], built)
	}
	for _, folder := range slices.Sorted(maps.Keys(built)) {
		b.shiftedBuild(folder, built[folder][0], sources)
	}
}

// folders are those below yui/src or yui/build in which something is touched that counts, with what that is.
func (b *builds) folders(in string, counts func(rest string) bool) map[string][]string {
	all := make(map[string][]string)
	for _, p := range b.paths() {
		i := strings.LastIndex("/"+p, "/"+in)
		if i < 0 {
			continue
		}
		name, rest, ok := strings.Cut(p[i+len(in):], "/")
		if folder := p[:i+len(in)] + name; ok && counts(rest) {
			all[folder] = append(all[folder], p)
		}
	}
	return all
}

// shiftedSource judges the module in a folder of yui/src of which some files are touched. A module is said once.
func (b *builds) shiftedSource(folder string, files []string, built map[string][]string) {
	made, is := builtFrom(b.Tree, folder)
	if !is {
		made, _ = builtFrom(b.Before, folder)
	}
	into := strings.TrimSuffix(path.Dir(folder)+"/", yuiSource) + yuiBuild
	anyBuilt := false
	for name := range made {
		anyBuilt = anyBuilt || built[into+name] != nil
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		switch exists := isFolder(b.Tree, into+name); {
		case !is && exists:
			b.At(into+name, 0, "is still there, and yui/src/"+path.Base(folder)+" that it was built from is gone")
			return
		case !is, built[into+name] != nil, !isFolder(b.Tree, strings.TrimSuffix(into, "/")), !goesInto(made[name], files, anyBuilt):
		case !exists || !b.isShifted(folder, into+name, made[name]):
			b.At(files[0], 0, "changed, and yui/build/"+name+" is not built anew")
			return
		}
	}
}

// goesInto reports whether one of the files is what a build is made of. What is no file of JavaScript is about the
// builds of the module, and nobody knows about which: one of them is enough.
func goesInto(uses, files []string, anyBuilt bool) bool {
	return slices.ContainsFunc(files, func(f string) bool {
		if path.Ext(f) != ".js" {
			return !anyBuilt
		}
		return slices.Contains(uses, path.Base(f))
	})
}

// isShifted reports whether a build holds what it is to be made of, as it is now. One of the files of a build, the one
// with messages for debugging, has it word for word.
func (b *builds) isShifted(folder, build string, uses []string) bool {
	data, ok := read(b.Tree, build+"/"+path.Base(build)+"-debug.js")
	if !ok || len(uses) == 0 {
		return false
	}
	data = withoutBlanks(data)
	for _, name := range uses {
		text, ok := read(b.Tree, folder+"/js/"+name)
		if !ok || !bytes.Contains(data, withoutBlanks(text)) {
			return false
		}
	}
	return true
}

// shiftedBuild judges a folder of yui/build in which a file is touched: the module that it is built from must be, too,
// or be what the build holds.
func (b *builds) shiftedBuild(folder, file string, sources map[string][]string) {
	if !isFolder(b.Tree, folder) || !isFolder(b.Before, folder) {
		return // a whole build that came or went is said with the module
	}
	src := strings.TrimSuffix(path.Dir(folder)+"/", yuiBuild) + strings.TrimSuffix(yuiSource, "/")
	entries, err := fs.ReadDir(b.Tree, src)
	if err != nil {
		return
	}
	for _, entry := range entries {
		module := src + "/" + entry.Name()
		made, _ := builtFrom(b.Tree, module)
		uses, ok := made[path.Base(folder)]
		if !ok {
			continue
		}
		if sources[module] == nil && !b.isShifted(module, folder, uses) {
			b.At(file, 0, "changed, and yui/src/"+entry.Name()+" that it is built from did not")
		}
		return
	}
}

// builtFrom reads what is built from a folder of yui/src: the files of JavaScript that each build is made of. ok is
// false where there is no such folder.
func builtFrom(tree fs.FS, folder string) (made map[string][]string, ok bool) {
	data, ok := read(tree, folder+"/build.json")
	if !ok {
		return nil, false
	}
	var settings struct {
		Builds map[string]struct {
			Files []string `json:"jsfiles"`
		} `json:"builds"`
	}
	if json.Unmarshal(data, &settings) != nil {
		return nil, true
	}
	made = make(map[string][]string)
	for name, build := range settings.Builds {
		made[name] = append([]string{}, build.Files...)
	}
	return made, true
}

func isFolder(tree fs.FS, path string) bool {
	if tree == nil {
		return false
	}
	info, err := fs.Stat(tree, path)
	return err == nil && info.IsDir()
}
