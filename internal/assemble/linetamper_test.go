package assemble_test

import (
	"fmt"
	"slices"
	"strings"
)

// tamperWith does to the target what must be found. It reports whether it could.
func (w *randomSite) tamperWith(kind string, rest []string) bool {
	w.before = w.Git("rev-parse", "HEAD^{tree}")
	stranger := "commit"
	ok := false
	switch kind {
	case "edit":
		w.edit("somebody")
		w.Commit("quick fix")
		ok = true
	case "reverted":
		ok = w.revertOne()
	case "half":
		ok = w.halfRevert()
	case "picked":
		_, err := w.TryGit("cherry-pick", pick(w.r, append(rest, "u")))
		if ok = err == nil; !ok {
			w.Git("reset", "-q", "--hard")
		}
	case "unwanted":
		stranger = "branch"
		ok = w.mergeStranger("u")
	case "unknown":
		stranger = "merge"
		w.Git("checkout", "-q", "-B", "x-mine", pick(w.r, []string{"v1", w.standIn}))
		w.edit("me")
		w.Write("mine.php", w.newLines("me", 3))
		w.mine = w.Commit("mine")
		w.Git("checkout", "-q", "--detach", w.standIn)
		ok = w.mergeStranger("x-mine")
	case "evil", "ours":
		stranger = "content"
		ok = len(rest) > 0 && w.evil(kind, rest[0])
	}
	w.after = w.Git("rev-parse", "HEAD^{tree}")
	if !ok || w.before == w.after {
		w.Git("reset", "-q", "--hard", w.standIn)
		w.before, w.after = "", ""
		return false
	}
	w.mirror()
	w.tamper, w.found = w.real, true
	w.strangers = []string{stranger + " " + w.real}
	return true
}

func (w *randomSite) mergeStranger(rev string) bool {
	w.mergeNow(rev)
	w.Git("add", "-A")
	w.commitMerge(rev)
	return w.Head() != w.standIn
}

// revertOne reverts a merge of a branch.
func (w *randomSite) revertOne() bool {
	merges := strings.Fields(w.Git("rev-list", "--first-parent", "--min-parents=2", "--max-parents=2", w.standIn, "^v1", "^v2"))
	merges = slices.DeleteFunc(merges, func(m string) bool {
		return w.Git("rev-list", "--count", m+"^2", "^v1", "^v2") == "0" // upstream's
	})
	if len(merges) == 0 {
		return false
	}
	_, err := w.TryGit("revert", "--no-edit", "-m", "1", pick(w.r, merges))
	return err == nil && w.Head() != w.standIn
}

// halfRevert takes lines of a branch out of a file, or the file.
func (w *randomSite) halfRevert() bool {
	for _, b := range w.branches {
		if !w.entered[b] {
			continue
		}
		file := fmt.Sprintf("local/%s/file0.php", b)
		data, err := w.TryGit("show", "HEAD:"+file)
		if err != nil {
			continue
		}
		if w.one(2) {
			w.Remove(file)
		} else {
			lines := strings.SplitAfter(data+"\n", "\n")
			w.Write(file, strings.Join(slices.Delete(lines, 1, 1+1+w.r.IntN(2)), ""))
		}
		w.Commit("tidy")
		return true
	}
	return false
}

// evil merges the next branch with other content than git would make of it, and puts
// what git would make into before.
func (w *randomSite) evil(kind, rev string) bool {
	if rev == "v2" && kind == "ours" {
		return false
	}
	if _, err := w.TryGit("merge", "-q", "--no-ff", "--no-commit", rev); err != nil {
		w.Git("reset", "-q", "--hard")
		return false
	}
	if _, err := w.TryGit("rev-parse", "-q", "--verify", "MERGE_HEAD"); err != nil {
		return false // all is in
	}
	w.before = w.Git("write-tree")
	if kind == "ours" {
		w.Git("reset", "-q", "--hard")
		w.Git("merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge branch '"+rev+"' into test", rev)
	} else {
		for _, b := range w.branches {
			if w.entered[b] && w.one(2) {
				w.Remove(fmt.Sprintf("local/%s", b))
			}
		}
		w.edit("somebody")
		w.Git("add", "-A")
		w.Git("commit", "-q", "--no-verify", "-m", "Merge branch '"+rev+"' into test")
	}
	w.Tick()
	if rev != "v2" {
		w.enter(rev)
	}
	return true
}

