package check

import (
	"encoding/xml"
	"io/fs"
	"path"
	"strings"
)

// read reads a file of a tree; ok is false where there is none, or the tree is not known.
func read(tree fs.FS, path string) (data []byte, ok bool) {
	if tree == nil {
		return nil, false
	}
	data, err := fs.ReadFile(tree, path)
	return data, err == nil
}

// isThirdParty reports whether a file belongs to a library that a component brings along and whose code nobody here
// writes. Components list them in thirdpartylibs.xml.
func (j *Judge) isThirdParty(name string) bool {
	if dir := "/" + name; strings.Contains(dir, "/vendor/") || strings.Contains(dir, "/node_modules/") {
		return true
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if data, ok := read(j.Tree, path.Join(dir, "thirdpartylibs.xml")); ok && listsLibrary(data, strings.TrimPrefix(name, dir+"/")) {
			return true
		}
		if dir == "." || dir == "/" {
			return false
		}
	}
}

// listsLibrary reports whether a thirdpartylibs.xml has a path, relative to its own folder, or a folder around it.
func listsLibrary(data []byte, name string) bool {
	var list struct {
		Libraries []struct {
			Location string `xml:"location"`
		} `xml:"library"`
	}
	if xml.Unmarshal(data, &list) != nil {
		return false
	}
	for _, library := range list.Libraries {
		location := strings.Trim(strings.TrimSpace(library.Location), "/")
		if location != "" && (name == location || strings.HasPrefix(name, location+"/")) {
			return true
		}
	}
	return false
}
