package upgradeview

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// dispose offers what can become of the marked branches, and what else the ledger knows of them.
func (v *View) dispose() tea.Cmd {
	names := v.marked()
	if len(names) == 0 {
		return screen.Says(theme.Attention, "no branch is selected: the board and the triage list them")
	}
	request, words, err := v.ledgerRequest(names)
	if err != nil {
		return v.noRelease()
	}
	var choices []screen.Choice
	if reason := v.suggested(names); reason != "" {
		choices = append(choices, screen.Choice{
			Key: "s", Text: "drop, as suggested", Help: reason,
			Take: func() tea.Cmd { return v.askReason(request, words, upgrade.DispositionDrop, reason) },
		})
	}
	reason := v.reasonOf(names)
	for _, d := range []struct{ key, disposition, help string }{
		{"r", upgrade.DispositionRebase, "carry it over"},
		{"p", upgrade.DispositionReplace, "start anew from the newest release of somebody else's plugin"},
		{"d", upgrade.DispositionDrop, "leave it behind"},
		{"h", upgrade.DispositionHold, "leave it for now"},
	} {
		choices = append(choices, screen.Choice{
			Key: d.key, Text: d.disposition, Help: d.help,
			Take: func() tea.Cmd { return v.askReason(request, words, d.disposition, reason) },
		})
	}
	owner, ticket := v.ownerOf(names)
	choices = append(choices,
		screen.Choice{Key: "o", Text: "owner", Help: "who sees to it in this upgrade", Take: func() tea.Cmd {
			return v.askValue("Owner", owner, func(text string) tea.Cmd {
				request.Owner = &text
				return v.enter(request, words, []string{"--owner", text})
			})
		}},
		screen.Choice{Key: "t", Text: "ticket", Help: "where it is discussed", Take: func() tea.Cmd {
			return v.askValue("Ticket", ticket, func(text string) tea.Cmd {
				request.Ticket = &text
				return v.enter(request, words, []string{"--ticket", text})
			})
		}},
	)
	return screen.Offers("What is to become of "+words, choices...)
}

// ledgerRequest names branches to the ledger of the chosen release's upgrade, and says in words which.
func (v *View) ledgerRequest(names []string) (request job.LedgerRequest, words string, err error) {
	text, err := v.seriesWord()
	if err != nil {
		return request, "", err
	}
	series, err := moodle.ParseSeries(text)
	words = names[0]
	if len(names) > 1 {
		words = plural(len(names), "branch", "branches")
	}
	return job.LedgerRequest{Branches: names, For: series}, words, err
}

// askReason asks why; what the command would refuse is said before it is entered, in its words.
func (v *View) askReason(request job.LedgerRequest, words, disposition, reason string) tea.Cmd {
	request.Disposition = disposition
	return screen.Asks(screen.Prompt{
		Label: "Reason to " + disposition, Initial: reason,
		Check: func(text string) string {
			checked := request
			checked.Reason = strings.TrimSpace(text)
			if err := checked.Check(); err != nil {
				said, _ := v.host.Explain(err)
				return said
			}
			return ""
		},
		Done: func(text string) tea.Cmd {
			request.Reason = strings.TrimSpace(text)
			flags := []string{}
			if request.Reason != "" {
				flags = []string{"--reason", request.Reason}
			}
			return v.enter(request, words, append([]string{disposition}, flags...))
		},
	})
}

func (v *View) askValue(label, initial string, then func(string) tea.Cmd) tea.Cmd {
	return screen.Asks(screen.Prompt{Label: label, Initial: initial, Done: func(text string) tea.Cmd { return then(strings.TrimSpace(text)) }})
}

// enter starts the task that enters a decision.
func (v *View) enter(request job.LedgerRequest, words string, said []string) tea.Cmd {
	command := append(append([]string{"dispose"}, request.Branches...), said...)
	return v.write("Decide about "+words, append(command, "--for", request.For.String()), request, job.Dispose)
}