// losses says what of a branch the target lost when it was tampered with, and has not
// got again. must are the losses that cannot be seen otherwise, may all.
func (w *randomSite) losses() (must, may map[string]bool) {
	must, may = make(map[string]bool), make(map[string]bool)
	if w.tamper == "" {
		return must, may
	}
	type change struct{ branch, path, base, tip string }
	var changes []change
	for _, b := range append(slices.Clone(w.branches), "v2") {
		if b == "v2" && !slices.Contains(w.in(), "v2") || b != "v2" && !w.entered[b] {
			continue
		}
		base, tip := w.span(b)
		for path := range strings.FieldsSeq(w.Git("diff", "--name-only", "--no-renames", base, tip)) {
			changes = append(changes, change{b, path, base, tip})
		}
	}
	final := w.standIn + "^{tree}"
	var wanted []string
	for _, c := range changes {
		for _, rev := range []string{c.base, c.tip, w.before, w.after, final} {
			wanted = append(wanted, rev+":"+c.path)
		}
	}
	files := w.linesOf(wanted)
	for _, c := range changes {
		has := func(tree string) map[string]bool {
			return marks(files[c.base+":"+c.path], files[c.tip+":"+c.path], files[tree+":"+c.path])
		}
		had, left, now := has(w.before), has(w.after), has(final)
		for mark := range had {
			if left[mark] || now[mark] {
				continue
			}
			may[c.branch+" "+c.path] = true
			if strings.HasPrefix(mark, "+") {
				must[c.branch+" "+c.path] = true
			}
		}
	}
	return must, may
}

// span is the upstream commit that a branch stands on, and the state of it that is in.
func (w *randomSite) span(b string) (base, tip string) {
	tip = b
	if !w.isIn(tip) {
		tip = b + "^"
	}
	if b == "v2" || w.Git("merge-base", tip, "v2") != w.Git("rev-parse", "v2") {
		return "v1", tip
	}
	return "v2", tip
}

func (w *randomSite) isIn(rev string) bool {
	return w.Git("merge-base", rev, w.standIn) == w.Git("rev-parse", rev+"^{commit}")
}

// marks are what a file has of a branch's change to it: lines that the branch brought,
// with "+", and lines that are gone as the branch has it, with "-".
func marks(was, is, there map[string]bool) map[string]bool {
	all := make(map[string]bool)
	for line := range is {
		if !was[line] && there[line] {
			all["+"+line] = true
		}
	}
	for line := range was {
		if !is[line] && !there[line] {
			all["-"+line] = true
		}
	}
	return all
}

// linesOf is the lines of files, each a revision and a path, by what it was asked for.
// One that is not there has none.
func (w *randomSite) linesOf(files []string) map[string]map[string]bool {
	slices.Sort(files)
	files = slices.Compact(files)
	all := make(map[string]map[string]bool)
	out := w.Input(strings.Join(files, "\n")+"\n", "cat-file", "--batch=%(objecttype) %(objectsize)")
	for _, file := range files {
		head, rest, _ := strings.Cut(out, "\n")
		out = rest
		if strings.HasSuffix(head, " missing") {
			continue
		}
		var size int
		if _, err := fmt.Sscanf(head, "blob %d", &size); err != nil {
			w.t.Fatalf("%s: %q", file, head)
		}
		lines := make(map[string]bool)
		for line := range strings.Lines(out[:size]) {
			lines[strings.TrimSuffix(line, "\n")] = true
		}
		all[file] = lines
		out = strings.TrimPrefix(out[size:], "\n")
	}
	return all
}
