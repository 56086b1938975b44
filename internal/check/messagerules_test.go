package check_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// messageFindings judges one message and returns what the rules about messages say, as "id severity".
func messageFindings(t *testing.T, message string, change func(*check.Subject)) []string {
	t.Helper()
	subject := checktest.New().Says(message).On(change).Subject(t)
	result, err := check.Run(t.Context(), check.Request{Subject: subject})
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, f := range result.Findings {
		if strings.HasPrefix(f.Rule, "message-") {
			found = append(found, f.Rule+" "+string(f.Severity))
		}
		if strings.ContainsAny(f.Text, "\n\x1b") {
			t.Errorf("what is said is not one plain line: %q", f.Text)
		}
	}
	return found
}

func public(s *check.Subject) { s.Branch.HasRecord, s.Branch.Public = true, true }
func upstreamable(s *check.Subject) {
	s.Branch.HasRecord, s.Branch.Justification = true, "upstreamable"
}

func ticketed(s *check.Subject) {
	s.Options.Tickets = []check.Pattern{regexp.MustCompile(`\bLU-[0-9]+\b`), regexp.MustCompile(`(?m)^Refs: #[0-9]+$`)}
}

func issueNamed(s *check.Subject) {
	s.Branch = check.Branch{Name: "MDL-12345-405-fix", Kind: check.Foreign}
}

// Forms are those of twenty years of Moodle's history.
func TestMessageSubject(t *testing.T) {
	t.Parallel()
	const bad, mild = "message-subject error", "message-subject warning"
	for message, want := range map[string]string{
		"MDL-12345 mod_forum: Fix the subject\n":                        "",
		"MDL-12345 mod_forum, mod_quiz: Fix both\n\nWhy.\n":             "",
		"MDL-1 MDL-2 core: Fix two issues\n":                            "",
		"MDL-9 General unit tests: Fix\n":                               "",
		"MDL-75567 theme_boost: Überschrift 你好\n":                       "",
		"MDL-12345 core: a: b\n":                                        "",
		"\n\n  MDL-12345 core: blank lines before\n":                    "",
		"NOBUG: Fixed SVN keywords\n":                                   "",
		"Merge branch 'MDL-1-405' of https://example.org/moodle\n":      "",
		"Merge remote-tracking branch 'upstream/MOODLE_405_STABLE'\n":   "",
		"Revert \"MDL-12345 core: Fix\"\n\nThis reverts commit 1234.\n": "",
		"fixup! MDL-12345 core: Fix\n":                                  "",
		"squash! wip\n\nmore\n":                                         "",
		"MDL-12345 Fix the subject\n":                                   mild,
		"MDL-12345: Fix the subject\n":                                  mild,
		"MDL-12345\n":                                                   mild,
		"MDL-12345 : Fix\n":                                             mild,
		"MDL-12345 mod_forum:\n":                                        mild,
		"Fix the subject\n":                                             bad,
		"Fix MDL-12345 core: subject\n":                                 bad,
		"mdl-12345 core: Fix\n":                                         bad,
		"[MDL-12345] core: Fix\n":                                       bad,
		"MDL12345 core: Fix\n":                                          bad,
		"MDLSITE-7 core: Fix\n":                                         bad,
		"LU-7 core: Fix\n":                                              bad,
		"Merge the two forms\n":                                         bad,
		"Reverted the fix\n":                                            bad,
		"\xdcber\x1b[31m alles\n":                                       bad,
		"wip\n\nMDL-12345 core: stands below\n":                         bad,
	} {
		for name, branch := range map[string]func(*check.Subject){"public": public, "upstreamable": upstreamable, "by its name": issueNamed} {
			got := strings.Join(messageFindings(t, message, branch), ", ")
			if got != want {
				t.Errorf("%s, %q: found %q, want %q", name, message, got, want)
			}
		}
		if got := messageFindings(t, message, func(*check.Subject) {}); len(got) > 0 {
			t.Errorf("internal, %q: found %q", message, got)
		}
	}
}

