package assemble_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// randomSite is a target that git made by chance.
type randomSite struct {
	*lineSite
	r    *rand.Rand
	seed uint64

	branches []string        // that there are, without "u", which nobody wants
	wanted   []string        // what the target should have
	missing  []string        // what was left out of it
	entered  map[string]bool // branches of which the target has a state
	// standIn is the target as it would be without old lines of joins. Git merges onto
	// it; real is the target.
	standIn, real string
	joined        bool
	conflicts     bool            // there was one
	idle          map[string]bool // merges that changed nothing, as all was there, or decided against

	// What was done to the target: tamper is the commit, before the tree that it
	// would be without, and after the one that it is.
	tamper, before, after string
	mine                  string // a commit that a stranger merges
	strangers             []string
	found                 bool // something is wrong with the target
	lines                 int
}

// tampers are the things done to targets.
func tampers() []string {
	return []string{"none", "left out", "edit", "reverted", "half", "evil", "ours", "unwanted", "unknown", "picked"}
}

const randomFiles = 5

func randomTarget(t *testing.T, seed uint64, tamper string) *randomSite {
	t.Helper()
	s := newEmptySite(t)
	w := &randomSite{lineSite: s, r: rand.New(rand.NewPCG(seed, 4)), seed: seed, entered: make(map[string]bool), idle: make(map[string]bool)}
	for i := range randomFiles {
		w.Write(fmt.Sprintf("lib/f%d.php", i), numbered(fmt.Sprintf("f%d.php", i), 24))
	}
	w.Write("pix/logo.png", "\x00 upstream's logo")
	w.Commit("v1")
	w.Git("tag", "v1")
	w.edit("upstream")
	w.Write("lib/new.php", numbered("new.php", 6))
	w.Commit("v2")
	w.Git("tag", "v2")
	for i := range 3 + w.r.IntN(3) {
		w.randomBranch(fmt.Sprintf("b%d", i))
	}
	w.randomBranch("u")
	w.branches = slices.DeleteFunc(w.branches, func(b string) bool { return b == "u" })
	w.build(tamper)
	w.Git("update-ref", "refs/heads/test", w.real)
	w.found = w.found || len(w.missing) > 0
	return w
}

// one is true once in n times.
func (w *randomSite) one(n int) bool { return w.r.IntN(n) == 0 }

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// randomBranch makes a branch on a release or on another branch.
func (w *randomSite) randomBranch(name string) {
	from := "v1"
	switch {
	case w.one(8):
		from = "v2"
	case w.one(4) && len(w.branches) > 0 && name != "u":
		from = pick(w.r, w.branches)
	}
	w.Git("checkout", "-q", "-b", name, from)
	for i := range 1 + w.r.IntN(2) {
		for range 1 + w.r.IntN(2) {
			w.edit(name)
		}
		w.Write(fmt.Sprintf("local/%s/file%d.php", name, i), w.newLines(name, 4)) // no commit is empty
		w.Commit(fmt.Sprintf("change %d of %s", i, name))
	}
	w.branches = append(w.branches, name)
}

// newLines are lines that are nowhere else.
func (w *randomSite) newLines(who string, n int) string {
	var b strings.Builder
	for range n {
		w.lines++
		fmt.Fprintf(&b, "what %s has to say for the %dth time\n", who, w.lines)
	}
	return b.String()
}

// edit does something to a file of the checkout.
func (w *randomSite) edit(who string) {
	file := fmt.Sprintf("lib/f%d.php", w.r.IntN(randomFiles))
	if w.one(12) {
		w.Write("pix/logo.png", "\x00 logo "+w.newLines(who, 1))
		return
	}
	data, err := os.ReadFile(filepath.Join(w.Path, file))
	if err != nil {
		return // it was deleted
	}
	if w.one(15) {
		w.Remove(file)
		return
	}
	lines := strings.SplitAfter(string(data), "\n")
	lines = lines[:len(lines)-1]
	at := w.r.IntN(len(lines))
	switch w.r.IntN(3) {
	case 0:
		lines[at] = w.newLines(who, 1)
	case 1:
		lines = slices.Insert(lines, at, w.newLines(who, 1+w.r.IntN(2)))
	default:
		lines = slices.Delete(lines, at, at+1)
	}
	w.Write(file, strings.Join(lines, ""))
	w.Git("add", "-A")
}

// build makes the target.
func (w *randomSite) build(tamper string) {
	w.Git("checkout", "-q", "--detach", "v1")
	w.standIn = w.Head()
	w.real = w.standIn
	todo := w.plan(tamper)
	when := w.r.IntN(len(todo) + 1)
	join := -1
	if w.one(3) {
		join = w.r.IntN(len(todo) + 1)
	}
	for i := 0; i <= len(todo); i++ {
		if i == join {
			todo = append(todo, w.fresh(todo[:i])...)
		}
		if i >= when && !w.found && w.tamperWith(tamper, todo[min(i, len(todo)):]) {
			when = len(todo) + 1
		}
		if i < len(todo) {
			w.merge(todo[i])
		}
	}
}

