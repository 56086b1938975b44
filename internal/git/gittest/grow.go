package gittest

import (
	"fmt"
	"slices"
	"strings"
)

// Grow makes one commit for each pair of path and text, its message "change" and the
// path, and lets the branch be at the last. The first commit's parent is from, which may be
// the branch itself. The ids are those that [Repo.Write] and [Repo.Commit] give, but one
// process makes them all, and HEAD, index and work tree are left alone.
func (r *Repo) Grow(branch, from string, pathsAndTexts ...string) {
	r.t.Helper()
	ref := "refs/heads/" + branch
	var all strings.Builder
	parent := "from " + from + "^0\n"
	for p := range slices.Chunk(pathsAndTexts, 2) {
		message := "change " + p[0] + "\n"
		fmt.Fprintf(&all, "commit %s\nauthor Ann Author <ann@example.org> %d +0000\ncommitter Carl Committer <carl@example.org> %d +0000\n",
			ref, r.now.Unix(), r.now.Unix())
		fmt.Fprintf(&all, "data %d\n%s%sM 644 inline %s\ndata %d\n%s\n", len(message), message, parent, quoted(p[0]), len(p[1]), p[1])
		parent = ""
		r.Tick()
	}
	r.Input(all.String(), "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--date-format=raw")
}

// quoted is a path as git-fast-import(1) wants it.
func quoted(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}
