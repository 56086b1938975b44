package journal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
)

// The files of a run commit's tree, in Git's order.
const (
	fileCommand = "command"
	fileMoves   = "moves"
	fileOutcome = "outcome"
	filePayload = "payload"
)

// First lines of the files that have a format. A change that older readers would
// misread takes a new number.
const (
	movesFormat   = "mgit moves 1"
	outcomeFormat = "mgit outcome 1"
)

const undoesTrailer = "Undoes-run: "

// message is the commit message: the state of the run, readable in any git log.
func message(run *Run) string {
	state := "applying"
	if run.Done {
		state = "done"
	}
	m := fmt.Sprintf("mgit run %d: %s\n", run.Number, state)
	if run.Undoes != 0 {
		m += "\n" + undoesTrailer + strconv.Itoa(run.Undoes) + "\n"
	}
	return m
}

func parseMessage(m string) (number int, done bool, undoes int, err error) {
	subject, body, _ := strings.Cut(m, "\n")
	rest, ok := strings.CutPrefix(subject, "mgit run ")
	digits, state, ok2 := strings.Cut(rest, ": ")
	number, err = strconv.Atoi(digits)
	if !ok || !ok2 || err != nil || state != "applying" && state != "done" {
		return 0, false, 0, fmt.Errorf("its subject is %q", subject)
	}
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, undoesTrailer); ok {
			if undoes, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, false, 0, fmt.Errorf("it undoes run %q", value)
			}
		}
	}
	return number, state == "done", undoes, nil
}

// encodeMoves writes one line per move:
//
//	<old> <new> "<ref>" "<group>" "<worktree>"
//
// with names quoted as Go does it, which holds any bytes.
func encodeMoves(moves []Move) []byte {
	var b bytes.Buffer
	b.WriteString(movesFormat + "\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "%s %s %q %q %q\n", m.Old, m.New, m.Ref, m.Group, m.Worktree)
	}
	return b.Bytes()
}

func decodeMoves(data []byte) ([]Move, error) {
	var moves []Move
	err := eachLine(data, movesFormat, func(l *line) {
		moves = append(moves, Move{Old: l.id(), New: l.id(), Ref: l.quoted(), Group: l.quoted(), Worktree: l.quoted()})
	})
	return moves, err
}

// encodeOutcome writes what became of the run:
//
//	shared <old> <new>
//	out <cause> "<ref>" "<group>" "<reason>"
func encodeOutcome(run *Run) []byte {
	var b bytes.Buffer
	b.WriteString(outcomeFormat + "\n")
	fmt.Fprintf(&b, "shared %s %s\n", run.SharedOld, run.SharedNew)
	for _, t := range run.TakenOut {
		fmt.Fprintf(&b, "out %s %q %q %q\n", t.Cause, t.Ref, t.Group, t.Reason)
	}
	return b.Bytes()
}

func decodeOutcome(data []byte, run *Run) error {
	return eachLine(data, outcomeFormat, func(l *line) {
		switch kind := l.word(); kind {
		case "shared":
			run.SharedOld, run.SharedNew = l.id(), l.id()
		case "out":
			run.TakenOut = append(run.TakenOut,
				TakenOut{Cause: Cause(l.word()), Ref: l.quoted(), Group: l.quoted(), Reason: l.quoted()})
		default:
			l.fail(fmt.Errorf("unknown word %q", kind))
		}
	})
}

// line takes the fields of one line from left to right. The first field that is
// not what it should be stays in err.
type line struct {
	rest string
	err  error
}

func (l *line) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func (l *line) word() string {
	var w string
	w, l.rest, _ = strings.Cut(l.rest, " ")
	return w
}

func (l *line) id() git.ID {
	id, err := git.ParseID(l.word())
	if err != nil {
		l.fail(err)
	}
	return id
}