// plan is what to merge, in order: branches, the older state of some before, and the
// minor release.
func (w *randomSite) plan(tamper string) []string {
	order := slices.Clone(w.branches)
	w.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	w.wanted = slices.Clone(w.branches)
	if tamper == "left out" {
		w.missing = w.leaveOut()
		order = slices.DeleteFunc(order, func(b string) bool { return slices.Contains(w.missing, b) })
	}
	var todo []string
	for _, b := range order {
		if w.one(4) && w.Git("rev-list", "--count", b, "^v1", "^v2") != "1" && w.ownsParent(b) {
			todo = append(todo, b+"^")
		}
	}
	todo = append(todo, order...)
	if w.one(2) {
		todo = slices.Insert(todo, w.r.IntN(len(todo)+1), "v2")
		w.wanted = append(w.wanted, "v2")
	}
	return todo
}

// ownsParent reports whether the commit before the tip is the branch's alone.
func (w *randomSite) ownsParent(b string) bool {
	return w.Git("for-each-ref", "--contains", b+"^", "--format=%(refname:short)", "refs/heads/b*", "refs/heads/u") == b
}

// leaveOut chooses a branch that no other one stands on.
func (w *randomSite) leaveOut() []string {
	for _, b := range w.branches {
		if w.Git("for-each-ref", "--contains", b, "--format=%(refname:short)", "refs/heads/b*") == b {
			return []string{b}
		}
	}
	return nil
}

// enter notes that a state of a branch is in, and of those below it.
func (w *randomSite) enter(rev string) {
	w.entered[strings.TrimSuffix(rev, "^")] = true
	for b := range strings.FieldsSeq(w.Git("for-each-ref", "--merged", rev, "--format=%(refname:short)", "refs/heads/b*")) {
		w.entered[b] = true
	}
}

// merge merges a revision into the target, as people do.
func (w *randomSite) merge(rev string) {
	if rev != "v2" {
		w.enter(rev)
	}
	if !w.joined && w.one(4) {
		if _, err := w.TryGit("merge", "-q", "--ff-only", rev); err == nil {
			w.standIn = w.Head()
			w.real = w.standIn
			return
		}
	}
	w.mergeNow(rev)
	w.Git("add", "-A")
	before, tree := w.standIn, w.Git("rev-parse", "HEAD^{tree}")
	w.commitMerge(rev)
	w.mirror()
	if w.standIn != before && tree == w.Git("rev-parse", "HEAD^{tree}") {
		w.idle[w.real] = true
	}
}

// mergeNow merges without a commit, and resolves what is in conflict.
func (w *randomSite) mergeNow(rev string) {
	if _, err := w.TryGit("merge", "-q", "--no-ff", "--no-commit", rev); err != nil {
		w.conflicts = true
		w.resolve(w.one(5))
		if tree := w.Git("write-tree"); tree == w.Git("rev-parse", "HEAD^{tree}") {
			w.Git("reset", "-q", "--hard")
			w.TryGit("merge", "-q", "--no-ff", "--no-commit", rev)
			w.resolve(false)
		}
	}
}

func (w *randomSite) commitMerge(rev string) {
	w.TryGit("commit", "-q", "--no-verify", "-m", "Merge branch '"+rev+"' into test") // nothing where all is in
	w.Tick()
}

// resolve settles all conflicts with both sides, or with one of them.
func (w *randomSite) resolve(oneSide bool) {
	side := pick(w.r, []string{"--ours", "--theirs"})
	for path := range strings.FieldsSeq(w.Git("diff", "--name-only", "--diff-filter=U")) {
		stages := strings.Count(w.Git("ls-files", "-u", "--", path), "\n") + 1
		if oneSide {
			w.TryGit("checkout", "-q", side, "--", path)
		}
		data := w.checkedOut(path)
		if stages == 3 || strings.Contains(data, "<<<<<<< ") {
			var kept []string
			for line := range strings.Lines(data) {
				if !strings.HasPrefix(line, "<<<<<<< ") && !strings.HasPrefix(line, "=======") && !strings.HasPrefix(line, ">>>>>>> ") {
					kept = append(kept, line)
				}
			}
			w.Write(path, strings.Join(kept, ""))
		}
		w.Git("add", "-A", "--", path)
	}
	w.Git("add", "-A")
}

// mirror commits on the target what git made on its stand-in.
func (w *randomSite) mirror() {
	head := w.Head()
	if head == w.standIn {
		return
	}
	if !w.joined {
		w.real = head
	} else {
		args := []string{"commit-tree", "-p", w.real, "-m", w.subject(w.id("HEAD")), "HEAD^{tree}"}
		for _, p := range strings.Fields(w.Git("show", "-s", "--format=%P", "HEAD"))[1:] {
			args = append(args, "-p", p)
		}
		w.real = w.Git(args...)
	}
	w.standIn = head
}

// fresh makes the target afresh from some of what it has, and joins it. It returns
// what it left for later.
func (w *randomSite) fresh(done []string) (later []string) {
	w.entered = make(map[string]bool)
	w.strangers, w.tamper, w.before, w.after, w.conflicts = nil, "", "", "", false
	w.found = false
	old := w.real
	w.Git("checkout", "-q", "--detach", "v1")
	w.standIn, w.joined = w.Head(), false
	w.real = w.standIn
	done = slices.Clone(done)
	w.r.Shuffle(len(done), func(i, j int) { done[i], done[j] = done[j], done[i] })
	for _, rev := range done {
		if w.one(3) {
			later = append(later, rev)
		} else {
			w.merge(rev)
		}
	}
	w.lineSite.joinAt(old, w.standIn)
	w.real = w.Git("rev-parse", "refs/heads/test")
	w.joined = true
	return later
}
