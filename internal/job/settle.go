package job

import (
	"context"

	"mgit/internal/git"
	"mgit/internal/resolution"
	"mgit/internal/tree"
)

// settler returns the function that settles a conflict by recorded resolutions:
// the merged tree, and what was used, which is nothing where a person is needed.
// It is nil where they are not wanted.
func (s *Site) settler(ctx context.Context, scratch *git.Scratch, off bool) (func(context.Context, git.Merged) (git.ID, []string, error), error) {
	if off || !s.Config.Resolutions.Use {
		return nil, nil
	}
	set, err := s.readResolutions(ctx)
	if err != nil {
		return nil, err
	}
	place := func(ctx context.Context, root git.ID, path string, mode git.Mode, blob git.ID) (git.ID, error) {
		return tree.Set(ctx, scratch, root, path, tree.File{Mode: mode, ID: blob})
	}
	replayer := resolution.NewReplayer(s.Repo, scratch, set, place)
	return func(ctx context.Context, m git.Merged) (git.ID, []string, error) {
		answer, err := replayer.Replay(ctx, m)
		if err != nil || !answer.OK {
			return git.ZeroID, nil, err
		}
		var used []string
		for _, use := range answer.Used {
			used = append(used, use.Name+" for "+ShowPath(use.Path))
		}
		return answer.Tree, used, nil
	}, nil
}

// signer returns the function that makes commits where the user signs them; nil
// where not.
func (s *Site) signer(scratch *git.Scratch) func(context.Context, *git.Commit) (git.ID, error) {
	if s.SignsCommits() {
		return scratch.SignCommit
	}
	return nil
}

// SignsCommits and SignsTags report whether the user's git config has commits and tags signed. Whoever
// runs a job where nobody can be asked for a passphrase looks first.
func (s *Site) SignsCommits() bool { return s.git.Bool("commit.gpgsign", false) }

// SignsTags is as SignsCommits.
func (s *Site) SignsTags() bool { return s.git.Bool("tag.gpgsign", false) }