// Of commits that are made already a fixup is something left over; what others wrote is theirs.
func TestMessageOfCommits(t *testing.T) {
	t.Parallel()
	made := func(s *check.Subject) { public(s); s.Committing = false }
	if got := messageFindings(t, "fixup! MDL-1 core: Fix\n", made); !slices.Equal(got, []string{"message-subject warning"}) {
		t.Errorf("a fixup that stayed: %q", got)
	}
	for name, change := range map[string]func(*check.Subject){
		"Moodle's":        func(s *check.Subject) { s.Messages[0].Upstream = true },
		"a merge":         func(s *check.Subject) { s.Messages[0].Merge = true },
		"a pick that was": func(s *check.Subject) { s.Merging = true },
		"a target":        func(s *check.Subject) { s.Branch.Kind = check.Target },
		"no branch":       func(s *check.Subject) { s.Branch = check.Branch{} },
	} {
		both := func(s *check.Subject) { public(s); change(s) }
		if got := messageFindings(t, "weekly release 4.5+\n", both); len(got) > 0 {
			t.Errorf("%s: found %q", name, got)
		}
	}
}

func TestMessageTicket(t *testing.T) {
	t.Parallel()
	const bad = "message-ticket error"
	for message, want := range map[string]string{
		"LU-12 the form has a field more\n":                                    "",
		"The form has a field more\n\nSee LU-12.\n":                            "",
		"The form has a field more\n\nRefs: #12\nSigned-off-by: A <a@b.c>\n":   "",
		"MDL-12345 core: taken from Moodle\n":                                  "",
		"Merge branch 'LUVLE-4.5-feature-mod_ouwiki' into x\n":                 "",
		"Revert \"The form has a field more\"\n":                               "",
		"fixup! The form has a field more\n":                                   "",
		"":                                                                     "",
		"The form has a field more\n":                                          bad,
		"VALU-12 is no ticket of ours\n":                                       bad,
		"The form\n\nRefs: #12 and more\n":                                     bad,
		"The form\n\nMgit-Allow: debug-output LU-12 says so\n":                 bad,
		"The form\n\nmgit-allow: debug-output LU-12 says so\nReviewed-by: B\n": bad,
		"The form is like MDL-12345\n":                                         bad,
	} {
		if got := strings.Join(messageFindings(t, message, ticketed), ", "); got != want {
			t.Errorf("%q: found %q, want %q", message, got, want)
		}
		if got := messageFindings(t, message, func(*check.Subject) {}); len(got) > 0 {
			t.Errorf("no pattern, %q: found %q", message, got)
		}
	}
	// A branch for the community has Moodle's issues in place of the site's tickets.
	both := func(s *check.Subject) { public(s); ticketed(s) }
	if got := messageFindings(t, "MDL-1 core: Fix\n", both); len(got) > 0 {
		t.Errorf("public: found %q", got)
	}
}

func TestMessageTicketOfTheRecord(t *testing.T) {
	t.Parallel()
	subject := checktest.New().Says("no ticket\n").On(ticketed).On(func(s *check.Subject) { s.Branch.Ticket = "LU-77" }).Subject(t)
	result, err := check.Run(t.Context(), check.Request{Subject: subject})
	if err != nil || len(result.Findings) == 0 || !strings.Contains(result.Findings[0].Hint, "LU-77") {
		t.Errorf("found %+v, %v", result, err)
	}
}

func TestMessageLength(t *testing.T) {
	t.Parallel()
	const bad = "message-length warning"
	for message, want := range map[string]string{
		strings.Repeat("a", 72) + "\n":                 "",
		strings.Repeat("ä", 72) + "\n":                 "", // characters, not bytes
		strings.Repeat("a\u0308", 72) + "\n":           "", // marks over letters
		strings.Repeat("\xe4", 72) + "\n":              "", // of another encoding
		"fixup! " + strings.Repeat("a", 72) + "\n":     "",
		"Revert \"" + strings.Repeat("a", 72) + "\"\n": "",
		"short\n\n" + strings.Repeat("a", 300) + "\n":  "",
		"short\n":                                                 "",
		"short\n   \nbelow\n":                                     "",
		"short\r\n\r\nbelow\r\n":                                  "",
		"\n\nshort\n\nbelow\n":                                    "",
		strings.Repeat("a", 73) + "\n":                            bad,
		strings.Repeat("字", 73) + "\n":                            bad,
		"short\nbelow\n":                                          bad,
		"short\nSigned-off-by: A <a@example.org>\n":               bad,
		strings.Repeat("a", 80) + "\nand goes on\n":               bad + ", " + bad,
		"Merge branch '" + strings.Repeat("a", 80) + "' into b\n": "",
	} {
		if got := strings.Join(messageFindings(t, message, func(*check.Subject) {}), ", "); got != want {
			t.Errorf("%q: found %q, want %q", message, got, want)
		}
	}
	long := func(s *check.Subject) { s.Options.SubjectLength = 0 }
	if got := messageFindings(t, strings.Repeat("a", 500), long); len(got) > 0 {
		t.Errorf("no limit: found %q", got)
	}
}
