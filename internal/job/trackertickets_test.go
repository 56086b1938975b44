package job_test

import (
	"fmt"
	"testing"

	"mgit/internal/config"
	"mgit/internal/job"
)

func TestTicketsInTexts(t *testing.T) {
	t.Parallel()
	redmine := config.Tracker{Kind: "redmine", URL: "https://redmine.example.org/pm", Tickets: []string{`LU-\d+`, `RM(\d+)`}}
	jira := config.Tracker{Kind: "jira", URL: "https://jira.example.org", Project: "MOODLE", Tickets: []string{`[A-Z]+-\d+`}}
	const none = "[] [] []"
	for _, c := range []struct{ text, want string }{
		{"#12", "[12] [] []"},
		{"Fixes #12, #13 and (#14); refs #15.", "[12 13 14 15] [] []"},
		{"Closes: #12", "[12] [] []"},
		{"MDL-38189 forum: longer subjects", "[] [MDL-38189] []"},
		{"mdl-038189, MDL-1/MDL-2 and MDL-3.", "[] [MDL-38189 MDL-1 MDL-2 MDL-3] []"},
		{"see https://tracker.moodle.org/browse/MDL-7?x=1", "[] [MDL-7] []"},
		{"LU-12: ours, RM34 too", "[34] [] [LU-12]"},
		{"https://redmine.example.org/pm/issues/77#note-3", "[77] [] []"},
		{"https://redmine.example.org/pm/projects/x", none},
		// What is no ticket.
		{"colour #123456 and color: #123; background-color:#456, fill = #789", none},
		{"#fff #12ab34 #abc123 #1e1", none},
		{"C#12 moodle/moodle#12 PR#12 ##12 x#12", none},
		{"https://example.org/page#12 https://other.example.org/issues/5", none},
		{"&#123; &#x7b;", none},
		{"#0 #012 #-1 # 12", none},
		{"#1234567 is too long", none},
		{"#12-34 #12.5 #12/3 #12_x", none},
		{"    #12 a comment in PHP\n\t#13 another\n> #14 quoted\n```\n#15 code\n```\nand #16", "[16] [] []"},
		{"XMDL-1 MDL-0 MDL-1x MDLSITE-1 MDL- 1 AMDL-5", none},
		{"XLU-12 LU-12a", none},
	} {
		links, moodle, others, err := job.FindTickets(redmine, c.text, false)
		if got := fmt.Sprint(links, moodle, others); got != c.want || err != nil {
			t.Errorf("%q: %s, want %s (%v)", c.text, got, c.want, err)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"MOODLE-5 and #6, OTHER-7, MDL-8", "[MOODLE-5] [MDL-8] [#6 OTHER-7]"},
		{"https://jira.example.org/browse/MOODLE-9", "[MOODLE-9] [] []"},
	} {
		links, moodle, others, err := job.FindTickets(jira, c.text, false)
		if got := fmt.Sprint(links, moodle, others); got != c.want || err != nil {
			t.Errorf("%q: %s, want %s (%v)", c.text, got, c.want, err)
		}
	}
}

func TestTicketsInNames(t *testing.T) {
	t.Parallel()
	settings := config.Tracker{Kind: "redmine", Tickets: []string{`LU-\d+`}}
	for _, c := range []struct{ text, want string }{
		{"LUVLE-4.1-hack-mod_forum-MDL-38189", "[] [MDL-38189] []"},
		{"LUVLE-4.1-hack-mod_forum-mdl-38189-b", "[] [MDL-38189] []"},
		{"LUVLE-4.1-hack-mod_forum-LU-12", "[] [] [LU-12]"},
		{"LUVLE-4.1-hack-mod_forum-#12", "[12] [] []"},
		{"LUVLE-4.1-hack-mod_forum-subject", "[] [] []"},
		{"LUVLE-4.1-hack-mod_forum-12", "[] [] []"},
	} {
		links, moodle, others, err := job.FindTickets(settings, c.text, true)
		if got := fmt.Sprint(links, moodle, others); got != c.want || err != nil {
			t.Errorf("%q: %s, want %s (%v)", c.text, got, c.want, err)
		}
	}
	if _, _, _, err := job.FindTickets(config.Tracker{Tickets: []string{"("}}, "", true); err == nil {
		t.Error("a pattern that is none was taken")
	}
}
