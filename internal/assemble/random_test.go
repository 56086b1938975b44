package assemble_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/merge/mergetest"
)

// target is a random recipe.
type target struct {
	upstream []git.ID // the tips of upstream, its root first
	onto     git.ID
	steps    []assemble.Step
}

func (x target) tips() []git.ID {
	return slices.Concat(x.upstream, []git.ID{x.onto}, tipsOf(x.steps))
}

func tipsOf(steps []assemble.Step) []git.ID {
	var tips []git.ID
	for _, s := range steps {
		tips = append(tips, s.Tip)
	}
	return tips
}

// commit is a random commit and what the next one is made from.
type commit struct {
	id    git.ID
	files mergetest.Files
	on    *commit // the first parent
}

// builder makes random commits.
type builder struct {
	*world
	r        *rand.Rand
	when     time.Time
	upstream []*commit
	branches []*commit
	calm     bool // most edits are of lines in long files, as in Moodle
}

// target makes a site: three releases of upstream and branches of all shapes
// on them.
func (b *builder) target() target {
	b.when = time.Unix(1_700_000_000, 0).UTC()
	b.makeUpstream()
	for range 4 + b.r.IntN(5) {
		b.branch()
	}
	x := target{upstream: idsOf(b.upstream), onto: b.upstream[b.r.IntN(3)].id}
	for i, c := range b.branches {
		x.steps = append(x.steps, assemble.Step{Name: fmt.Sprintf("b%d", i), Tip: c.id})
	}
	for i, c := range b.upstream[1:] {
		if b.r.IntN(3) == 0 {
			x.steps = append(x.steps, assemble.Step{Name: fmt.Sprintf("v%d", i), Tip: c.id, Upstream: true})
		}
	}
	if b.r.IntN(8) == 0 {
		x.onto = b.one(b.branches).id
	}
	if b.r.IntN(8) == 0 {
		other := b.commit(b.edited(mergetest.Files{}, 3), nil)
		x.steps = append(x.steps, assemble.Step{Name: "unrelated", Tip: other.id})
	}
	if b.r.IntN(4) == 0 { // a commit of a branch before the branch, or after it
		if c := b.one(b.branches); c.on != nil {
			x.steps = append(x.steps, assemble.Step{Name: "earlier", Tip: c.on.id})
		}
	}
	b.r.Shuffle(len(x.steps), func(i, j int) { x.steps[i], x.steps[j] = x.steps[j], x.steps[i] })
	return x
}

// makeUpstream makes v1, v1.1, v1.2 in a row, and v2 beside them.
func (b *builder) makeUpstream() {
	files := mergetest.RandomFiles(b.r)
	for range 8 {
		maps.Copy(files, mergetest.RandomFiles(b.r))
	}
	if b.r.IntN(4) == 0 {
		files[".gitattributes"] = b.attributes()
	}
	clean(files)
	if b.calm {
		for i := range 4 {
			mergetest.Put(files, fmt.Sprintf("long/%d.php", i), mergetest.File{Mode: git.ModeFile, Text: lines(90, nil)})
		}
	}
	v1 := b.commit(files, nil)
	v11 := b.commit(b.edited(v1.files, 2), v1)
	v12 := b.commit(b.edited(v11.files, 2), v11)
	v2 := b.commit(b.edited(v1.files, 3), v1)
	if b.r.IntN(4) == 0 { // upstream has few merges of its own lines
		v2 = b.merge(v2, v11, v1)
	}
	b.upstream = []*commit{v1, v11, v12, v2}
}

// branch makes one more branch, or two that merged each other.
func (b *builder) branch() {
	base := b.upstream[max(0, b.r.IntN(6)-3)]
	tip := b.grow(base)
	if len(b.branches) == 0 {
		b.branches = append(b.branches, tip)
		return
	}
	other := b.one(b.branches)
	switch b.r.IntN(13) {
	case 0: // stands on another
		tip = b.grow(other)
	case 1: // parted from another
		if other.on != nil {
			tip = b.grow(other.on)
		}
	case 2: // merged another
		tip = b.maybeGrow(b.merge(tip, other, base))
	case 3: // merged a minor, which may be in it already
		tip = b.maybeGrow(b.merge(tip, b.upstream[1+b.r.IntN(2)], base))
	case 4, 5: // both merged the other
		left, right := b.merge(tip, other, base), b.merge(other, tip, base)
		b.branches = append(b.branches, b.grow(left))
		tip = b.grow(right)
	case 6: // the same change twice
		tip = b.maybeGrow(b.commit(maps.Clone(other.files), base))
	case 7: // other rules for merging
		files := maps.Clone(tip.files)
		mergetest.Put(files, ".gitattributes", b.attributes())
		clean(files)
		tip = b.maybeGrow(b.commit(files, tip))
	case 8: // other rules in a folder
		files := maps.Clone(tip.files)
		mergetest.Put(files, []string{"d", "long"}[b.r.IntN(2)]+"/.gitattributes", b.attributes())
		clean(files)
		tip = b.commit(files, tip)
	}
	b.branches = append(b.branches, tip)
}

