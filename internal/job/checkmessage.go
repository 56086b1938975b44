package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/check"
	"mgit/internal/config"
	"mgit/internal/git"
)

// trailerAllow is the trailer by which a commit's message lets the findings of a rule pass: "Mgit-Allow: ID reason".
const trailerAllow = "Mgit-Allow"

// checkMessage judges the message of the commit that is being made. What was let pass by MGIT_ALLOW alone is said
// here, since nobody else can: the message is what others see.
func (c *checker) checkMessage(ctx context.Context, r *CheckReport) error {
	text := c.cleanMessage(string(c.request.Message))
	waivers := c.trailersOf(text, git.ZeroID, nil)
	if c.request.Staged {
		done, err := c.checkStaged(ctx, text, waivers, nil)
		if err == nil {
			r.Add(done)
		}
		return err
	}
	aboutMessages := func(rule check.Rule) bool { return rule.IsAboutMessages() }
	done, err := c.checkStaged(ctx, text, waivers, aboutMessages)
	if err != nil {
		return err
	}
	r.Add(done)
	if len(c.request.Allow) == 0 {
		return nil
	}
	allowed := func(rule check.Rule) bool {
		return slices.Contains(c.request.Allow, rule.ID) && !rule.IsAboutMessages()
	}
	silent, err := c.checkStaged(ctx, "", nil, allowed)
	if err != nil {
		return err
	}
	said := make(map[string]bool)
	for _, f := range silent.Findings {
		if f.Waived == nil {
			continue
		}
		id := f.Waived.rule
		if said[id] || slices.ContainsFunc(waivers, func(w check.Waiver) bool { return w.Rule == id }) {
			continue
		}
		said[id] = true
		c.warnings = append(c.warnings, Warning{
			ID:   "no-trailer",
			Text: fmt.Sprintf("%s is allowed here and found again elsewhere; a line `%s: %s REASON` at the end of the message tells everybody", id, trailerAllow, id),
		})
	}
	return nil
}

// cleanMessage is the text that git will store, of what is in the file that a hook gets: see "--cleanup" in
// git-commit(1).
func (c *checker) cleanMessage(text string) string {
	mode, _ := c.site.git.Get("commit.cleanup")
	if mode == "verbatim" {
		return text
	}
	sign := c.commentSign(text)
	strips := mode == "strip" || (mode == "" || mode == "default") && !c.request.Unedited
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n\v\f")
		if line == sign+" ------------------------ >8 ------------------------" {
			break
		}
		isBlank := line == ""
		if strips && strings.HasPrefix(line, sign) || isBlank && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	text = strings.TrimRight(strings.Join(lines, "\n"), "\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// commentSign is what begins a comment in the message. With "auto" git chose a sign that no line of the message began
// with, and its own lines stand last; in messages that are stored it is "#".
func (c *checker) commentSign(text string) string {
	sign, set := c.site.git.Get("core.commentString")
	if !set {
		sign, set = c.site.git.Get("core.commentChar")
	}
	switch {
	case !set || sign == "":
		return "#"
	case sign != "auto":
		return sign
	}
	text, _, _ = strings.Cut(text, " ------------------------ >8 ------------------------")
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	last := lines[len(lines)-1]
	if last != "" && strings.Contains("#;@!$%^&|:", last[:1]) {
		return last[:1]
	}
	return "#"
}

// trailerWaivers are what the messages of commits let pass, each in what its commit changes.
func (c *checker) trailerWaivers(commits []*git.Commit, touched []touchedBy) []check.Waiver {
	var all []check.Waiver
	for i, commit := range commits {
		if !strings.Contains(commit.Message, trailerAllow) && !strings.Contains(strings.ToLower(commit.Message), strings.ToLower(trailerAllow)) {
			continue
		}
		files := touched[i].files
		if files == nil {
			files = []*check.File{} // not all, but none
		}
		all = append(all, c.trailersOf(commit.Message, commit.ID, files)...)
	}
	return all
}

// trailersOf reads from a message what it lets pass.
func (c *checker) trailersOf(message string, commit git.ID, touched []*check.File) []check.Waiver {
	var waivers []check.Waiver
	for _, t := range git.Trailers(message, c.commentSign("")) {
		if !strings.EqualFold(t.Name, trailerAllow) {
			continue
		}
		id, reason, _ := strings.Cut(strings.TrimSpace(t.Value), " ")
		if c.isRule(id, commit) {
			waivers = append(waivers, check.Waiver{Rule: id, Reason: strings.Join(strings.Fields(reason), " "), Commit: commit, By: check.ByTrailer, Touched: touched})
		}
	}
	return waivers
}

// isRule reports whether a trailer names a rule, and warns where it does not.
func (c *checker) isRule(id string, commit git.ID) bool {
	if _, known := check.Lookup(id); known {
		return true
	}
	var ids []string
	for _, r := range check.Rules() {
		ids = append(ids, r.ID)
	}
	text := fmt.Sprintf("%s: %q is no rule", trailerAllow, id)
	if commit != git.ZeroID {
		text = ID(commit).Short() + ": " + text
	}
	if meant := config.Closest(id, ids); meant != "" {
		text += fmt.Sprintf("; did you mean %s?", meant)
	}
	c.warnings = append(c.warnings, Warning{ID: "unknown-rule", Text: text})
	return false
}

// allowed are the rules that the command line, or the environment, lets pass.
func (c *checker) allowed() []check.Waiver {
	var waivers []check.Waiver
	for _, id := range c.request.Allow {
		waivers = append(waivers, check.Waiver{Rule: id, By: check.ByFlag})
	}
	return waivers
}
