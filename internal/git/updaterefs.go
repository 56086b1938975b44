package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// RefUpdate is one line of a transaction. Old is what the reference must be:
// zero means that it must not exist. New zero deletes it; New equal to Old only
// verifies it.
type RefUpdate struct {
	Name     string
	Old, New ID
	// Reason stands in the reflog when the transaction has no message; the
	// first one counts, Git knows one for all.
	Reason string
}

// RefError is a reference that made a whole transaction fail. Text is what git
// said of it: it is elsewhere than expected, it exists already, another name
// is in its way, it is locked.
type RefError struct{ Name, Text string }

func (e *RefError) Error() string { return e.Text }

// UpdateRefs moves all references or none, in one transaction. The message goes
// into their reflogs. The repository's own reference-transaction hook runs, as
// it does for any git. The error is a *RefError when one reference is to blame;
// without that one the transaction may be tried again.
//
// None means that git refused. A process that is killed in the middle leaves
// some of them moved and their lock files behind.
func (r *Repo) UpdateRefs(ctx context.Context, updates []RefUpdate, message string) error {
	if len(updates) == 0 {
		return nil
	}
	var in bytes.Buffer
	for _, u := range updates {
		if err := CheckName(u.Name); err != nil {
			return &RefError{Name: u.Name, Text: err.Error()}
		}
		if message == "" {
			message = u.Reason
		}
		writeRefUpdate(&in, u)
	}
	args := []string{"update-ref"}
	if message != "" {
		args = append(args, "-m", message)
	}
	err := r.Cmd(append(args, "--stdin", "-z")...).Stdin(in.Bytes()).Run(ctx)
	var exit *ExitError
	if errors.As(err, &exit) {
		if refErr := blame(exit.Stderr, updates); refErr != nil {
			return refErr
		}
	}
	if err != nil {
		return fmt.Errorf("move %d references: %w", len(updates), err)
	}
	return nil
}

// writeRefUpdate writes a line of `git update-ref --stdin -z`.
func writeRefUpdate(in *bytes.Buffer, u RefUpdate) {
	switch {
	case u.New == u.Old:
		fmt.Fprintf(in, "verify %s\x00%s\x00", u.Name, u.Old)
	case u.Old == ZeroID:
		fmt.Fprintf(in, "create %s\x00%s\x00", u.Name, u.New)
	case u.New == ZeroID:
		fmt.Fprintf(in, "delete %s\x00%s\x00", u.Name, u.Old)
	default:
		fmt.Fprintf(in, "update %s\x00%s\x00%s\x00", u.Name, u.New, u.Old)
	}
}

// blame finds the reference that git complains of: of all that it quotes, the
// first. The text loses git's advice about crashed processes and the "prepare:"
// in front.
func blame(stderr string, updates []RefUpdate) *RefError {
	text, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n\n")
	if at := strings.LastIndex(text, "fatal: "); at >= 0 {
		text = text[at+len("fatal: "):]
	}
	for _, stage := range []string{"prepare: ", "commit: "} {
		text = strings.TrimPrefix(text, stage)
	}
	text = strings.Join(strings.Fields(text), " ")
	first, name := len(text), ""
	for _, u := range updates {
		for _, quoted := range []string{"'" + u.Name + "'", "ref format: " + u.Name} {
			at := strings.Index(text, quoted)
			if at >= 0 && (at < first || at == first && len(u.Name) > len(name)) {
				first, name = at, u.Name
			}
		}
	}
	if name == "" {
		return nil
	}
	return &RefError{Name: name, Text: text}
}