func (b *builder) one(of []*commit) *commit { return of[b.r.IntN(len(of))] }

// grow makes one or two commits on c.
func (b *builder) grow(c *commit) *commit {
	for range 1 + b.r.IntN(2) {
		c = b.commit(b.edited(c.files, 1), c)
	}
	return c
}

func (b *builder) maybeGrow(c *commit) *commit {
	if b.r.IntN(2) == 0 {
		return c
	}
	return b.grow(c)
}

// merge is a merge as a person may have made it: what theirs changed since base
// is laid over ours.
func (b *builder) merge(ours, theirs, base *commit) *commit {
	files := maps.Clone(ours.files)
	for p, f := range theirs.files {
		if base.files[p] != f {
			mergetest.Put(files, p, f)
		}
	}
	for p := range base.files {
		if _, ok := theirs.files[p]; !ok {
			delete(files, p)
		}
	}
	clean(files)
	return b.commit(files, ours, theirs)
}

func (b *builder) edited(files mergetest.Files, edits int) mergetest.Files {
	next := maps.Clone(files)
	for range 1 + b.r.IntN(edits) {
		if b.calm && b.r.IntN(8) > 0 {
			b.editLong(next)
			continue
		}
		mergetest.Edit(b.r, next)
		clean(next)
	}
	return next
}

// editLong changes lines of long files, in some of them the mode.
func (b *builder) editLong(files mergetest.Files) {
	for range 1 + b.r.IntN(2) {
		path := fmt.Sprintf("long/%d.php", b.r.IntN(4))
		f, ok := files[path]
		if !ok {
			continue
		}
		all := strings.SplitAfter(f.Text, "\n")
		all[b.r.IntN(len(all))] = fmt.Sprintf("edit %d\n", b.r.IntN(1000))
		f.Text = strings.Join(all, "")
		if b.r.IntN(12) == 0 {
			f.Mode = git.ModeExec
		}
		files[path] = f
	}
}

func (b *builder) attributes() mergetest.File {
	text := []string{"*.php merge=union\n", "* merge=union\n", "*.php -merge\n", "a binary\n", "* -merge\n", "a* merge=union\nb* merge=union\n"}[b.r.IntN(6)]
	return mergetest.File{Mode: git.ModeFile, Text: text}
}

func (b *builder) commit(files mergetest.Files, parents ...*commit) *commit {
	tree, err := files.Put(b.scratch)
	if err != nil {
		b.t.Fatal(err)
	}
	b.when = b.when.Add(time.Minute)
	who := git.Signature{Name: "Random Author", Email: "random@example.org", When: b.when}
	c := &commit{files: files}
	object := &git.Commit{Tree: tree, Author: who, Committer: who, Message: fmt.Sprintf("change %d\n", b.r.IntN(1_000_000))}
	for _, p := range parents {
		if p != nil {
			object.Parents = append(object.Parents, p.id)
		}
	}
	c.on = parents[0]
	c.id = b.scratch.PutCommit(object)
	return c
}

func idsOf(commits []*commit) []git.ID {
	var ids []git.ID
	for _, c := range commits {
		ids = append(ids, c.id)
	}
	return ids
}

// clean makes the tree one that has no path below another, which copying two
// trees together can make, and that every checkout holds alike.
func clean(files mergetest.Files) {
	for _, p := range slices.Sorted(maps.Keys(files)) {
		f, ok := files[p]
		if !ok {
			continue
		}
		if f.Mode == git.ModeGitlink || f.Mode == 0o100664 {
			f.Mode = git.ModeFile
		}
		delete(files, p)
		mergetest.Put(files, p, f)
	}
}
