package job

import (
	"context"
	"errors"
	"slices"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/upgrade"
)

// checkDisputes is the error of a list of disputes that cannot be read as a whole: who
// asks whether people disagree must not be told that they do not.
func (s *Site) checkDisputes(ctx context.Context) error {
	data, err := s.readShared(ctx, disputesFile)
	if err != nil || data == nil {
		return err
	}
	return checkDisputesIn(data)
}

// checkDisputesIn is an *upgrade.FileError for a list that is not one.
func checkDisputesIn(data []byte) error {
	fault := func(line int, reason string) error {
		return &upgrade.FileError{File: disputesFile, Problems: []*upgrade.Problem{{Line: line, Text: reason}}}
	}
	doc, err := config.ParseDocument(disputesFile, data)
	if bad := (*config.SyntaxError)(nil); errors.As(err, &bad) {
		return fault(bad.Line, bad.Reason)
	}
	if err != nil {
		return fault(1, err.Error())
	}
	value, found := doc.Get("dispute")
	table, isTable := value.(map[string]any)
	if found && !isTable {
		return fault(doc.Line("dispute"), "want a table of disputes")
	}
	known := make(map[string]bool)
	for _, d := range disputesIn(data) {
		known[d.ID] = true
	}
	for _, id := range sortedNames(table) {
		if !known[id] {
			return fault(doc.Line("dispute", id), "this is no dispute: it lacks a file or a commit")
		}
	}
	return nil
}

// reopenDisputes adds to the edit that takes a run back the disputes that the run settled
// by what it set: with that, nobody has chosen any more. It comes last, so that the
// values which go back do not settle them once more. Branches that stay keep what they
// have.
func (s *Site) reopenDisputes(ctx context.Context, run *journal.Run, stays map[string]bool, back *sharedEdit) error {
	isList := func(f fileEdit) bool { return f.Path == disputesFile }
	if back.isEmpty() || run.SharedOld == run.SharedNew || slices.ContainsFunc(back.Files, isList) {
		return nil
	}
	for _, id := range []git.ID{run.SharedOld, run.SharedNew} {
		if here, err := s.has(ctx, id); err != nil || !here {
			return err
		}
	}
	was, err := newSharedWriter(ctx, s.Repo, run.SharedOld)
	if err != nil {
		return err
	}
	now, err := newSharedWriter(ctx, s.Repo, run.SharedNew)
	if err != nil {
		return err
	}
	before, err := was.read(ctx, disputesFile)
	if err != nil {
		return err
	}
	after, err := now.read(ctx, disputesFile)
	if err != nil {
		return err
	}
	open := disputesIn(after)
	settled := slices.DeleteFunc(disputesIn(before), func(d Dispute) bool {
		return stays[d.Entry] || slices.ContainsFunc(open, func(o Dispute) bool { return o.ID == d.ID })
	})
	if len(settled) == 0 {
		return nil
	}
	if err := now.dispute(ctx, settled); err != nil {
		return err
	}
	again, err := now.read(ctx, disputesFile)
	if err != nil {
		return err
	}
	back.Files = append(back.Files, changeFile(disputesFile, after, again))
	return nil
}