// note asks for a remark and adds it to the marked branches.
func (v *View) note() tea.Cmd {
	names := v.marked()
	if len(names) == 0 {
		return screen.Says(theme.Attention, "no branch is selected: the board and the triage list them")
	}
	request, words, err := v.ledgerRequest(names)
	if err != nil {
		return v.noRelease()
	}
	return screen.Asks(screen.Prompt{
		Label: "Note",
		Check: func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "a note without text says nothing"
			}
			return ""
		},
		Done: func(text string) tea.Cmd {
			request.Text = text
			command := append(append([]string{"note", "--for", request.For.String(), "--"}, names...), text) // it may begin with a hyphen
			return v.write("Note on "+words, command, request, job.Note)
		},
	})
}

// write starts a task that writes to entries of the ledger.
func (v *View) write(title string, command []string, request job.LedgerRequest,
	write func(context.Context, *job.Site, job.LedgerRequest) (*job.LedgerReport, int, error),
) tea.Cmd {
	return screen.Start(screen.Task{
		Title: title, Command: command,
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			dry := request
			dry.DryRun = true
			report, _, err := write(ctx, site, dry)
			if err != nil {
				return screen.Preview{}, err
			}
			if !report.HasChanged() {
				return screen.Preview{Nothing: "Nothing changes."}, nil
			}
			lines := []string{"In the upgrade to " + report.Series + ":"}
			for _, e := range report.Branches {
				lines = append(lines, entryWords(e)...)
			}
			return screen.Preview{Moves: v.ledgerMove(ctx, site), Lines: lines}, nil
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			report, run, err := write(ctx, site, request)
			return done[*job.LedgerReport]{report: report, run: run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			d := result.(done[*job.LedgerReport])
			first := entryWords(d.report.LedgerEntry)[0]
			if n := len(d.report.Branches); n > 1 {
				first += fmt.Sprintf(", and %d more", n-1)
			}
			if l := v.list(); l != nil {
				l.Unmark()
			}
			return first + ". " + runWords(d.run), nil
		},
	})
}

// entryWords say what the ledger has about a branch, as the command prints it.
func entryWords(e job.LedgerEntry) []string {
	line := e.Branch + ": " + e.State
	switch {
	case e.Disposition == "":
		line += ", nothing decided"
	case e.Reason == "":
		line += ", " + e.Disposition
	default:
		line += ", " + e.Disposition + " (" + e.Reason + ")"
	}
	lines := []string{line}
	for _, f := range [][2]string{{"owner", e.Owner}, {"ticket", e.Ticket}} {
		if f[1] != "" {
			lines = append(lines, "  "+f[0]+" "+f[1])
		}
	}
	if n := len(e.Notes); n > 0 {
		lines = append(lines, "  "+e.Notes[n-1].Who+": "+e.Notes[n-1].Text)
	}
	return lines
}

// suggested is the reason for which the triage suggests to drop a branch; "" for several, or none.
func (v *View) suggested(names []string) string {
	if len(names) != 1 {
		return ""
	}
	if b := v.triageOf(names[0]); b != nil && b.Suggestion != nil {
		return b.Suggestion.Reason
	}
	return ""
}

// reasonOf is the reason that stands in the ledger of a single branch.
func (v *View) reasonOf(names []string) string {
	if u := v.entry(names); u != nil {
		return u.Reason
	}
	return ""
}

func (v *View) ownerOf(names []string) (owner, ticket string) {
	if u := v.entry(names); u != nil {
		return u.Owner, u.Ticket
	}
	return "", ""
}

// entry is what the ledger has of a single branch; nil for several, or none.
func (v *View) entry(names []string) *job.UpgradeBranch {
	a := v.shown()
	if a == nil || len(names) != 1 {
		return nil
	}
	for i := range a.Branches {
		if a.Branches[i].OldName == names[0] {
			return &a.Branches[i]
		}
	}
	return nil
}
