package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Ident is who commits and when: the user, now. The error wraps ErrNoIdent,
// with git's own advice, when git does not know the user.
func (r *Repo) Ident(ctx context.Context) (Signature, error) {
	out, err := r.Cmd("var", "GIT_COMMITTER_IDENT").Output(ctx)
	var exit *ExitError
	if errors.As(err, &exit) {
		return Signature{}, fmt.Errorf("%w: %s", ErrNoIdent, strings.TrimSpace(exit.Stderr))
	}
	if err != nil {
		return Signature{}, fmt.Errorf("ask git who you are: %w", err)
	}
	return parseSignature(strings.TrimSuffix(string(out), "\n")), nil
}

// RevList lists the commits that include reaches and exclude does not, newest
// first. It is nil when include is empty.
func (r *Repo) RevList(ctx context.Context, include, exclude []ID) ([]ID, error) {
	if len(include) == 0 {
		return nil, nil
	}
	var in bytes.Buffer
	for _, id := range include {
		fmt.Fprintf(&in, "%s\n", id)
	}
	for _, id := range exclude {
		fmt.Fprintf(&in, "^%s\n", id)
	}
	out, err := r.Cmd("rev-list", "--stdin").Stdin(in.Bytes()).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	return parseIDs(out)
}

// MergeBases returns the best common ancestors of two commits, none when their
// histories are unrelated.
func (r *Repo) MergeBases(ctx context.Context, a, b ID) ([]ID, error) {
	out, err := r.Cmd("merge-base", "--all", a.String(), b.String()).Output(ctx)
	var exit *ExitError
	if errors.As(err, &exit) && exit.Code == 1 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the merge base of %s and %s: %w", a, b, err)
	}
	return parseIDs(out)
}

func parseIDs(lines []byte) ([]ID, error) {
	ids := make([]ID, 0, bytes.Count(lines, []byte("\n")))
	for line := range bytes.Lines(lines) {
		id, err := ParseID(strings.TrimSpace(string(line)))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
