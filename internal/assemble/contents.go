package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/merge"
	"mgit/internal/tree"
)

// A step that needs Git costs a process, since the next step stands on its
// answer and Git's merges take no dialogue. Most such steps, though, only edit
// lines of files that the line has changed as well, say by a minor release. How
// one file merges depends on its three versions alone. So when the first such step
// comes, Git merges it and all later ones onto the line as it is then, in one
// process a processor, and what it made of each file is remembered. A later step
// takes these answers as long as it meets the same three versions.

// versions are the three versions of a file that Git is to merge.
type versions struct {
	path               string
	base, ours, theirs tree.File
}

// plain reports whether all are ordinary files: Git merges these by their lines.
func (v versions) plain() bool {
	for _, f := range []tree.File{v.base, v.ours, v.theirs} {
		if f.Mode != git.ModeFile && f.Mode != git.ModeExec {
			return false
		}
	}
	return true
}

// contents remembers how files merge.
type contents map[versions]tree.File

// forget drops what was merged by the rules of the folders.
func (c contents) forget(folders []string) {
	for v := range c {
		if governed(v.path, folders) {
			delete(c, v)
		}
	}
}

// governed reports whether attributes in one of the folders concern path.
func governed(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return folder == "." || strings.HasPrefix(path, folder+"/")
	})
}

// attempt is a merge as far as identity and what is remembered decide it.
type attempt struct {
	tree   git.ID
	reason merge.Reason
	open   []versions // the files that Git would have to merge
	known  bool       // something remembered was used
}

// onlyFiles reports whether nothing but the lines of plain files is undecided.
func (a attempt) onlyFiles() bool {
	return a.reason == merge.BothChanged && !slices.ContainsFunc(a.open, func(v versions) bool { return !v.plain() })
}

// try merges a step into the tree of the line, with the empty tree spelt out in its
// answer.
func (r *run) try(ctx context.Context, in sides) (attempt, error) {
	var a attempt
	answer := func(path string, base, ours, theirs tree.File) (tree.File, bool) {
		v := versions{path, base, ours, theirs}
		merged, ok := r.contents[v]
		if !ok {
			a.open = append(a.open, v)
		}
		a.known = a.known || ok
		return merged, ok
	}
	var err error
	a.tree, a.reason, err = merge.WithContents(ctx, r.objects, in.base, r.onto.tree, in.theirs, answer)
	if a.tree == git.ZeroID {
		a.tree = git.EmptyTree
	}
	return a, err
}

// foresight is a step that Git is asked about before its turn.
type foresight struct {
	question git.Merge
	open     []versions
}

// foresee asks Git about the steps from now on, of all when it is first called;
// later, when files that were merged here meet again, of the next ones. What Git
// cannot answer now is left to the turn of the step.
func (r *run) foresee(ctx context.Context) error {
	const next = 24 // finding out whether these need Git takes as long as starting it
	steps := r.rest
	if r.foreseen {
		steps = steps[:min(len(steps), next)]
	}
	r.foreseen = true
	var ahead []foresight
	for _, s := range steps {
		met, err := r.onto.meet(ctx, s.Tip)
		if err != nil || len(met.bases) != 1 {
			continue
		}
		in, err := r.sidesOf(ctx, met.bases[0], s)
		if err != nil || len(in.unplaced) > 0 {
			continue
		}
		a, err := r.try(ctx, in)
		if err != nil || !a.onlyFiles() {
			continue
		}
		if err := r.objects.Spill(ctx, s.Tip); err != nil {
			return err
		}
		ahead = append(ahead, foresight{r.question(met.bases[0], s, in), a.open})
	}
	if len(ahead) < 2 {
		return ctx.Err() // its turn is now
	}
	r.onto.takeAttributes()
	var all crew.Group
	var lock sync.Mutex
	var failed error
	for part := range slices.Chunk(ahead, (len(ahead)+r.jobs-1)/r.jobs) {
		all.Go(func() {
			answers, err := r.ask(ctx, part)
			lock.Lock()
			defer lock.Unlock()
			failed = errors.Join(failed, err)
			for i, f := range part {
				if err == nil && answers[i].Err == nil && answers[i].Clean {
					failed = errors.Join(failed, r.remember(ctx, f.open, answers[i].Tree))
				}
			}
		})
	}
	all.Wait()
	return failed
}

func (r *run) ask(ctx context.Context, part []foresight) ([]git.Merged, error) {
	questions := make([]git.Merge, len(part))
	for i, f := range part {
		questions[i] = f.question
	}
	answers, err := r.objects.MergeTrees(ctx, r.onto.attributes, questions)
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	return answers, nil
}

// remember keeps what became of the files in a merge of Git's.
func (r *run) remember(ctx context.Context, files []versions, merged git.ID) error {
	for _, v := range files {
		at, err := tree.At(ctx, r.objects, merged, v.path)
		if err != nil {
			return fmt.Errorf("read how %s merges: %w", v.path, err)
		}
		r.contents[v] = at.File
	}
	return nil
}
