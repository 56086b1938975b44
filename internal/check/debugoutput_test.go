package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// debugged is PHP of which the lines with a comment "// !" are found.
func debugged(name, code string) odd {
	return odd{name, adds("a.php", code), blames("a.php", code)}
}

// blames lists the lines that are to blame.
func blames(path, code string) string {
	var found []string
	for i, line := range strings.Split(code, "\n") {
		if strings.Contains(line, "// !") {
			found = append(found, fmt.Sprintf("debug-output %s:%d", path, i+1))
		}
	}
	return strings.Join(found, ", ")
}

func TestDebugOutput(t *testing.T) {
	t.Parallel()
	findsIn(t, "debug-output", []odd{
		debugged("the functions", `<?php
var_dump($a); // !
print_object($course); // !
error_log('here'); // !
\var_dump($a); // !
VAR_DUMP($a); // !
@var_dump($a); // !
print_r($a); // !
print_r ( array(1, 2) ); // !
var_export($a); // !
print_r($a, false); // !
print_r([1, 2], return: FALSE); // !
var_export(f($a, true), 0,); // !
xdebug_break(); // !
xdebug_debug_zval('a'); // !
debug_zval_dump($a); // !
debug_print_backtrace(); // !
echo '<pre>' . print_r($a) . '</pre>'; // !
`),
		debugged("values that are returned", `<?php
$s = print_r($a, true);
$s = var_export([1, 2], 1);
mtrace(print_r($a, $return = true));
$s = print_r($a, $b ?: false);
$s = print_r($a, !false);
$s = print_r($a, return: true);
$s = print_r(return: true, value: false);
`),
		debugged("other things of these names", `<?php
$a->var_dump();
$a?->error_log();
Foo::print_r();
function print_object_of($a) {}
class x { public function &print_r($a) {} const die = 1; }
$var_dump = 1;
$f = 'var_dump';
use function var_dump as dump;
new error_log();
$a->die();
`),
		debugged("no code", `<p>var_dump($a); die;</p>
<?php
// var_dump($a);
# die;
/* var_dump($a);
   die; */
/**
 * print_object($a)
 */
$s = 'var_dump($a); die;';
$s = "die; {$a}";
$s = <<<EOT
var_dump($a);
die;
EOT;
$s = <<<'EOT'
print_r($a);
EOT;
?>
die; exit;
`),
		debugged("where core defines it", `<?php
function print_object($object) {
    echo '<pre>' . htmlspecialchars(print_r($object,true)) . '</pre>';
    if (CLI_SCRIPT) {
        var_dump($object);
    }
}
var_dump($object); // !
`),
		debugged("a guard", `<?php
defined('MOODLE_INTERNAL') || die();
defined('MOODLE_INTERNAL') or die;
if (!defined('MOODLE_INTERNAL')) die('Direct access');
if (!defined('MOODLE_INTERNAL')) {
    die();
}
if (!confirm_sesskey())
    exit;
$a = $b ? 1 : exit;
`),
		debugged("a reason", `<?php
function f() {
    die('cannot go on');
    exit(1);
    g();
}
`),
		debugged("the end of a page", `<?php
if ($a) {
    echo $OUTPUT->footer();
    die;
}
redirect($url);
exit;
function f() {
    header('Location: x');
    exit();
}
`),
		debugged("the end of a script", "<?php\nrequire('../config.php');\necho $OUTPUT->header();\nforeach ($a as $b) {\n    echo $b;\n}\ndie;\n"),
		debugged("the end of a script with functions behind", "<?php\nf();\ndie();\nfunction f() {\n}\n"),
		debugged("in front of code", `<?php
function f() {
    $a = 1;
    die; // !
    return $a;
}
`),
		debugged("in front of a loop", "<?php\n$a = 1;\nexit(); // !\nforeach ($b as $c) {\n}\n"),
		debugged("as the first thing", "<?php\ndie; // !\nrequire('../config.php');\n"),
		debugged("behind what is shown", `<?php
if ($a) {
    var_dump($a); // !
    die; // !
}
if ($a) {
    echo print_r($a, true); exit; // !
}
print_r($a); exit; // !
if ($a) {
    error_log('x'); // !
    die;
}
`),
		debugged("with a value", "<?php\nif ($a) {\n    die(print_r($a, true)); // !\n    die(var_dump($a)); // !\n}\n"),
		debugged("where it cannot be reached", `<?php
function f() {
    return 1;
    die; // !
}
die; // !
`),
		debugged("behind what only sets a variable", `<?php
if ($a) {
    $b = f();
    die; // !
} else {
    $b->c .= 'x';
    exit; // !
}
if ($a) {
    $b->send();
    die;
}
switch ($a) {
    case 'x':
        $b = array(1 => 2);
        die; // !
        break;
}
`),
		debugged("in a switch", `<?php
switch ($action) {
    case 'a':
        f();
        die;
    case 'b':
        die;
    default:
        exit; // !
        g();
        break;
}
`),
		debugged("in the other syntax", "<?php if ($a): f(); die; endif; ?>\n<p>die</p>\n"),
		{"the lines that were there", changes("a.php", "<?php\nvar_dump(1);\n", "<?php\n\nvar_dump(1);\ng();\n"), ""},
		{"a line that moves", changes("a.php", "<?php\nerror_log('x');\nf();\n", "<?php\nf();\nif ($a) {\n    error_log('x');\n}\n"), ""},
		{"a second line of the same text", changes("a.php", "<?php\nerror_log('x');\n", "<?php\nerror_log('x');\nerror_log('x');\n"), "debug-output a.php:3"},
		{"a comment that becomes code", changes("a.php", "<?php\n/*\nvar_dump(1);\n*/\n", "<?php\nvar_dump(1);\n"), ""},
		{"no PHP", adds("a.txt", "<?php\nvar_dump(1);\n"), ""},
		{"a library", adds("lib/x/a.php", "<?php\nvar_dump(1);\n").Has("lib/thirdpartylibs.xml", "<libraries><library><location> x </location></library></libraries>"), ""},
		{"of composer", adds("local/x/vendor/a.php", "<?php\nvar_dump(1);\n"), ""},
		{"a broken list of libraries", adds("lib/x/a.php", "<?php\nvar_dump(1);\n").Has("lib/thirdpartylibs.xml", "<libraries><library>"), "debug-output lib/x/a.php:2"},
		{"a link", checktest.New().Core("4.5").Adds("a.php", "<?php\nvar_dump(1);\n").Mode("a.php", 0o120000), ""},
		{"PHP that does not end", adds("a.php", "<?php\nvar_dump("), "debug-output a.php:2"},
		{"a test", adds("mod/x/tests/a_test.php", "<?php\nvar_dump(1);\n"), "debug-output mod/x/tests/a_test.php:2"},
	})
}

