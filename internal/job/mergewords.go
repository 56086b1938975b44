package job

import (
	"context"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// mergeCommit is the merge as an assembly would commit it, with what a person who
// committed it in the worktree has made of its message.
func (b *mergeBench) mergeCommit(ctx context.Context, plan *AssemblePlan, at *benchState, made git.ID) (*git.Commit, error) {
	who, err := b.site.Repo.Ident(ctx)
	if err != nil {
		return nil, err
	}
	step := assemble.Merge{Step: assemble.Step{Name: b.record.Name, Upstream: b.record.Upstream, Tip: git.ID(b.record.Tip)}}
	if step.Upstream && b.site.refs.tagOf[step.Tip] == "" {
		step.Name = ""
	}
	merge := &git.Commit{
		Tree: made, Parents: []git.ID{git.ID(b.record.Start), step.Tip}, Author: who, Committer: who, Message: plan.message(step),
	}
	if at.standing != StandingFinished {
		return merge, nil
	}
	theirs, err := b.site.Repo.Store().Commit(ctx, at.head)
	if err != nil {
		return nil, err
	}
	b.keepWords(merge, theirs)
	return merge, nil
}

// keepWords gives the merge the author of the commit that a person made of it in the
// worktree, and what that person wrote beyond what Git proposes.
//
// The text of a commit in another encoding than UTF-8 stays with that commit.
func (b *mergeBench) keepWords(merge, theirs *git.Commit) {
	merge.Author = theirs.Author
	if theirs.Encoding != "" {
		return
	}
	var kept []string
	isList := false // of files in conflict, as Git proposes it
	for line := range strings.SplitSeq(theirs.Message, "\n") {
		isList = line == "# Conflicts:" || isList && strings.HasPrefix(line, "#\t")
		// The trailers of mgit are its own, and it writes them below.
		if !isList && !strings.HasPrefix(line, "Mgit-") {
			kept = append(kept, line)
		}
	}
	words := strings.TrimSpace(strings.TrimPrefix(strings.Join(kept, "\n"), b.subject()))
	subject, trailers, _ := strings.Cut(merge.Message, "\n\n")
	if words != "" {
		merge.Message = subject + "\n\n" + words + "\n\n" + trailers
	}
}
