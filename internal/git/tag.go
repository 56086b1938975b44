package git

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// remoteTimeout bounds a question to a remote that one can do without.
const remoteTimeout = 30 * time.Second

// Tag is an annotated tag, taken apart.
type Tag struct {
	ID     ID
	Object ID     // what it names
	Type   string // that object's type
	Name   string // by which it was made; a reference may have another name
	Tagger Signature
	// Message is everything after the headers, byte for byte, without the
	// signature.
	Message string
	// Signature is what a signature makes of the end of the object, "" for none.
	Signature string
}

// signatureStarts are the first lines of signatures; see gpg-interface.c of Git.
func signatureStarts() []string {
	return []string{"-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----"}
}

// DecodeTag reads the bytes of the tag object id. As Git has it, the first header
// of a name counts: what a tag is must not depend on who reads it.
func DecodeTag(id ID, data []byte) (*Tag, error) {
	t := &Tag{ID: id}
	head, body, _ := strings.Cut(string(data), "\n\n")
	seen := make(map[string]bool)
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if seen[name] {
			continue
		}
		seen[name] = true
		var err error
		switch name {
		case "object":
			t.Object, err = ParseID(value)
		case "type":
			t.Type = value
		case "tag":
			t.Name = value
		case "tagger":
			t.Tagger = parseSignature(value)
		}
		if err != nil {
			return nil, fmt.Errorf("header %q: %w", name, err)
		}
	}
	if t.Object == ZeroID || t.Type == "" || t.Name == "" {
		return nil, errors.New("the tag lacks an object, a type or a name")
	}
	t.Message = body
	if at := signatureAt(body); at >= 0 {
		t.Message, t.Signature = body[:at], body[at:]
	}
	return t, nil
}

// signatureAt is where the signature of a tag begins, -1 for none. The last one
// counts, as in Git: a message may quote a signature.
func signatureAt(body string) int {
	at := -1
	for _, start := range signatureStarts() {
		if i := strings.LastIndex("\n"+body, "\n"+start); i > at {
			at = i
		}
	}
	return at
}

// EncodeTag returns the bytes of the tag object, with the signature where t has
// one.
func EncodeTag(t *Tag) []byte {
	return fmt.Appendf(nil, "object %s\ntype %s\ntag %s\ntagger %s\n\n%s%s", t.Object, t.Type, t.Name, t.Tagger, t.Message, t.Signature)
}

// Tag returns an annotated tag. The error wraps ErrNotFound when there is none.
func (s *Store) Tag(ctx context.Context, id ID) (*Tag, error) {
	data, err := s.typed(ctx, id, "tag")
	if err != nil {
		return nil, err
	}
	t, err := DecodeTag(id, data)
	if err != nil {
		return nil, fmt.Errorf("read tag %s: %w", id, err)
	}
	return t, nil
}

// PutTag keeps a new tag, unsigned; t.ID and t.Signature say nothing here.
func (s *Store) PutTag(t *Tag) ID {
	unsigned := *t
	unsigned.Signature = ""
	return s.PutRaw("tag", EncodeTag(&unsigned))
}

