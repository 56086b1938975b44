package demo

import (
	"strings"
)

// licence begins every source file, as Moodle's coding style wants it.
const licence = `// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

`

// php returns a PHP file: licence, description, body.
func php(component, does, body string) string {
	return "<?php\n" + licence + docblock(component, does) + body
}

// phpLib is php for a file that must not be called by itself.
func phpLib(component, does, body string) string {
	return php(component, does, "defined('MOODLE_INTERNAL') || die();\n\n"+body)
}

func docblock(component, does string) string {
	return expand(`/**
 * {does}
 *
 * @package    {component}
 * @copyright  Moodle contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

`, "does", does, "component", component)
}

// expand fills the words in braces: expand("{a}", "a", "x") is "x".
func expand(text string, pairs ...string) string {
	var oldnew []string
	for i := 0; i+1 < len(pairs); i += 2 {
		oldnew = append(oldnew, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(oldnew...).Replace(text)
}

// spot is a place in the code where a later change is waiting.
type spot struct {
	component string
	summary   string // of the commit that makes the change
	edit      edit
}

// routine is a function as templates: {p} is the prefix of the functions of the
// file, {n} the thing it is about. The old text is in the body once.
type routine struct {
	body    string
	old     string
	new     string
	summary string
}

// routines are the functions that generated libraries consist of. Each changed
// line is far enough from the function's ends that neither a second change in
// the next function nor the context of a patch can touch it.
func routines() []routine {
	return []routine{
		{
			body: `/**
 * Returns the {n}s of an instance.
 *
 * @param stdClass $instance the record of the instance
 * @param int $limit how many at most, 0 for all of them
 * @return stdClass[] the records by id
 */
function {p}_get_{n}s(stdClass $instance, int $limit = 0): array {
    global $DB;

    $params = ['instanceid' => $instance->id];
    $fields = 'id, name, userid, timemodified';
    ${n}s = $DB->get_records('{p}_{n}s', $params, '', $fields, 0, $limit);
    foreach (${n}s as ${n}) {
        ${n}->name = format_string(${n}->name);
    }
    return ${n}s;
}
`,
			old:     "    ${n}s = $DB->get_records('{p}_{n}s', $params, '', $fields, 0, $limit);\n",
			new:     "    ${n}s = $DB->get_records('{p}_{n}s', $params, 'timemodified DESC, id DESC', $fields, 0, $limit);\n",
			summary: "List the {n}s in a stable order",
		},
		{
			body: `/**
 * Deletes one {n} with everything that belongs to it.
 *
 * @param int $id of the {n}
 * @return bool whether there was one
 */
function {p}_delete_{n}(int $id): bool {
    global $DB;

    ${n} = $DB->get_record('{p}_{n}s', ['id' => $id]);
    if (!${n}) {
        return false;
    }
    $DB->delete_records('{p}_{n}s', ['id' => ${n}->id]);
    cache_helper::purge_by_event('{p}_{n}_deleted');

    return true;
}
`,
			old:     "    $DB->delete_records('{p}_{n}s', ['id' => ${n}->id]);\n",
			new:     "    $transaction = $DB->start_delegated_transaction();\n    $DB->delete_records('{p}_{n}_tags', ['{n}id' => ${n}->id]);\n    $DB->delete_records('{p}_{n}s', ['id' => ${n}->id]);\n    $transaction->allow_commit();\n",
			summary: "Deleting {n}s leaves their tags behind",
		},
		{
			body: `/**
 * Tells whether the user may see one {n}.
 *
 * @param stdClass ${n} the record
 * @param context $context of the instance
 * @param int|null $userid the current user when null
 * @return bool
 */
function {p}_can_view_{n}(stdClass ${n}, context $context, ?int $userid = null): bool {
    global $USER;

    $userid = $userid ?? $USER->id;
    if (${n}->userid == $userid) {
        return true;
    }
    $capability = 'moodle/{p}:view{n}';
    return has_capability($capability, $context, $userid);
}
`,
			old:     "    if (${n}->userid == $userid) {\n",
			new:     "    if (${n}->userid == $userid && !isguestuser($userid)) {\n",
			summary: "Guests must not see the {n}s of other guests",
		},
		{
			body: `/**
 * Counts the {n}s that were changed since a time.
 *
 * @param int $instanceid the instance
 * @param int $since a time stamp
 * @return int
 */
function {p}_count_{n}s(int $instanceid, int $since = 0): int {
    global $DB;

    $select = 'instanceid = :instanceid';
    $params = ['instanceid' => $instanceid];
    if ($since > 0) {
        $select .= ' AND timemodified > :since_{n}';
        $params['since_{n}'] = $since;
    }
    return $DB->count_records_select('{p}_{n}s', $select, $params);
}
`,
			old:     "        $select .= ' AND timemodified > :since_{n}';\n",
			new:     "        $select .= ' AND timemodified >= :since_{n}';\n",
			summary: "New {n}s of the same second are not counted",
		},
		{
			body: `/**
 * Prepares one {n} for the page.
 *
 * @param stdClass ${n} the record
 * @param moodle_url $url of the page it is shown on
 * @return array what the template needs
 */
function {p}_export_{n}(stdClass ${n}, moodle_url $url): array {
    $name = format_string(${n}->name);
    $url = new moodle_url($url, ['{n}' => ${n}->id]);
    $modified = userdate(${n}->timemodified);

    return [
        'id' => ${n}->id,
        'name' => $name,
        'url' => $url->out(),
        'modified' => $modified,
    ];
}
`,
			old:     "    $url = new moodle_url($url, ['{n}' => ${n}->id]);\n",
			new:     "    $url = new moodle_url($url, ['{n}' => ${n}->id, 'sesskey' => sesskey()]);\n",
			summary: "Links to {n}s lack the session key",
		},
		{
			body: `/**
 * Saves one {n} and returns its id.
 *
 * @param stdClass $data from the form
 * @return int
 */
function {p}_save_{n}(stdClass $data): int {
    global $DB, $USER;

    $data->timemodified = time();
    if (empty($data->id)) {
        $data->userid = $USER->id;
        $data->id = $DB->insert_record('{p}_{n}s', $data);
    } else {
        $DB->update_record('{p}_{n}s', $data);
    }
    return $data->id;
}
`,
			old:     "        $DB->update_record('{p}_{n}s', $data);\n",
			new:     "        unset($data->userid);\n        $DB->update_record('{p}_{n}s', $data);\n",
			summary: "Saving {n}s changes their author",
		},
	}
}

// library is the code of a file of functions, with the spots in it.
type library struct {
	code  strings.Builder
	spots []spot
	file  string
	owner string
}

// add adds a routine about a thing.
func (l *library) add(r routine, prefix, thing string) {
	fill := func(text string) string { return expand(text, "p", prefix, "n", thing) }
	l.text(fill(r.body))
	l.spots = append(l.spots, spot{l.owner, fill(r.summary), replace(l.file, fill(r.old), fill(r.new))})
}

// text adds a function as it is.
func (l *library) text(code string) {
	if l.code.Len() > 0 {
		l.code.WriteString("\n")
	}
	l.code.WriteString(code)
}
