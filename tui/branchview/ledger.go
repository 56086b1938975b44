package branchview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// sharedRef is the branch that holds the ledgers.
const sharedRef = "refs/heads/mgit"

// byRun stands for an id that is known when the run has ended.
const byRun = "made by this run"

// note asks for a note on the marked branches.
func (v *View) note() tea.Cmd {
	return v.inUpgrade("a note stands in the ledger of an upgrade", func(names []string, series moodle.Series) tea.Cmd {
		return screen.Asks(screen.Prompt{
			Label: "Note on " + several(names),
			Check: func(text string) string {
				if strings.TrimSpace(text) == "" {
					return "a note without text says nothing"
				}
				return ""
			},
			Done: func(text string) tea.Cmd {
				request := job.LedgerRequest{Branches: names, For: series, Text: text}
				command := append([]string{"note", "--for", series.String()}, literal(append(slices.Clone(names), text)...)...)
				return screen.Start(v.ledgerTask("Add a note to "+several(names), command, request, job.Note))
			},
		})
	})
}

// dispose offers what can become of the marked branches.
func (v *View) dispose() tea.Cmd {
	return v.inUpgrade("a decision stands in the ledger of an upgrade", func(names []string, series moodle.Series) tea.Cmd {
		choice := func(key, disposition, help string, needsReason bool) screen.Choice {
			return screen.Choice{Key: key, Text: disposition, Help: help, Take: func() tea.Cmd {
				return v.askReason(names, series, disposition, needsReason)
			}}
		}
		return screen.Offers("What becomes of "+several(names)+" in the upgrade to "+series.String(),
			choice("r", "rebase", "carry it over", false),
			choice("p", "replace", "begin anew from the newest release of somebody else's plugin", false),
			choice("d", "drop", "leave it behind, for a reason", true),
			choice("h", "hold", "leave it for now, for a reason", true),
		)
	})
}

// askReason asks why, and decides.
func (v *View) askReason(names []string, series moodle.Series, disposition string, needed bool) tea.Cmd {
	label := "Reason to " + disposition
	if !needed {
		label += ", or nothing"
	}
	return screen.Asks(screen.Prompt{
		Label: label,
		Check: func(text string) string {
			if needed && strings.TrimSpace(text) == "" {
				return disposition + " needs a reason: in a year nobody knows why the branch is gone"
			}
			return ""
		},
		Done: func(reason string) tea.Cmd {
			request := job.LedgerRequest{Branches: names, For: series, Disposition: disposition, Reason: reason}
			command := append([]string{"dispose"}, names...)
			command = append(command, disposition, "--for", series.String())
			if reason != "" {
				command = append(command, "--reason", reason)
			}
			return screen.Start(v.ledgerTask("Decide "+disposition+" for "+several(names), command, request, job.Dispose))
		},
	})
}

// ledgerWrite is job.Dispose or job.Note.
type ledgerWrite func(context.Context, *job.Site, job.LedgerRequest) (*job.LedgerReport, int, error)

// written is what a run wrote.
type written struct {
	report *job.LedgerReport
	run    int
}

// ledgerTask is the task that writes to the ledger, by one run for all branches as the command does it.
func (v *View) ledgerTask(title string, command []string, request job.LedgerRequest, write ledgerWrite) screen.Task {
	return screen.Task{
		Title: title, Command: command,
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			dry := request
			dry.DryRun = true
			report, _, err := write(ctx, site, dry)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewLedger(report, request), nil
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			report, run, err := write(ctx, site, request)
			return written{report, run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			w := result.(written)
			v.table.Unmark() // what was to be done with them is done
			if w.run == 0 {
				return "Nothing changes.", nil
			}
			return fmt.Sprintf("%s in the upgrade to %s. This was run %d.", changedText(w.report, request), w.report.Series, w.run), nil
		},
	}
}

// previewLedger says what would be written about each branch.
func previewLedger(report *job.LedgerReport, request job.LedgerRequest) screen.Preview {
	if !report.HasChanged() {
		return screen.Preview{Nothing: "Nothing changes: the ledger says so already."}
	}
	p := screen.Preview{
		Moves: []screen.Move{{Ref: sharedRef, Old: "as it is", New: byRun}},
		Lines: []string{"upgrades/" + report.Series + ".toml says from then on:"},
	}
	for _, e := range report.Branches {
		sign, _ := theme.Sign(e.State)
		line := "  " + e.Branch + ": " + sign + " " + e.State
		switch {
		case request.Text != "":
			line += ", note: " + strings.TrimSpace(request.Text)
		case !e.Changed:
			line += ", " + e.Disposition + " as before"
		case e.Reason != "":
			line += ", " + e.Disposition + " (" + e.Reason + ")"
		default:
			line += ", " + e.Disposition
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

func changedText(report *job.LedgerReport, request job.LedgerRequest) string {
	var changed []string
	for _, e := range report.Branches {
		if e.Changed {
			changed = append(changed, e.Branch)
		}
	}
	if request.Disposition == "" {
		return several(changed) + " noted"
	}
	return several(changed) + ": " + request.Disposition
}

// inUpgrade goes on with the marked branches and the upgrade that they take part in; where there are several,
// it asks for which, and where there is none, it says why that is needed.
func (v *View) inUpgrade(why string, then func(names []string, series moodle.Series) tea.Cmd) tea.Cmd {
	a, known := v.status.Value()
	rows := slices.DeleteFunc(v.table.Marked(), func(r row) bool { return r.kind == misnamed })
	if !known || len(rows) == 0 {
		return screen.Says(theme.Attention, "no branch is selected")
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	upgrades := upgradesOf(a.report, rows)
	var choices []screen.Choice
	for i, u := range upgrades {
		series, err := moodle.ParseSeries(u.Series)
		if err != nil {
			continue
		}
		if len(upgrades) == 1 {
			return then(names, series)
		}
		choices = append(choices, screen.Choice{
			Key: fmt.Sprint(i + 1), Text: "from " + u.From + " to " + u.Onto, Take: func() tea.Cmd { return then(names, series) },
		})
	}
	if len(choices) == 0 {
		return screen.Says(theme.Attention, "no one upgrade has "+several(names)+": "+why+", and `mgit upgrade begin SERIES` begins one")
	}
	return screen.Offers("In which upgrade?", choices...)
}

// upgradesOf are the upgrades, finished ones too, that all of the branches take part in.
func upgradesOf(report *job.StatusReport, rows []row) []job.UpgradeStatus {
	return slices.DeleteFunc(slices.Concat(report.Upgrades, report.Finished), func(u job.UpgradeStatus) bool {
		return slices.ContainsFunc(rows, func(r row) bool {
			series := r.Version.String()
			return series != u.From && series != u.Series
		})
	})
}

// several names one branch, and counts more.
func several(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d branches", len(names))
}

// literal are words that are no flags, whatever they begin with.
func literal(words ...string) []string {
	if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }) {
		return append([]string{"--"}, words...)
	}
	return words
}