// A sentence for the log of the server may be meant.
func TestLoggedSentences(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]check.Severity{
		"error_log('here');": check.Error,
		"error_log($a);":     check.Error,
		"error_log('this is what came of it: ' . print_r($a, true));":        check.Error,
		"error_log('[client ' . $ip . '] Unknown user, no account: ' . $u);": check.Warning,
		`\error_log("Cron has been running for too long");`:                  check.Warning,
	} {
		result, err := check.Run(t.Context(), check.Request{Subject: adds("a.php", "<?php\n"+code+"\n").Subject(t)})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(result.Findings, func(f check.Finding) bool { return f.Rule == "debug-output" })
		if i < 0 || result.Findings[i].Severity != want {
			t.Errorf("%s: %+v, want %s", code, result.Findings, want)
		}
	}
}

func TestDebugOutputOfJavaScript(t *testing.T) {
	t.Parallel()
	js := func(name, code string) odd {
		return odd{name, adds("mod/x/amd/src/a.js", code), blames("mod/x/amd/src/a.js", code)}
	}
	findsIn(t, "debug-output", []odd{
		js("code", `define(['jquery'], function($) {
    console.log('x'); // !
    console . log('x'); // !
    window.console.log('x'); // !
    my.window.console.log('x');
    window.alert(1);
    console.error('this went wrong');
    debugger; // !
    debugger // !
    if (a) { console.debug(a); } // !
});
`),
		js("no code", `// console.log('x');
/* debugger;
   console.log(1); */
var a = 'console.log(1)', b = "debugger;", c = /console.log(1)/;
var d = `+"`console.log(1) ${e} debugger;`"+`;
a.debugger;
var debuggers = 1, x = {debugger: 1};
my.console.log(1);
`),
		js("in a template", "var a = `a ${console.log(1)} b`; // !\nvar b = `${ {a: `${1}`} } console.log(1)`;\nconsole.log(2); // !\n"),
		js("behind a division", "var a = b / c; console.log(1); // !\nvar e = (b) / 2; console.log(/x/); // !\n"),
		js("behind expressions", "var a = /[/'\"]/; console.log(1); // !\nreturn /'/.test(a) && console.log(1); // !\n"),
		js("that is meant", `console.log(1); // eslint-disable-line no-console
// eslint-disable-next-line no-console
console.log(2);
console.log(3); // !
console.log(4); // eslint-disable-line
// eslint-disable-next-line max-len
console.log(5); // !
/* eslint-disable no-console */
console.log(6);
/* eslint-enable max-len */
console.log(7);
/* eslint-enable no-console */
console.log(8); // !
/* eslint-disable */
console.log(9);
/* eslint-enable */
console.log(10); // !
`),
		{"of YUI", adds("mod/x/yui/src/a/js/a.js", "console.log(1);\n"), "debug-output mod/x/yui/src/a/js/a.js:1"},
		{"that is built", adds("mod/x/amd/build/a.min.js", "console.log(1);\n"), ""},
		{"as browsers get it", adds("mod/x/module.js", "M.mod_x = {};\nconsole.log(1);\n"), "debug-output mod/x/module.js:2"},
		{"elsewhere", adds("mod/x/demodule.js", "console.log(1);\n"), ""},
		{"that was there", changes("mod/x/amd/src/a.js", "console.log(1);\n", "console.log(1);\na();\n"), ""},
		js("that does not end", "console.log('x // !\n/* \n"),
	})
}