// SignTag makes the tag with git, which signs it as the user's configuration
// says (gpg.format, user.signingKey, gpg.program). The tag lands in the scratch.
//
// Git has no way to make a signed tag without a reference to it. That one is made
// in an empty repository within the scratch, which is told the settings that
// count here. Git is run where it always is, so that the path of a key means the
// same.
func (s *Scratch) SignTag(ctx context.Context, t *Tag) (ID, error) {
	settings, err := s.repo.Config(ctx)
	if err != nil {
		return ZeroID, fmt.Errorf("sign a tag: %w", err)
	}
	dir := filepath.Join(s.dir, "tags.git")
	if err := s.repo.Cmd("init", "--quiet", "--bare", "--template=", dir).Run(ctx); err != nil {
		return ZeroID, fmt.Errorf("sign a tag: %w", err)
	}
	args := []string{"-c", "core.looseCompression=0"}
	for _, e := range settings.Entries {
		if strings.HasPrefix(e.Key, "user.") || strings.HasPrefix(e.Key, "gpg.") {
			if e.Implicit {
				args = append(args, "-c", e.Key)
			} else {
				args = append(args, "-c", e.Key+"="+e.Value)
			}
		}
	}
	within := func(args ...string) *Cmd {
		return s.repo.Cmd(args...).Env(s.Env()...).Env("GIT_DIR=" + dir)
	}
	args = append(args, "tag", "--sign", "--cleanup=verbatim", "--file=-", "--", t.Name, t.Object.String())
	if err := within(args...).Env(t.Tagger.env("COMMITTER")...).Stdin([]byte(t.Message)).Run(ctx); err != nil {
		return ZeroID, unsigned("tag", err)
	}
	out, err := within("rev-parse", "--verify", "--end-of-options", "refs/tags/"+t.Name).Output(ctx)
	if err != nil {
		return ZeroID, fmt.Errorf("sign a tag: %w", err)
	}
	id, err := ParseID(strings.TrimSpace(string(out)))
	if err != nil {
		return ZeroID, err
	}
	// Git 2.39 ends well when ssh-keygen cannot read the key, with a tag that is not signed.
	if made, err := s.Tag(ctx, id); err != nil || made.Signature == "" {
		return ZeroID, errors.Join(errors.New("sign a tag: git made it without a signature"), err)
	}
	return id, nil
}

// Trust is what git makes of a signature.
type Trust string

// What a signature can be.
const (
	TrustGood    Trust = "good"
	TrustBad     Trust = "bad"     // it signs something else, or its key was revoked
	TrustUnknown Trust = "unknown" // it cannot be judged here: the key is not known, or the program is missing
)

// VerifyTag asks git about the signature of a tag. Text says why it is not good.
func (r *Repo) VerifyTag(ctx context.Context, id ID) (trust Trust, text string, err error) {
	_, err = r.Cmd("verify-tag", "--raw", id.String()).Output(ctx)
	var exit *ExitError
	switch {
	case err == nil:
		return TrustGood, "", nil
	case !errors.As(err, &exit):
		return "", "", err
	}
	trust, text = judgeSignature(exit.Stderr)
	return trust, text, nil
}

// judgeSignature reads what gpg and ssh-keygen said of a signature that git does
// not take as good, and puts it into words; see doc/DETAILS of GnuPG.
func judgeSignature(said string) (trust Trust, text string) {
	const status = "[GNUPG:] "
	for _, line := range []struct {
		holds, text string
		trust       Trust
	}{
		{status + "BADSIG ", "it is that of another text", TrustBad},
		{"incorrect signature", "it is that of another text", TrustBad},
		{"Signature verification failed", "it is that of another text", TrustBad},
		{status + "REVKEYSIG ", "its key was revoked", TrustBad},
		{status + "EXPKEYSIG ", "its key has expired", TrustUnknown},
		{status + "EXPSIG ", "it has expired", TrustUnknown},
		{status + "NO_PUBKEY ", "its key is not known", TrustUnknown},
	} {
		if strings.Contains(said, line.holds) {
			return line.trust, line.text
		}
	}
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, status) {
			return TrustUnknown, line
		}
	}
	return TrustUnknown, "the program for signatures gave no answer"
}

// RemoteTags asks a remote for the names of its tags.
func (r *Repo) RemoteTags(ctx context.Context, remote string) ([]string, error) {
	if err := CheckName(remote); err != nil {
		return nil, fmt.Errorf("list the tags of a remote: %w", err)
	}
	out, err := r.Cmd("ls-remote", "--refs", "--tags", "--", remote).Timeout(remoteTimeout).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the tags of %s: %w", remote, err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		_, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
			names = append(names, name)
		}
	}
	return names, nil
}
