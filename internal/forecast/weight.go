package forecast

import (
	"slices"
	"strings"
)

// Weight is a class of work.
type Weight string

// The weights: Light is done at once on any site, Medium depends on a table that
// is seldom large, and Heavy works on a table that grows with the use of the site.
const (
	Light  Weight = "light"
	Medium Weight = "medium"
	Heavy  Weight = "heavy"
)

// Compare orders weights, the lightest first.
func (w Weight) Compare(v Weight) int { return w.rank() - v.rank() }

func (w Weight) rank() int { return slices.Index([]Weight{Light, Medium, Heavy}, w) }

// Reason is one thing that a step does.
type Reason struct {
	Weight Weight
	Line   int
	// Does is what is done, in a few words: "adds a field", "changes rows one by
	// one". It is a fixed text for each kind.
	Does string
	// Tables are the tables concerned, as far as the code names them.
	Tables []string
	// In is the function in which it is done, for one that the step calls.
	In string
}

// addReason enters a reason; of the same kind there is one, with all tables.
func addReason(all []Reason, r Reason) []Reason {
	for i := range all {
		if a := &all[i]; a.Does == r.Does && a.In == r.In && a.Weight == r.Weight {
			a.Tables = mergeNames(a.Tables, r.Tables)
			return all
		}
	}
	return append(all, r)
}

// heaviest is the weight of the heaviest reason.
func heaviest(reasons []Reason) Weight {
	w := Light
	for _, r := range reasons {
		if r.Weight.Compare(w) > 0 {
			w = r.Weight
		}
	}
	return w
}

// bigTables are the tables that grow with the use of a site: by its users, by what they
// do, and by what is kept of it. A name that ends in _ stands for all that begin so.
var bigTables = []string{
	"assign_grades", "assign_submission", "assign_user_", "assignfeedback_", "assignsubmission_", "assignment_submissions",
	"backup_controllers", "backup_logs", "badge_issued", "block_instances", "block_positions", "chat_messages", "choice_answers",
	"comments", "competency_user", "context", "context_temp", "course_completions", "course_completion_", "course_modules",
	"course_modules_", "course_sections", "data_content", "data_records", "event", "external_tokens", "favourite",
	"feedback_value", "files", "forum_discussions", "forum_posts", "forum_read", "glossary_entries", "grade_",
	"groups_members", "h5pactivity_attempts", "lesson_answers", "lesson_attempts", "lesson_grades", "log", "logstore_",
	"message", "messages", "message_", "notifications", "post", "question", "question_", "quiz_attempts", "quiz_grades",
	"quiz_slots", "quiz_question_instances", "rating", "role_assignments", "scorm_scoes_track", "scorm_scoes_value",
	"sessions", "sessions2", "stats_", "tag_instance", "task_log", "tool_recyclebin_", "user", "user_", "wiki_pages", "wiki_versions",
	"workshop_assessments", "workshop_grades", "workshop_submissions",
}

// isBig reports whether a table is one of those that grow with the use of a site.
func isBig(table string) bool {
	return slices.ContainsFunc(bigTables, func(b string) bool {
		return table == b || strings.HasSuffix(b, "_") && strings.HasPrefix(table, b)
	})
}

// act is one kind of call and what it weighs on a big table, and on another.
type act struct {
	does       string
	big, other Weight
}

// schemaActs are the methods of Moodle's database_manager that change tables that
// exist (lib/ddl/database_manager.php), and the functions of the same names before 2.0.
// A new table is empty; what is done to a big one copies it on some databases.
var schemaActs = map[string]act{
	"create_table":                      {"creates a table", Light, Light},
	"create_temp_table":                 {"creates a table", Light, Light},
	"install_from_xmldb_file":           {"creates tables from a file", Light, Light},
	"install_one_table_from_xmldb_file": {"creates tables from a file", Light, Light},
	"drop_table":                        {"drops a table", Medium, Light},
	"rename_table":                      {"renames a table", Medium, Light},
	"add_field":                         {"adds a field", Heavy, Light},
	"drop_field":                        {"drops a field", Heavy, Light},
	"rename_field":                      {"renames a field", Medium, Light},
	"change_field_type":                 {"changes a field", Heavy, Medium},
	"change_field_precision":            {"changes a field", Heavy, Medium},
	"change_field_unsigned":             {"changes a field", Heavy, Medium},
	"change_field_notnull":              {"changes a field", Heavy, Medium},
	"change_field_default":              {"changes the default of a field", Medium, Light},
	"change_field_enum":                 {"changes a field", Heavy, Medium},
	"drop_enum_from_field":              {"changes a field", Heavy, Medium},
	"add_key":                           {"adds an index", Heavy, Medium},
	"add_index":                         {"adds an index", Heavy, Medium},
	"drop_key":                          {"drops an index", Medium, Light},
	"drop_index":                        {"drops an index", Medium, Light},
	"rename_key":                        {"renames an index", Light, Light},
	"rename_index":                      {"renames an index", Light, Light},
}

// rowActs are the methods of moodle_database that change rows and take a table
// (lib/dml/moodle_database.php). What one row costs is nothing; see loops.
var rowActs = map[string]act{
	"set_field":               {"changes rows", Medium, Light},
	"set_field_select":        {"changes rows", Heavy, Medium},
	"delete_records":          {"deletes rows", Medium, Light},
	"delete_records_list":     {"deletes rows", Medium, Light},
	"delete_records_select":   {"deletes rows", Heavy, Medium},
	"delete_records_subquery": {"deletes rows", Heavy, Medium},
	"replace_all_text":        {"changes rows", Heavy, Medium},
}

// singleActs change one row, or some that the code lists.
var singleActs = []string{
	"insert_record", "insert_record_raw", "insert_records", "update_record", "update_record_raw", "import_record",
}

// queries are the methods whose rows a loop may go through. Those with sql in the
// name take SQL, the others a table.
var queries = []string{
	"get_recordset", "get_recordset_select", "get_recordset_list", "get_recordset_sql", "get_records",
	"get_records_select", "get_records_list", "get_records_sql", "get_records_menu", "get_records_sql_menu",
	"get_records_select_menu", "get_fieldset", "get_fieldset_select", "get_fieldset_sql", "get_counted_recordset_sql",
}

// otherActs are functions of core that work on all of something.
var otherActs = map[string]act{
	"upgrade_set_timeout":        {"asks for more time", Medium, Medium},
	"build_context_path":         {"builds the paths of contexts", Heavy, Heavy},
	"build_all_paths":            {"builds the paths of contexts", Heavy, Heavy},
	"fix_course_sortorder":       {"sorts all courses", Medium, Medium},
	"purge_all_caches":           {"empties caches", Light, Light},
	"rebuild_course_cache":       {"empties caches", Light, Light},
	"grade_regrade_final_grades": {"computes grades", Heavy, Heavy},
}

// on is the weight of an act on tables. Where the code does not name the table it
// is taken for another one, unless it names a big one nearby.
func (a act) on(tables []string) Weight {
	if slices.ContainsFunc(tables, isBig) {
		return a.big
	}
	return a.other
}
