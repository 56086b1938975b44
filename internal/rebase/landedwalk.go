package rebase

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
)

// upstreamCommit is a commit of upstream with the paths that it touches.
type upstreamCommit struct {
	id      git.ID
	message string
	files   []touched
}

// touched is a path that a commit adds (A), deletes (D) or changes otherwise.
type touched struct {
	path   string
	status byte
}

// walkUpstream lists the commits that onto has and base has not, without merges,
// every commit after those it stands on. One process reads trees and messages, and no
// file.
func walkUpstream(ctx context.Context, r Runner, base, onto git.ID) ([]upstreamCommit, error) {
	args := slices.Concat(logConfig, []string{"log", "--no-merges", "--topo-order", "--reverse", "-z", "--raw", "--no-abbrev", "--no-renames", "--format=commit %H%n%B", onto.String(), "^" + base.String(), "--"})
	out, err := r.Cmd(args...).Output(ctx)
	if err != nil {
		return nil, err
	}
	return readWalk(out)
}

// readWalk reads the answer of git log -z --raw: for each commit the message, then for
// each file a line that begins with a colon, and a path. All of them end with a NUL.
func readWalk(out []byte) ([]upstreamCommit, error) {
	var all []upstreamCommit
	for len(out) > 0 {
		var token []byte
		token, out, _ = bytes.Cut(out, []byte{0})
		token = bytes.TrimPrefix(token, []byte("\n"))
		switch {
		case len(token) == 0:
		case bytes.HasPrefix(token, []byte("commit ")):
			hex, message, _ := strings.Cut(string(token[len("commit "):]), "\n")
			id, err := git.ParseID(hex)
			if err != nil {
				return nil, err
			}
			all = append(all, upstreamCommit{id: id, message: message})
		case token[0] == ':' && len(all) > 0:
			var path []byte
			path, out, _ = bytes.Cut(out, []byte{0})
			status := token[bytes.LastIndexByte(token, ' ')+1:]
			if len(status) == 0 {
				return nil, fmt.Errorf("git log answered %q", token)
			}
			c := &all[len(all)-1]
			c.files = append(c.files, touched{string(path), status[0]})
		default:
			return nil, fmt.Errorf("git log answered %q", token)
		}
	}
	return all, nil
}

// places maps the paths of upstream's commits to those of the site's, which may be
// older: what moved on the way to the new base counts as the same place.
type places struct {
	wanted map[string]bool   // the paths of the site's commits, as place names them
	old    map[string]string // a place that has another name by now, by the new name
}

// place is a path without the folder below which Moodle keeps its code from 5.1 on.
func place(path string) string { return strings.TrimPrefix(path, "public/") }

// of names the place of a path of upstream.
func (p *places) of(path string) string {
	path = place(path)
	if old, ok := p.old[path]; ok {
		return old
	}
	return path
}

// findMoves follows the wanted places through the renames of upstream's commits, as git
// finds them. Only those commits are asked that delete a wanted place.
func (p *places) findMoves(ctx context.Context, r Runner, upstream []upstreamCommit) error {
	for range 5 { // a file that moved more often is a file that goes unseen
		var ask strings.Builder
		asked := make(map[git.ID]bool)
		for _, c := range upstream {
			relocated := c.relocated()
			for _, f := range c.files {
				if f.status == 'D' && p.follows(place(f.path)) && !relocated[place(f.path)] && !asked[c.id] {
					asked[c.id] = true
					fmt.Fprintln(&ask, c.id)
				}
			}
		}
		if len(asked) == 0 {
			return nil
		}
		args := slices.Concat(logConfig, []string{"log", "--no-walk=unsorted", "--stdin", "-z", "--raw", "--no-abbrev", "-M", "--diff-filter=R", "--format="})
		out, err := r.Cmd(args...).Stdin([]byte(ask.String())).Output(ctx)
		if err != nil {
			return err
		}
		if !p.addMoves(out) {
			return nil
		}
	}
	return nil
}

// addMoves enters the renames that git log -z --raw told, and reports whether one was new.
func (p *places) addMoves(out []byte) bool {
	isNew := false
	for len(out) > 0 {
		var token, from, to []byte
		if token, out, _ = bytes.Cut(out, []byte{0}); len(bytes.TrimSpace(token)) == 0 {
			continue
		}
		from, out, _ = bytes.Cut(out, []byte{0})
		to, out, _ = bytes.Cut(out, []byte{0})
		was, now := p.of(string(from)), place(string(to))
		if _, known := p.old[now]; known || was == now || !p.wanted[was] || p.wanted[now] {
			continue
		}
		p.old[now] = was
		isNew = true
	}
	return isNew
}

// follows reports whether a place is wanted, by its own name or a newer one.
func (p *places) follows(path string) bool {
	_, moved := p.old[path]
	return moved || p.wanted[path]
}

// relocated are the places that the commit moves between Moodle's layouts: it deletes the
// file and adds it below public/, or back. They have the same name, and nothing was done
// to them; the diff of that commit is the whole of Moodle, twice.
func (c upstreamCommit) relocated() map[string]bool {
	var gone, both map[string]bool
	for _, f := range c.files {
		if f.status == 'D' {
			if gone == nil {
				gone = make(map[string]bool)
			}
			gone[place(f.path)] = true
		}
	}
	for _, f := range c.files {
		if p := place(f.path); f.status == 'A' && gone[p] {
			if both == nil {
				both = make(map[string]bool)
			}
			both[p] = true
		}
	}
	return both
}
