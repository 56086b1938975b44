package upgradeview

import (
	"fmt"

	"mgit/internal/job"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// outcome is an outcome with its sign, as the commands print it.
func outcome(word string) widget.Span { return signed(word, theme.Outcome) }

// state is a state with its sign.
func state(word string) widget.Span { return signed(word, theme.Sign) }

func signed(word string, of func(string) (string, theme.Role)) widget.Span {
	if word == "" {
		return widget.Span{}
	}
	sign, role := of(word)
	return widget.Span{Text: sign + " " + word, Role: role}
}

// number leaves a zero out, as the tables of the commands do.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// landed and left sum an account up as the command's table does.
func landed(a job.Account) int { return a.Landed + a.Emptied }
func left(a job.Account) int   { return a.Waiting + a.Held + a.Dropped + a.Replaced }

// accountWords say where a branch's commits went: "7 commits in = 5 kept + 1 landed + 1 waiting".
func accountWords(a job.Account) string {
	text := plural(a.In, "commit", "commits") + " in"
	sign := " = "
	for _, part := range []struct {
		n    int
		word string
	}{
		{a.Kept, "kept"},
		{a.Landed, "landed"},
		{a.Emptied, "emptied"},
		{a.Dropped, "dropped"},
		{a.Waiting, "waiting"},
		{a.Held, "held"},
		{a.Replaced, "replaced"},
	} {
		if part.n > 0 {
			text += fmt.Sprintf("%s%d %s", sign, part.n, part.word)
			sign = " + "
		}
	}
	return text
}
