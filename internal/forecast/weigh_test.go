package forecast_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/forecast"
)

// work writes what a step does in short.
func work(s forecast.Step) []string {
	all := []string{string(s.Weight)}
	for _, r := range s.Reasons {
		text := fmt.Sprintf("%s: %s %s", r.Weight, r.Does, strings.Join(r.Tables, ","))
		if r.In != "" {
			text += " in " + r.In
		}
		all = append(all, strings.TrimRight(text, " "))
	}
	for _, q := range s.Queues {
		all = append(all, "queues "+q)
	}
	return all
}

func TestStepsAreWeighed(t *testing.T) {
	t.Parallel()
	helper := `<?php
function upgrade_fix_names() {
	global $DB;
	$DB->execute("UPDATE {user} SET firstname = ''");
	upgrade_fix_more();
}
function upgrade_fix_more() { global $DB; $DB->delete_records_select('label', 'a > 1'); upgrade_fix_names(); }
`
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{"a setting", "set_config('a', 1); unset_config('b');", []string{"light"}},
		{
			"a new table with its fields",
			"$table = new xmldb_table('user_new'); $table->add_field('id', 1); $table->add_key('primary', 2); $table->add_index('x', 3); if (!$dbman->table_exists($table)) { $dbman->create_table($table); }",
			[]string{"light", "light: creates a table user_new"},
		},
		{
			"a field of a big table",
			"$table = new xmldb_table('user'); $field = new xmldb_field('x'); if (!$dbman->field_exists($table, $field)) { $dbman->add_field($table, $field); }",
			[]string{"heavy", "heavy: adds a field user"},
		},
		{
			"a field of another one", "$dbman->add_field(new xmldb_table('label'), $field);",
			[]string{"light", "light: adds a field label"},
		},
		{
			"what is done to several tables is said once", "$table = new xmldb_table('grade_items'); $dbman->add_index($table, $i); $table = new xmldb_table('grade_grades'); $dbman->add_index($table, $i);",
			[]string{"heavy", "heavy: adds an index grade_items,grade_grades"},
		},
		{
			"a table that the code computes", "foreach ($names as $name) { $table = new xmldb_table($name); $dbman->add_index($table, $i); }",
			[]string{"medium", "medium: adds an index"},
		},
		{
			"the functions of 1.9", "$table = new XMLDBTable('course_modules'); $result = $result && change_field_type($table, $field);",
			[]string{"heavy", "heavy: changes a field course_modules"},
		},
		{
			"SQL in a variable", "$sql = 'UPDATE {forum_posts}' .\n ' SET a = b'; $sql .= ' WHERE id IN (SELECT id FROM {forum})'; $DB->execute($sql, array());",
			[]string{"heavy", "heavy: changes rows by SQL of its own forum_posts,forum"},
		},
		{
			"SQL with the prefix of 1.9", "execute_sql(\"DELETE FROM {$CFG->prefix}log WHERE 1\"); execute_sql('UPDATE ' . $CFG->prefix . 'x SET a = 1');",
			[]string{"heavy", "heavy: changes rows by SQL of its own log", "medium: changes rows by SQL of its own"},
		},
		{"SQL that reads", "$DB->execute('SELECT 1 FROM {user}'); $task->execute();", []string{"light"}},
		{
			"rows one by one", "$rs = $DB->get_recordset('quiz_attempts'); foreach ($rs as $r) { $r->x = 1; $DB->update_record('quiz_attempts', $r); } $rs->close();",
			[]string{"heavy", "heavy: changes rows one by one quiz_attempts"},
		},
		{
			"rows of SQL, one by one", "foreach ($DB->get_records_sql(\"SELECT id FROM {label}\") as $r) { $DB->set_field('label', 'a', 1, ['id' => $r->id]); }",
			[]string{"medium", "medium: changes rows one by one label"},
		},
		{
			"a list of the code's own is no loop over rows", "foreach (['a', 'b'] as $name) { $DB->insert_record('config', $name); }",
			[]string{"light"},
		},
		{
			"conditions", "$DB->set_field('user', 'a', 1); $DB->delete_records_select('sessions', 'a < ?'); $DB->delete_records('config', []);",
			[]string{"heavy", "medium: changes rows user", "heavy: deletes rows sessions", "light: deletes rows config"},
		},
		{"more time", "upgrade_set_timeout(3600);", []string{"medium", "medium: asks for more time"}},
		{
			"a task for later", "$task = new \\mod_x\\task\\fix(); \\core\\task\\manager::queue_adhoc_task($task); \\core\\task\\manager::queue_adhoc_task(new other_task());",
			[]string{"light", "light: queues a task for after the upgrade", `queues mod_x\task\fix`, "queues other_task"},
		},
		{
			"functions beside the file, in circle", "upgrade_fix_names();",
			[]string{"heavy", "heavy: changes rows by SQL of its own user in upgrade_fix_names", "medium: deletes rows label in upgrade_fix_names"},
		},
		{
			"methods of that name are others", "$x->upgrade_fix_names(); X::upgrade_fix_names();",
			[]string{"light"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := forecast.ParseScript([]byte(script("if ($oldversion < 5) {\n"+test.body+"\n}")), []byte(helper))
			if len(s.Steps) != 1 || len(s.Always) != 0 {
				t.Fatalf("%d steps, %v besides", len(s.Steps), s.Always)
			}
			if diff := cmp.Diff(test.want, work(s.Steps[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a step does counts for that step, and not for the one around it.
func TestWorkBelongsToItsStep(t *testing.T) {
	t.Parallel()
	s := parse(script(`
upgrade_set_timeout(10);
$table = new xmldb_table('user');
if ($oldversion < 5) {
	if ($oldversion < 3) { $dbman->add_field($table, $f); }
	if ($x) { $dbman->drop_table($table); }
}
if ($oldversion < 6) set_config('a', 1);
`))
	var got []string
	for _, step := range s.Steps {
		got = append(got, strings.Join(work(step), "; "))
	}
	want := []string{"medium; medium: drops a table user", "heavy; heavy: adds a field user", "light"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(s.Always) != 1 || s.Always[0].Does != "asks for more time" || s.Always[0].Line != 4 {
		t.Errorf("besides: %v", s.Always)
	}
}
