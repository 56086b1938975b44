package demo

// The landmarks are functions that the branches of the site change, and some of
// them upstream as well. They stand in the libraries between the generated ones.

// landmark returns the function that stands behind the i-th pair of routines of a
// component's library, "" for none.
func landmark(component string, i int) string {
	if i > 0 {
		return ""
	}
	switch component {
	case "mod_forum":
		return forumSubject
	case "mod_resource":
		return resourceFile
	case "mod_quiz":
		return quizGrace
	case "mod_assign":
		return assignTypes
	case "mod_folder":
		return folderSize
	case "enrol_self":
		return enrolKey
	}
	return ""
}

const forumSubject = `/**
 * Returns the subject of an answer.
 *
 * @param string $subject of the post that is answered
 * @return string
 */
function forum_reply_subject(string $subject): string {
    $re = get_string('re', 'forum');
    $known = ['Re:', 'Aw:', $re];

    foreach ($known as $prefix) {
        if (strpos($subject, $prefix) === 0) {
            return $subject;
        }
    }

    $maximum = 255;
    return shorten_text($re . ' ' . $subject, $maximum);
}
`

const resourceFile = `/**
 * Returns the file that a resource shows.
 *
 * @param context $context of the resource
 * @return stored_file|null
 */
function resource_main_file(context $context): ?stored_file {
    $storage = get_file_storage();
    $files = $storage->get_area_files($context->id, 'mod_resource', 'content', 0, 'sortorder DESC, id ASC', false);

    // The main file has the highest order.
    $main = reset($files);
    if ($main === false) {
        return null;
    }

    return $main;
}
`

const quizGrace = `/**
 * Returns how long an attempt may be handed in after its time is over.
 *
 * @param stdClass $quiz the record
 * @return int seconds
 */
function quiz_grace_period(stdClass $quiz): int {
    $minimum = (int) get_config('quiz', 'graceperiodmin');
    $own = (int) $quiz->graceperiod;

    if ($quiz->overduehandling !== 'graceperiod') {
        return 0;
    }

    return $own;
}
`

const assignTypes = `/**
 * Returns the file types that may be handed in.
 *
 * @param stdClass $assign the record
 * @return string[] the extensions
 */
function assign_allowed_types(stdClass $assign): array {
    $configured = (string) $assign->filetypes;
    $separator = ',';

    $types = explode($separator, $configured);
    $types = array_map('trim', $types);

    sort($types);
    return array_values(array_unique($types));
}
`

const folderSize = `/**
 * Tells whether a folder may be downloaded as one archive.
 *
 * @param int $bytes the size of all files
 * @return bool
 */
function folder_archive_available(int $bytes): bool {
    $limit = (int) get_config('folder', 'maxsizetodownload');
    $unit = 1024 * 1024;

    if ($limit == 0) {
        return true;
    }

    return $bytes <= $limit * $unit;
}
`

const enrolKey = `/**
 * Tells whether a key opens a course.
 *
 * @param string $key what the user has typed
 * @param string $password of the instance
 * @return bool
 */
function enrol_self_check_key(string $key, string $password): bool {
    $key = trim($key);
    $password = trim($password);

    if ($password === '') {
        return true;
    }

    return $key === $password;
}
`

const gradeRound = `/**
 * Rounds a grade for display.
 *
 * @param float $grade the exact grade
 * @param int $decimals how many digits behind the point
 * @return float
 */
function grade_round(float $grade, int $decimals): float {
    $precision = max(0, min(5, $decimals));

    $rounded = round($grade, $precision);

    return $rounded;
}
`

const gradeLetter = `/**
 * Returns the letter for a percentage.
 *
 * @param array $letters the lower boundaries, highest first
 * @param float $percentage of the maximum
 * @return string
 */
function grade_letter(array $letters, float $percentage): string {
    $percentage = max(0, $percentage);

    foreach ($letters as $boundary => $letter) {
        if ($percentage > $boundary) {
            return $letter;
        }
    }

    return '-';
}
`

const courseSummary = `/**
 * Returns the summary of a course for lists.
 *
 * @param stdClass $course the record
 * @return string
 */
function course_short_summary(stdClass $course): string {
    $summary = format_text($course->summary, $course->summaryformat);
    $summary = strip_tags($summary);

    $length = 200;
    if (core_text::strlen($summary) <= $length) {
        return $summary;
    }

    return shorten_text($summary, $length);
}
`

const userAccess = `/**
 * Tells how long a user has been away.
 *
 * @param stdClass $user the record
 * @return string for people
 */
function user_last_access(stdClass $user): string {
    $never = get_string('never');
    $seconds = time() - (int) $user->lastaccess;

    if (empty($user->lastaccess)) {
        return $never;
    }

    return format_time($seconds);
}
`

const fullName = `/**
 * Returns the name of a user as the site writes it.
 *
 * @param stdClass $user the record
 * @return string
 */
function moodle_user_label(stdClass $user): string {
    $first = trim($user->firstname);
    $last = trim($user->lastname);

    $parts = array_filter([$first, $last]);
    $label = implode(' ', $parts);

    return $label === '' ? '-' : $label;
}
`

const recentPage = `require_once('../config.php');
require_once('lib.php');
require_once('recent_form.php');

$id = required_param('id', PARAM_INT);
$course = get_course($id);
require_login($course);

// How far back the page goes when nobody has chosen anything.
$days = 14;
$since = time() - $days * DAYSECS;

$PAGE->set_url('/course/recent.php', ['id' => $id]);
$PAGE->set_pagelayout('incourse');
$PAGE->set_title($course->shortname . ': ' . get_string('recentactivity'));
$PAGE->set_heading($course->fullname);

$context = context_course::instance($course->id);
$form = new recent_form($PAGE->url, ['course' => $course, 'since' => $since]);
$chosen = (object) ['user' => 0, 'modid' => 'all', 'group' => 0, 'date' => $since, 'sortby' => 'default'];
if ($submitted = $form->get_data()) {
    $chosen = $submitted;
}

$modinfo = get_fast_modinfo($course);
$activities = [];
$index = 0;
foreach ($modinfo->get_cms() as $cm) {
    if (!$cm->uservisible || !plugin_supports('mod', $cm->modname, FEATURE_SHOW_DESCRIPTION)) {
        continue;
    }
    if ($chosen->modid !== 'all' && $chosen->modid != $cm->id) {
        continue;
    }
    $function = $cm->modname . '_get_recent_mod_activity';
    if (function_exists($function)) {
        $function($activities, $index, $chosen->date, $course->id, $cm->id, $chosen->user, $chosen->group);
    }
}

usort($activities, function($a, $b) use ($chosen) {
    return $chosen->sortby === 'datedesc' ? $b->timestamp <=> $a->timestamp : $a->timestamp <=> $b->timestamp;
});

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('recentactivity'));
$form->display();
if (!$activities) {
    echo html_writer::tag('p', get_string('norecentactivity'));
}
foreach ($activities as $activity) {
    $function = $activity->type . '_print_recent_mod_activity';
    $function($activity, $course->id, has_capability('moodle/course:viewparticipants', $context), []);
}
echo $OUTPUT->footer();
`
