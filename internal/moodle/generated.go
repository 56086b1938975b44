package moodle

import (
	"path"
	"strings"
)

// IsGenerated reports whether the path is built from other files of the tree:
// Moodle's JavaScript modules (amd/build, yui/build), minified files with
// their source maps, and lock files of package managers.
func IsGenerated(p string) bool {
	dir, name := path.Split(p)
	if strings.Contains("/"+dir, "/amd/build/") || strings.Contains("/"+dir, "/yui/build/") {
		return true
	}
	switch name {
	case "composer.lock", "npm-shrinkwrap.json", "package-lock.json", "yarn.lock":
		return true
	}
	return strings.HasSuffix(name, ".min.js") || strings.HasSuffix(name, ".min.js.map") || strings.HasSuffix(name, "-min.js")
}
