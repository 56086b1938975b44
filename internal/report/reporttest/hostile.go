package reporttest

import (
	"fmt"

	"mgit/internal/job"
)

// Attacks are texts that mean something somewhere: in HTML, XML, JSON, markdown, a
// terminal, a link, or to the eye.
func Attacks() []string {
	return []string{
		"<script>alert(1)</script>",
		"</script><img src=x onerror=alert(2)>",
		"\"onmouseover=alert(3) x=\"",
		"'><svg/onload=alert(4)>",
		"javascript:alert(5)",
		"]]><!-- <![CDATA[ --!>",
		"</title></style></textarea></details></pre>",
		"line\nfeed\r\ncarriage\rreturn",
		"\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
		"bidi \u202etxt.exe\u2066 zero\u200bwidth \ufeff nul\x00 del\x7f c1\u009b",
		"bad utf-8 \xff\xfe\xc0\x80 \xed\xa0\x80",
		"``` ` `````` back`ticks",
		"pipe | a\\| b\\\\| end\\",
		"@admin #123 !45 GH-6 ~label %milestone &epic http://evil.example www.evil.example <a@b.c> :tada:",
		"**bold** _em_ [link](http://evil.example) ![img](http://evil.example/x.png) &lt; &#60;",
		"{{.Policy}} {0} ${x} %s %d",
		"&amp;&lt;script&gt;",
		"/close\n/approve",
		"\u2028\u2029\ufffe\uffff\U0001fffe",
		"../../etc/passwd",
		"C:\\Windows\\x",
		"a:b?c#d%00",
		" leading and trailing ",
		"=1+1",
		"# heading",
		"- item",
		"",
	}
}

// Hostile is a report in which every text that comes from a tree, from a commit or
// from the shared branch is one of Attacks.
func Hostile() *job.CorehackReport {
	r := Empty()
	attacks := Attacks()
	r.Tree = attacks[0] + attacks[8]
	r.Series, r.Branches, r.Target = attacks[13], 31, attacks[14]
	r.Pin.Release, r.Pin.Tag, r.Pin.Describe = attacks[1], attacks[2], attacks[3]
	r.Pin.Series, r.Pin.Version, r.Pin.Branch, r.Pin.Build = attacks[0], attacks[4], attacks[7], attacks[9]
	r.Pin.Claims = &job.PinClaims{Release: attacks[6], Local: attacks[9], Version: attacks[10], Branch: attacks[11], Githash: attacks[0]}
	classes := []string{"modified", "missing", "unknown", "stale", "backport", "whitespace", "mode", "foreign"}
	levels := []string{"critical", "major", "minor", "info"}
	for i, a := range attacks {
		text := a
		at := func(kind string) job.Place { return job.At(fmt.Sprintf("%s/%d/%s", kind, i, text)) }
		decision := &job.Decision{Decision: job.DecisionKeep, Reason: text, Who: text, When: Day()}
		f := job.Finding{
			Place: at("lib"), Component: text, Class: classes[i%len(classes)], Severity: levels[i%len(levels)], Evidence: text,
			Upstream: &job.UpstreamOrigin{Commit: ID(text), Release: text, MDL: text, Subject: text}, Decision: decision,
			Hunks: []job.FindingHunk{
				{Start: 3, BaseStart: 3, Branch: &text, Removed: []string{text + "\n"}, Added: []string{text + "\n", "```\n", "\t" + text}, Note: text, Decision: decision},
				{Start: 9, BaseStart: 7, Marker: &job.Marker{Token: text, Text: text, Ticket: text, Until: text}, Added: []string{"~~~\n", text}},
			},
		}
		r.Findings = append(r.Findings, f)
		r.MissingFromLive = append(r.MissingFromLive, job.MissingChange{
			Place: at("mod"), Component: text, Branch: text, Target: text, Start: i, Lines: 2, Added: []string{text + "\n", text + "\n"},
		})
		r.Plugins = append(r.Plugins, job.FoundPlugin{
			Component: text, Place: at("local"), Version: text, Release: text, Requires: text, Branch: text, Files: i, Problem: text,
			Origin: &job.PluginOrigin{Kind: text, Remote: text, Commit: ID(text), Branch: text, Changed: i, Problem: text},
		})
		r.Unread = append(r.Unread, job.UnreadFile{Place: at("unread"), Reason: text})
		r.Pin.Disagrees = append(r.Pin.Disagrees, job.PinDoubt{ID: "mixed", Text: text})
		r.Pin.Candidates = append(r.Pin.Candidates, job.PinCandidate{Commit: ID(text), Tag: text, Release: text})
		r.Pin.Mixed = append(r.Pin.Mixed, job.PinCandidate{Commit: ID(text), Tag: text, Release: text, Files: i})
	}
	return Finish(r)
}

// Large is a report with n findings of every class and severity, each with lines.
func Large(n int) *job.CorehackReport {
	r := Empty()
	classes := []string{"unknown", "modified", "missing", "stale", "backport", "whitespace", "mode", "foreign"}
	levels := []string{"critical", "major", "minor", "info"}
	for i := range n {
		f := job.Finding{
			Place:     job.At(fmt.Sprintf("mod/module%d/classes/folder/file%d.php", i%300, i)),
			Component: fmt.Sprintf("mod_module%d", i%300), Class: classes[i%len(classes)], Severity: levels[i%7%len(levels)],
			Evidence: "hunk by hunk against 31 branches",
			Hunks: []job.FindingHunk{{
				Start: i + 1, BaseStart: i + 1, Removed: []string{fmt.Sprintf("    $old = %d;\n", i)},
				Added: []string{fmt.Sprintf("    $new = %d;\n", i), "    return $new;\n"},
			}},
		}
		if i%3 == 0 {
			f.Hunks[0].Branch = by("LUVLE-2.5-hack-mod_quiz-timer")
		}
		r.Findings = append(r.Findings, f)
	}
	return Finish(r)
}
