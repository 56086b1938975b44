package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrUnsigned is git failing to sign.
var ErrUnsigned = errors.New("git did not sign")

// unsigned is the error of a git that was to sign something.
func unsigned(what string, err error) error {
	var exit *ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("sign a %s: %w", what, err)
	}
	return fmt.Errorf("%w a %s: %w", ErrUnsigned, what, err)
}

// SignCommit makes the commit with git, which signs it as the user's
// configuration says (gpg.format, user.signingKey, gpg.program). The commit
// lands in the scratch; extra headers of c are not kept.
func (s *Scratch) SignCommit(ctx context.Context, c *Commit) (ID, error) {
	if err := s.Spill(ctx, c.Tree); err != nil {
		return ZeroID, fmt.Errorf("sign a commit: %w", err)
	}
	args := []string{"-c", "core.looseCompression=0"}
	if c.Encoding != "" {
		args = append(args, "-c", "i18n.commitEncoding="+c.Encoding)
	}
	args = append(args, "commit-tree", "-S", "-F", "-")
	for _, p := range c.Parents {
		if err := s.Spill(ctx, p); err != nil {
			return ZeroID, fmt.Errorf("sign a commit: %w", err)
		}
		args = append(args, "-p", p.String())
	}
	out, err := s.repo.Cmd(append(args, c.Tree.String())...).
		Env(s.Env()...).
		Env(c.Author.env("AUTHOR")...).
		Env(c.Committer.env("COMMITTER")...).
		Stdin([]byte(c.Message)).
		Output(ctx)
	if err != nil {
		return ZeroID, unsigned("commit", err)
	}
	return ParseID(strings.TrimSpace(string(out)))
}

// env are the variables by which git takes the signature of who.
func (s Signature) env(who string) []string {
	return []string{
		"GIT_" + who + "_NAME=" + s.Name,
		"GIT_" + who + "_EMAIL=" + s.Email,
		"GIT_" + who + "_DATE=" + fmt.Sprintf("@%d %s", s.When.Unix(), s.When.Format("-0700")),
	}
}
