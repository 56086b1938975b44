package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// picksFile is the file of the mgit branch that lists what was picked, by branch and
// source. What an upgrade goes by is the trailer of the commit, which travels with
// it; this is the list for people, also of what was squashed or reworded since.
//
//	[pick.LUVLE-4.1-hack-mod_forum-subject.5f2c…]
//	commit = "91ab…"
//	mdl = "MDL-77011"
//	subject = "MDL-77011 mod_forum: …"
//	who = "Ada Author <ada@example.org>"
//	when = "2026-01-02T15:04:05Z"
//
// Two clones that pick for themselves add different entries, so it merges like
// the settings, key by key.
const picksFile = "picks.toml"

// picksHead is what a new file begins with.
const picksHead = `# Fixes that mgit pick took onto branches: of upstream, or from where "from" says.
format = 1
`

// edit is what the picks change on the mgit branch: their entries, and a note in
// the ledger of an upgrade that is under way. Group ties the branch to its entry:
// it is the entry's name where the branch is the new one, so that the run that made
// it is not taken back below the fix. On the old branch a fix is in no such run's
// way, and the group is the reference's own.
func (r *PickReport) edit(ctx context.Context) (edit sharedEdit, group string, err error) {
	who, err := r.site.Repo.Ident(ctx)
	if err != nil {
		return edit, "", err
	}
	when := who.When.UTC().Truncate(time.Second)
	file, err := r.editPicks(ctx, who, when)
	if err != nil {
		return edit, "", err
	}
	note := upgrade.Note{When: when, Who: who.Name, Text: r.noteText()}
	if edit, group, err = r.editNote(ctx, note); err != nil {
		return edit, "", err
	}
	edit.Files = append(edit.Files, file)
	return edit, group, nil
}

func (r *PickReport) editPicks(ctx context.Context, who git.Signature, when time.Time) (fileEdit, error) {
	old, err := r.site.readShared(ctx, picksFile)
	if err != nil {
		return fileEdit{}, err
	}
	text := string(old)
	if old == nil {
		text = picksHead
	}
	doc, err := config.ParseDocument(picksFile, []byte(text))
	if err != nil {
		return fileEdit{}, fmt.Errorf("read the picks of the mgit branch: %w", err)
	}
	if value, _ := doc.Get("format"); value != int64(1) {
		if version, ok := value.(int64); ok && version > 1 {
			return fileEdit{}, fmt.Errorf("%s of the mgit branch is of format %d, and only format 1 is known here: %w", picksFile, version, config.ErrNewer)
		}
		return fileEdit{}, fmt.Errorf("%s of the mgit branch has no format = 1", picksFile)
	}
	var added strings.Builder
	for _, p := range r.Picked {
		if p.Commit == (ID{}) {
			continue
		}
		// An entry of a commit that is not there any more gives way.
		if _, exists := doc.Get("pick", r.Branch, p.Source.String()); exists {
			if err := doc.Remove("pick", r.Branch, p.Source.String()); err != nil {
				return fileEdit{}, err
			}
		}
		fmt.Fprintf(&added, "\n[%s]\n", config.FormatPath("pick", r.Branch, p.Source.String()))
		for _, pair := range [][2]string{
			{"commit", p.Commit.String()},
			{"mdl", p.MDL},
			{"subject", strings.ToValidUTF8(p.Subject, "?")},
			{"from", p.From},
			{"who", strings.ToValidUTF8(fmt.Sprintf("%s <%s>", who.Name, who.Email), "?")},
			{"when", when.Format(time.RFC3339)},
		} {
			if pair[1] == "" {
				continue
			}
			value, err := config.FormatValue(pair[1])
			if err != nil {
				return fileEdit{}, fmt.Errorf("write %s: %w", picksFile, err)
			}
			fmt.Fprintf(&added, "%s = %s\n", pair[0], value)
		}
	}
	now := strings.TrimRight(string(doc.Bytes()), "\r\n") + "\n" + added.String()
	if _, err := config.ParseDocument(picksFile, []byte(now)); err != nil {
		return fileEdit{}, fmt.Errorf("%s is written in a way that cannot be edited here; edit it by hand: %w", picksFile, err)
	}
	return changeFile(picksFile, old, []byte(now)), nil
}

// noteText is the remark for the ledger.
func (r *PickReport) noteText() string {
	var names []string
	seen := make(map[string]bool)
	for _, p := range r.Picked {
		name := p.MDL
		if name == "" {
			name = p.Source.Short()
		}
		if p.Commit == (ID{}) || seen[name] {
			continue
		}
		seen[name] = true
		if p.From != "" {
			name += " from " + p.From
		}
		names = append(names, name)
	}
	return "picked onto " + r.Branch + ": " + strings.Join(names, ", ")
}

// editNote adds the note to the branch's entry in the first unfinished upgrade that
// has one, under its old name or its new one.
func (r *PickReport) editNote(ctx context.Context, note upgrade.Note) (edit sharedEdit, group string, err error) {
	group = "refs/heads/" + r.Branch
	ledgers, err := r.site.ledgers(ctx)
	if err != nil {
		return edit, group, err
	}
	for _, l := range ledgers {
		if l.IsFinished(r.site.branchesOf(l.From)) {
			continue
		}
		name, err := r.site.oldName(l, r.Branch)
		var usage *UsageError
		if errors.As(err, &usage) {
			continue
		}
		if err != nil {
			return edit, group, err
		}
		old := l.Entries[name]
		series, err := moodle.ParseSeries(l.Series)
		if old == nil || err != nil || len(edit.Ledgers) > 0 {
			continue
		}
		before, after := ledgerOf(l), ledgerOf(l)
		before.Entries[name], after.Entries[name] = old, old.Clone()
		after.Entries[name].Notes = append(after.Entries[name].Notes, note)
		one, err := editLedger(series, before, after)
		if err != nil {
			return edit, group, err
		}
		edit.Ledgers = one.Ledgers
		if name != r.Branch {
			group = name
		}
	}
	return edit, group, nil
}