func (l *line) quoted() string {
	prefix, err := strconv.QuotedPrefix(l.rest)
	if err == nil && prefix[0] != '"' {
		err = strconv.ErrSyntax
	}
	if err != nil {
		l.fail(errors.New("a quoted name is missing"))
		return ""
	}
	l.rest = strings.TrimPrefix(l.rest[len(prefix):], " ")
	s, err := strconv.Unquote(prefix)
	if err != nil {
		l.fail(err)
	}
	return s
}

// eachLine calls read for every line after the first, which must be format. What
// read leaves of a line is an error.
func eachLine(data []byte, format string, read func(*line)) error {
	first, rest, ok := strings.Cut(string(data), "\n")
	if !ok || first != format {
		return fmt.Errorf("its format is %q, this mgit reads %q", first, format)
	}
	n := 1
	for text := range strings.Lines(rest) {
		n++
		l := &line{rest: strings.TrimSuffix(text, "\n")}
		read(l)
		if l.err == nil && l.rest != "" {
			l.err = fmt.Errorf("%q is too much", l.rest)
		}
		if l.err != nil {
			return fmt.Errorf("line %d: %w", n, l.err)
		}
	}
	return nil
}

// put makes the commit of run in the memory of store. parents are the tips
// concerned or, when the run is done, the commit that was being applied.
func put(store *git.Store, run *Run, parents []git.ID, committer git.Signature) (git.ID, error) {
	files := map[string][]byte{
		fileCommand: []byte(run.Command + "\n"),
		fileMoves:   encodeMoves(run.Moves),
		filePayload: run.Payload,
	}
	if run.Done {
		files[fileOutcome] = encodeOutcome(run)
	}
	var tree git.Tree
	for name, data := range files {
		tree = append(tree, git.TreeEntry{Name: name, Mode: git.ModeFile, ID: store.PutBlob(data)})
	}
	slices.SortFunc(tree, func(a, b git.TreeEntry) int { return cmp.Compare(a.Name, b.Name) })
	id, err := store.PutTree(tree)
	if err != nil {
		return git.ZeroID, fmt.Errorf("make the tree of run %d: %w", run.Number, err)
	}
	who := run.Who
	who.When = run.When
	return store.PutCommit(&git.Commit{
		Tree: id, Parents: parents, Author: who, Committer: committer, Message: message(run),
	}), nil
}

// read returns the run that the commit at ref records. The error is a
// *DamagedError where the fault is in what is stored.
func read(ctx context.Context, store *git.Store, ref string, id git.ID) (*Run, error) {
	commit, err := store.Commit(ctx, id)
	if err != nil {
		return nil, unreadable(ctx, ref, err)
	}
	run := &Run{Commit: id, Who: commit.Author, When: commit.Author.When}
	if run.Number, run.Done, run.Undoes, err = parseMessage(commit.Message); err != nil {
		return nil, damaged(ref, "%v", err)
	}
	if run.Ref() != ref {
		return nil, damaged(ref, "it holds run %d", run.Number)
	}
	files, err := readFiles(ctx, store, commit.Tree)
	if err != nil {
		return nil, unreadable(ctx, ref, err)
	}
	if run.Moves, err = decodeMoves(files[fileMoves]); err != nil {
		return nil, damaged(ref, "%s: %v", fileMoves, err)
	}
	if run.Done {
		if err := decodeOutcome(files[fileOutcome], run); err != nil {
			return nil, damaged(ref, "%s: %v", fileOutcome, err)
		}
	}
	run.Command = strings.TrimSuffix(string(files[fileCommand]), "\n")
	run.Payload = files[filePayload]
	return run, nil
}

// unreadable keeps a cancelled context apart from a fault in what is stored.
func unreadable(ctx context.Context, ref string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read %s: %w", ref, err)
	}
	return damaged(ref, "%v", err)
}

func readFiles(ctx context.Context, store *git.Store, tree git.ID) (map[string][]byte, error) {
	entries, err := store.Tree(ctx, tree)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(entries))
	for _, e := range entries {
		if files[e.Name], err = store.Blob(ctx, e.ID); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return files, nil
}
