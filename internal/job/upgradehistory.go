package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// UpgradeHistory is how a ledger came to say what it says.
type UpgradeHistory struct {
	Series string `json:"series"`
	// Steps are the changes of entries, the newest first; those of one commit by branch.
	Steps []LedgerStep `json:"steps"`
	// Unread are commits whose ledger cannot be read; what they changed is told with the
	// next that can.
	Unread []ID `json:"unread"`
}

// LedgerStep is a change of what the ledger says about a branch, and what it says since.
type LedgerStep struct {
	Branch      string    `json:"branch"` // the old name
	Commit      ID        `json:"commit"` // of the mgit branch
	When        time.Time `json:"when"`
	Who         string    `json:"who"`
	Command     string    `json:"command"` // that made it, as the commit says
	Disposition string    `json:"disposition"`
	Reason      string    `json:"reason"`
	State       string    `json:"state"`
	Outcome     string    `json:"outcome"`
	Owner       string    `json:"owner"`
	Ticket      string    `json:"ticket"`
	// Gone says that the entry was taken away.
	Gone bool `json:"gone"`
}

// historyLimit is how many commits of the mgit branch are looked at: those of an upgrade
// are some hundreds.
const historyLimit = 2000

// ReadUpgradeHistory tells how the ledger of the upgrade to a series changed, for the zero
// series that of the only unfinished one, else the newest. Of what was merged, the side
// that decided tells. Notes and tips are no part of it. It fetches nothing and writes
// nothing.
func ReadUpgradeHistory(ctx context.Context, site *Site, series moodle.Series) (*UpgradeHistory, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	ledger, err := site.ledgerToRead(ctx, series)
	if err != nil {
		return nil, err
	}
	if series, err = moodle.ParseSeries(ledger.Series); err != nil {
		return nil, err
	}
	path := ledgerPath(series)
	out, err := site.Repo.Cmd("log", fmt.Sprintf("-%d", historyLimit), "--reverse", "--topo-order", "--encoding=UTF-8",
		"--format=%H%x00%cI%x00%an%x00%s", site.shared.String(), "--", path).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", path, err)
	}
	h := &UpgradeHistory{Series: series.String(), Steps: []LedgerStep{}, Unread: []ID{}}
	before := map[string]*upgrade.Entry{}
	for line := range strings.Lines(string(out)) {
		step, err := parseStep(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, err
		}
		entries, err := site.entriesAt(ctx, git.ID(step.Commit), path)
		var bad *upgrade.FileError
		if errors.As(err, &bad) {
			h.Unread = append(h.Unread, step.Commit)
			continue
		}
		if err != nil {
			return nil, err
		}
		h.compare(before, entries, step)
		before = entries
	}
	slices.Reverse(h.Steps)
	return h, nil
}

// parseStep reads what git log says of a commit.
func parseStep(line string) (LedgerStep, error) {
	f := strings.SplitN(line, "\x00", 4)
	if len(f) != 4 {
		return LedgerStep{}, fmt.Errorf("git log answered %q", line)
	}
	id, err := git.ParseID(f[0])
	if err != nil {
		return LedgerStep{}, fmt.Errorf("git log answered %q: %w", line, err)
	}
	step := LedgerStep{Commit: ID(id), Who: f[2], Command: f[3]}
	// A commit can hold a date that is none; the zero time stands for it.
	step.When, _ = time.Parse(time.RFC3339, f[1])
	return step, nil
}

// entriesAt reads the entries of a ledger at a commit of the mgit branch; none where it
// was not there.
func (s *Site) entriesAt(ctx context.Context, commit git.ID, path string) (map[string]*upgrade.Entry, error) {
	w, err := newSharedWriter(ctx, s.Repo, commit)
	if err != nil {
		return nil, err
	}
	data, err := w.read(ctx, path)
	if err != nil || data == nil {
		return map[string]*upgrade.Entry{}, err
	}
	l, err := parseLedger(path, data)
	if err != nil {
		return nil, err
	}
	return l.Entries, nil
}

// compare adds a step for every entry that says something else than before. They are
// turned round in the end, so that here the last branch comes first.
func (h *UpgradeHistory) compare(before, now map[string]*upgrade.Entry, step LedgerStep) {
	names := maps.Clone(now)
	maps.Copy(names, before)
	for _, name := range slices.Backward(sortedNames(names)) {
		was, is := before[name], now[name]
		if is != nil && was != nil && said(was) == said(is) {
			continue
		}
		s := step
		s.Branch, s.Gone = name, is == nil
		if is != nil {
			s.Disposition, s.Reason, s.State, s.Outcome, s.Owner, s.Ticket = is.Disposition, is.Reason, is.State, is.Outcome, is.Owner, is.Ticket
		}
		h.Steps = append(h.Steps, s)
	}
}

// said is what counts of an entry.
func said(e *upgrade.Entry) [6]string {
	return [6]string{e.Disposition, e.Reason, e.State, e.Outcome, e.Owner, e.Ticket}
}
