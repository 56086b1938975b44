package corehack

import (
	"slices"
	"strconv"
	"strings"

	"mgit/internal/live"
)

// The files of a folder stand side by side in a list by path, so a folder is a
// range of it: from "folder/" up to "folder0", 0 being the byte after the slash.

// pinBelow returns the pin's files in a folder, all for "".
func (c *comparison) pinBelow(dir string) []File {
	return below(c.pin, dir, func(f File) string { return f.Path })
}

func (c *comparison) pinHasDir(dir string) bool {
	return hasDir(c.pin, dir, func(f File) string { return f.Path })
}

func (c *comparison) pinFile(path string) (File, bool) {
	return at(c.pin, path, func(f File) string { return f.Path })
}

func (c *comparison) liveHasDir(dir string) bool {
	return hasDir(c.live, dir, func(f live.File) string { return f.Path })
}

func (c *comparison) liveFile(path string) (live.File, bool) {
	return at(c.live, path, func(f live.File) string { return f.Path })
}

func below[F any](files []F, dir string, path func(F) string) []F {
	if dir == "" {
		return files
	}
	from, _ := find(files, dir+"/", path)
	to, _ := find(files, dir+"0", path)
	return files[from:to]
}

func hasDir[F any](files []F, dir string, path func(F) string) bool {
	if dir == "" {
		return true
	}
	i, _ := find(files, dir+"/", path)
	return i < len(files) && strings.HasPrefix(path(files[i]), dir+"/")
}

func at[F any](files []F, name string, path func(F) string) (f F, ok bool) {
	i, ok := find(files, name, path)
	if !ok {
		return f, false
	}
	return files[i], true
}

func find[F any](files []F, name string, path func(F) string) (int, bool) {
	return slices.BinarySearchFunc(files, name, func(f F, name string) int { return strings.Compare(path(f), name) })
}

// cutPath splits a path into its folder, "" for the root, and the last name.
func cutPath(path string) (dir, base string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// inDir reports whether a path lies in a folder, at any depth.
func inDir(path, dir string) bool {
	return dir == "" || len(path) > len(dir) && path[len(dir)] == '/' && path[:len(dir)] == dir
}

// covered reports whether a path, or a folder that it lies in, was not read.
func (c *comparison) covered(path string) bool {
	if len(c.unread) == 0 {
		return false
	}
	for ; path != ""; path, _ = cutPath(path) {
		if c.unread[path] {
			return true
		}
	}
	return c.unread[""]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// isRoot reports whether a folder is one of the two in which sites keep files
// of their own beside Moodle's: the root, and the one that the web server shows.
func (c *comparison) isRoot(dir string) bool {
	return dir == "" || dir == strings.TrimSuffix(c.Layout.Docroot(), "/")
}
