package forecast_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/forecast"
)

// script wraps the body of an upgrade function.
func script(body string) string {
	return "<?php // This file keeps track of upgrades.\nfunction xmldb_main_upgrade($oldversion) {\n" + body + "\nreturn true;\n}\n"
}

// shape writes the steps in short: [from <= ]v[ < below] and what is special.
func shape(s forecast.Script) []string {
	shapes := []string{}
	for _, step := range s.Steps {
		text := fmt.Sprintf("%d:", step.Line)
		if step.From != "" {
			text += " from " + step.From
		}
		if step.Below != "" {
			text += " below " + step.Below
		}
		if step.Condition != "" {
			text += " if " + step.Condition
		}
		if len(step.Savepoints) > 0 {
			text += " saves " + strings.Join(step.Savepoints, ",")
		}
		if step.Stops {
			text += " stops: " + step.Says
		}
		shapes = append(shapes, text)
	}
	for _, u := range s.Unread {
		shapes = append(shapes, fmt.Sprintf("%d: unread: %s", u.Line, u.Why))
	}
	return shapes
}

func TestStepsAreFound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{
			"a plain step", "if ($oldversion < 2024100700.01) {\n upgrade_main_savepoint(true, 2024100700.01);\n}",
			[]string{"3: below 2024100700.01 saves 2024100700.01"},
		},
		{
			"without blanks and the other way round", "if(2024100700>$oldversion){upgrade_main_savepoint(true,2024100700);}",
			[]string{"3: below 2024100700 saves 2024100700"},
		},
		{
			"the era of $result", "if ($result && $oldversion < 2007101500) {\n $result = $result && true;\n upgrade_main_savepoint($result, 2007101500);\n}",
			[]string{"3: below 2007101500 saves 2007101500"},
		},
		{
			"with another condition", "if (!empty($CFG->rolesactive) && $oldversion < 2007101500) { }",
			[]string{"3: below 2007101500 if !empty($CFG->rolesactive)"},
		},
		{
			"inside an if about something else", "if ($a) {\n if ($oldversion < 2) { upgrade_mod_savepoint(true, 2, 'quiz'); }\n}",
			[]string{"4: below 2 if $a saves 2"},
		},
		{
			"a range", "if ($oldversion >= 2012062504.08 && $oldversion < 2012062504.13) { }",
			[]string{"3: from 2012062504.08 below 2012062504.13"},
		},
		{
			"in comments and strings there are none",
			"// if ($oldversion < 1) { }\n/* if ($oldversion < 2) { } */ # if ($oldversion < 3) { }\n$x = 'if ($oldversion < 4) { }';\n$y = <<<SQL\nif ($oldversion < 5) { }\nSQL;\nif ($oldversion < 6) { }",
			[]string{"9: below 6"},
		},
		{
			"steps inside steps", "if ($oldversion < 5) {\n if ($oldversion < 3) {\n  upgrade_main_savepoint(true, 3);\n }\n upgrade_main_savepoint(true, 5);\n}",
			[]string{"3: below 5 saves 5", "4: below 3 saves 3"},
		},
		{
			"else and elseif", "if ($oldversion < 5) {\n a();\n} elseif ($oldversion < 7) {\n b();\n} else if ($oldversion < 9) {\n c();\n} else {\n d();\n}",
			[]string{"3: below 5", "5: from 5 below 7", "7: from 7 below 9", "9: from 9"},
		},
		{
			"else of a step with another condition", "if ($oldversion < 5 && $x) { } else { f(); }",
			[]string{"3: below 5 if $x"},
		},
		{
			"without braces", "if ($oldversion < 5) upgrade_main_savepoint(true, 5);\nif ($oldversion < 6)\n foreach ($a as $b) { c(); }\nd();",
			[]string{"3: below 5 saves 5", "4: below 6"},
		},
		{
			"a number that is none", "if ($oldversion < FORUM_VERSION) {\n upgrade_mod_savepoint(true, FORUM_VERSION, 'forum');\n}",
			[]string{"3: unread: what is asked of the old version is no comparison with a number", "4: unread: a savepoint outside of a step"},
		},
		{
			"a savepoint that is no number", "if ($oldversion < 5) {\n upgrade_mod_savepoint(true, $version, 'forum');\n}",
			[]string{"3: below 5", "4: unread: the savepoint is no number"},
		},
		{
			"or", "if ($oldversion < 5 || $force) {\n a();\n}",
			[]string{"3: unread: what is asked of the old version is no comparison with a number"},
		},
		{
			"other uses", "switch ($oldversion) { case 1: a(); }\nupgrade_helper($oldversion);",
			[]string{"3: unread: the old version is used outside of an if", "4: unread: the old version is used outside of an if"},
		},
		{
			"the form with a colon", "if ($oldversion < 5):\n a();\nendif;\nif ($oldversion < 6) { }",
			[]string{"6: below 6", "3: unread: an if in the form with a colon"},
		},
		{
			"a stop", "if ($oldversion < 2022112802) {\n echo(\"You need to upgrade to 4.1.2 or higher first!\\n\");\n exit(1);\n upgrade_main_savepoint(true, 2022112802);\n}",
			[]string{"3: below 2022112802 saves 2022112802 stops: You need to upgrade to 4.1.2 or higher first!"},
		},
		{
			"an exit behind a condition is no stop", "if ($oldversion < 5) {\n if (!$x) { exit(1); }\n if ($y) exit;\n}",
			[]string{"3: below 5"},
		},
		{
			"words in upper case, numbers in quotes", "IF ($oldversion < '2024100700') { UPGRADE_MAIN_SAVEPOINT(true, '2024100700'); }",
			[]string{"3: below 2024100700 saves 2024100700"},
		},
		{
			"broken braces", "if ($oldversion < 5) { foo(;\nif ($oldversion < 6) { ",
			[]string{"3: below 5", "4: below 6"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, shape(parse(script(test.body)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The name of the parameter is the file's own, and what is no PHP is passed over.
func TestFilesOfAllKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, source string
		function     string
		steps        int
	}{
		{"nothing", "", "", 0},
		{"no PHP", "if ($oldversion < 5) { }", "", 0},
		{"another parameter", "<?php function xmldb_block_x_upgrade($old=0) { if ($old < 5) { } if ($oldversion < 6) { } }", "xmldb_block_x_upgrade", 1},
		{"a return type and a reference", "<?php function &xmldb_local_x_upgrade(int $oldversion): bool { if ($oldversion < 5) { } }", "xmldb_local_x_upgrade", 1},
		{"text around", "if ($oldversion < 1) {} <?php function xmldb_x_upgrade($o) { ?> if ($o < 2) {} <?php if ($o < 3) {} }", "xmldb_x_upgrade", 1},
		{"CRLF", "<?php\r\nfunction xmldb_x_upgrade($o) {\r\n// if ($o < 1) {\r\nif ($o < 2) {\r\n}\r\n}\r\n", "xmldb_x_upgrade", 1},
		{"another function", "<?php function forum_upgrade($oldversion) { if ($oldversion < 2) { } }", "", 0},
		{"no parameter", "<?php function xmldb_x_upgrade() { if ($oldversion < 2) { } }", "xmldb_x_upgrade", 0},
		{"no end", "<?php function xmldb_x_upgrade($o) { if ($o < 2", "xmldb_x_upgrade", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := forecast.ParseScript([]byte(test.source))
			if s.Function != test.function || len(s.Steps) != test.steps {
				t.Errorf("function %q with %d steps, want %q with %d", s.Function, len(s.Steps), test.function, test.steps)
			}
		})
	}
}

func TestSavepointCalls(t *testing.T) {
	t.Parallel()
	steps := forecast.ParseScript([]byte(script(`if ($oldversion < 5) {
    if ($oldversion < 3) { f(); }
    if ($x) { Upgrade_Mod_Savepoint(true, 5, 'quiz'); }
    \upgrade_plugin_savepoint(f(1, 2), $version, "tool", 'log' . 'x',);
}`))).Steps
	got := steps[0].Calls
	line := got[0].Line
	want := []forecast.SavepointCall{
		{line, "upgrade_mod_savepoint", []string{"true", "5", "quiz"}},
		{line + 1, "upgrade_plugin_savepoint", []string{"", "", "tool", ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" || line < 2 || steps[0].Inside || !steps[1].Inside {
		t.Errorf("calls (+) are not those wanted (-):\n%s", diff)
	}
}

func TestWhichStepsRun(t *testing.T) {
	t.Parallel()
	s := parse(script(`
if ($oldversion < 10) { }
if ($oldversion >= 10 && $oldversion < 20.05) { }
if ($oldversion <= 20.05) { if ($oldversion > 10) { } }
if ($oldversion < 5) { } else { }
if ($oldversion == 30) { }
`))
	for old, want := range map[string][]int{
		"4":        {4, 6, 7},
		"9":        {4, 6, 7},
		"10":       {5, 6, 7},
		"20.04":    {5, 6, 6, 7},
		"20.05":    {6, 6, 7},
		"20.5":     {7},
		"20.05001": {7},
		"30":       {7, 8},
		"30.0":     {7, 8},
	} {
		var got []int
		for _, step := range s.Steps {
			if step.RunsFrom(old) {
				got = append(got, step.Line)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("from %s the steps of lines %v run, want %v", old, got, want)
		}
	}
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	s := parse(script("if ($oldversion < 5) { upgrade_main_savepoint(true, 5.0); }\nif ($oldversion < 6) { }\nif ($oldversion < 7) { upgrade_main_savepoint(true, 8); }"))
	var got []int
	for _, step := range s.Steps {
		got = append(got, len(step.Remarks(s.HasSavepoints())))
	}
	if !slices.Equal(got, []int{0, 1, 1}) {
		t.Errorf("remarks %v, want one for the missing and one for the other number", got)
	}
	if s := parse(script("if ($oldversion < 6) { }")); len(s.Steps[0].Remarks(s.HasSavepoints())) != 0 {
		t.Error("a file of the time before savepoints has a remark for each step")
	}
}

// hostile are files made to cost more than they are long.
func hostile(n int) map[string]string {
	return map[string]string{
		"deep ifs":            script("" + strings.Repeat("if ($oldversion < 5) {", n)),
		"deep other ifs":      script(strings.Repeat("if ($a) {", n) + "if ($oldversion < 5) { }"),
		"else chain":          script(strings.Repeat("if ($oldversion < 5 && $b) { } else ", n)),
		"elseifs":             script("if ($oldversion < 1) { }" + strings.Repeat("elseif ($oldversion < 5) { }", n)),
		"elses":               script(strings.Repeat("else ", n)),
		"open brackets":       script(strings.Repeat("(", n) + strings.Repeat("}", n)),
		"loops in loops":      script(strings.Repeat("foreach ($DB->get_records('user') as $x) ", n)),
		"loops in subjects":   script(strings.Repeat("foreach (", n)),
		"heredocs":            script(strings.Repeat("<<<A\n", n)),
		"strings":             script(strings.Repeat("$sql .= 'UPDATE {user}'; ", n) + "$DB->execute($sql);"),
		"one long condition":  script("if ($oldversion < 5" + strings.Repeat(" && $x", n) + ") { }"),
		"one long ||":         script("if (" + strings.Repeat("$oldversion || ", n) + "1) { }"),
		"chain of functions":  script("f0();\n}\n" + functions(n)),
		"functions in circle": script("f0();\n}\n" + functions(n) + "function last() { f0(); }"),
		"unclosed":            script(strings.Repeat("if ($oldversion < 5) $DB->execute(", n)),
		"colons":              script(strings.Repeat("if ($oldversion < 5): ", n)),
		"foreach with colons": script(strings.Repeat("foreach ($a as $b): ", n)),
		"savepoints":          script(strings.Repeat("upgrade_main_savepoint(", n)),
	}
}

func parse(source string) forecast.Script { return forecast.ParseScript([]byte(source)) }

func functions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "function f%d() { global $DB; $DB->execute('UPDATE {t%d} SET x=1'); f%d(); }\n", i, i, i+1)
	}
	return b.String()
}

// Ten times the length may take ten times as long, with room for noise, and not a
// hundred times. What is measured is the time of the processor: the machine may be
// busy with other things.
func TestHostileFilesCostTheirLength(t *testing.T) {
	if testing.Short() {
		t.Skip("what it costs is measured without the race detector")
	}
	const short, factor, room = 600, 10, 5
	for name := range hostile(1) {
		small, large := hostile(short)[name], hostile(short * factor)[name]
		took := func(source string) time.Duration {
			best := time.Hour
			for range 2 {
				begin := used(t)
				parse(source)
				best = min(best, used(t)-begin)
			}
			return best
		}
		a, b := max(took(small), 2*time.Millisecond), took(large)
		t.Logf("%-20s %8d bytes %10s, %8d bytes %10s", name, len(small), a, len(large), b)
		if b > a*factor*room {
			t.Errorf("%s: %s for %d bytes, %s for %d", name, a, len(small), b, len(large))
		}
	}
}

// used is the processor's time that this process has used.
func used(t *testing.T) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano())
}

func FuzzParseScript(f *testing.F) {
	for _, source := range hostile(3) {
		f.Add([]byte(source), "5")
	}
	f.Add([]byte(script("if ($oldversion < 5) { $t = new xmldb_table('user'); $dbman->add_field($t, $f); }")), "4.1")
	f.Add([]byte("<?php function xmldb_x_upgrade($o) { if ($o < 5): endif; else { } elseif"), "")
	f.Fuzz(func(t *testing.T, source []byte, old string) {
		s := forecast.ParseScript(source, source)
		for _, step := range s.Steps {
			step.RunsFrom(old)
			step.Remarks(true)
			if step.Line < 1 || step.Line > strings.Count(string(source), "\n")+1 {
				t.Errorf("a step in line %d", step.Line)
			}
		}
		if len(s.Steps) > 0 && s.Function == "" {
			t.Error("steps of no function")
		}
		forecast.OwnSteps(source, source)
		forecast.Numbers(source)
	})
}
