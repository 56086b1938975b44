package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// ruleMerged is the rule of internal/check about the same thing.
const ruleMerged = "mgit-merged"

// stateInPush says where a push mixes the mgit branch with the site's code: a merge of it in what is new to the remote, a
// branch of the site that would be it, or something else that would be the mgit branch there. known is what the remote has.
func (s *Site) stateInPush(ctx context.Context, lines []pushLine, known []git.ID) ([]string, error) {
	var tips []git.ID
	tipOf := make(map[git.ID]git.ID)
	for _, l := range lines {
		commit, err := s.present(ctx, []git.ID{l.id})
		if err != nil {
			return nil, err
		}
		if len(commit) > 0 {
			tips, tipOf[l.id] = append(tips, commit[0]), commit[0]
		}
	}
	ofState, err := s.ofState(ctx, tips)
	if err != nil {
		return nil, err
	}
	var reasons []string
	for _, l := range lines {
		tip, isCommit := tipOf[l.id]
		kind := s.item(l.remote).Kind
		switch {
		case !isCommit:
		case ofState[tip] && (kind == remote.Branch || kind == remote.Target):
			reasons = append(reasons, fmt.Sprintf("%s is the mgit branch, and would be %s there", l.name(), shortBranch(l.remote)))
		case !ofState[tip] && kind == remote.State:
			reasons = append(reasons, fmt.Sprintf("%s is not the mgit branch, and would be it there", l.name()))
		}
	}
	ids, err := s.Repo.RevList(ctx, tips, known)
	if err != nil {
		return nil, fmt.Errorf("look for what is new there: %w", err)
	}
	fresh, err := s.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	merges, err := s.stateMerges(ctx, fresh)
	for _, id := range merges {
		reasons = append(reasons, shortID(id)+" merges the mgit branch")
	}
	return reasons, err
}

// knownAt are tips that a remote has already, as far as this clone knows, and those that are Moodle's: what git says of the
// references that are pushed, and what was fetched from the remotes of that address.
func (s *Site) knownAt(ctx context.Context, request GuardRequest, lines []pushLine) ([]git.ID, error) {
	var old []git.ID
	for _, l := range lines {
		if l.old != git.ZeroID {
			old = append(old, l.old)
		}
	}
	known, err := s.present(ctx, old)
	if err != nil {
		return nil, err
	}
	isThere := func(url string) bool { return sameRepository(url, request.URL) }
	for _, re := range remotes(s.git) {
		if re.Name != request.Remote && !slices.ContainsFunc(re.PushURLs, isThere) {
			continue
		}
		for _, r := range s.refs.refs {
			if r.Peeled != git.ZeroID && strings.HasPrefix(r.Name, "refs/remotes/"+re.Name+"/") {
				known = append(known, r.Peeled)
			}
		}
	}
	return slices.Concat(known, s.refs.upstream(s.upstream)), nil
}
