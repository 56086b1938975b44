package checktest

import (
	"fmt"
	"strings"
)

// coreOf is the least that makes a tree a Moodle.
func coreOf(series string) map[string]string {
	major, minor, _ := strings.Cut(series, ".")
	version := "2024100700.00"
	docroot := ""
	if len(major) == 1 && major >= "5" && series != "5.0" {
		version, docroot = "2025100600.00", "public/"
	}
	branch := fmt.Sprintf("%s%02s", major, minor)
	core := fmt.Sprintf("<?php\n$version  = %s;\n$release  = '%s (Build: %s)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n",
		version, series, version[:8], branch)
	components := `{"plugintypes": {"mod": "PUBmod", "block": "PUBblocks", "local": "PUBlocal", "tool": "PUBadmin/tool", "editor": "PUBlib/editor", "qtype": "PUBquestion/type", "theme": "PUBtheme"},
 "subsystems": {"admin": "PUBadmin", "course": "PUBcourse", "grades": "PUBgrade", "user": "PUBuser", "access": null}}`
	plugins := `{"standard": {"mod": ["assign", "forum", "quiz", "resource"], "block": ["html"], "tool": ["log"], "theme": ["boost"]}, "deleted": {}}`
	files := map[string]string{
		docroot + "version.php":                        core,
		"lib/components.json":                          strings.ReplaceAll(components, "PUB", docroot),
		"lib/plugins.json":                             plugins,
		docroot + "lib/moodlelib.php":                  "<?php\n// Core.\nfunction core_function() {\n    return 1;\n}\n",
		docroot + "mod/forum/version.php":              plugin("mod_forum", version),
		docroot + "mod/forum/lib.php":                  "<?php\nfunction forum_one() {\n    return 1;\n}\n",
		docroot + "mod/resource/version.php":           plugin("mod_resource", version),
		docroot + "mod/resource/lib.php":               "<?php\nfunction resource_one() {\n    return 1;\n}\n",
		docroot + "mod/quiz/version.php":               plugin("mod_quiz", version),
		docroot + "mod/quiz/db/subplugins.json":        `{"plugintypes": {"quiz": "mod/quiz/report", "quizaccess": "mod/quiz/accessrule"}}`,
		docroot + "mod/forum/lang/en/forum.php":        "<?php\n$string['pluginname'] = 'Forum';\n",
		docroot + "mod/resource/lang/en/resource.php":  "<?php\n$string['pluginname'] = 'File';\n",
		docroot + "course/lib.php":                     "<?php\n// Courses.\n",
		docroot + "blocks/html/version.php":            plugin("block_html", version),
		docroot + "blocks/html/block_html.php":         "<?php\nclass block_html extends block_base {\n}\n",
		docroot + "blocks/html/lang/en/block_html.php": "<?php\n$string['pluginname'] = 'Text';\n",
	}
	return files
}

// plugin is the version.php of a plugin.
func plugin(component, version string) string {
	return fmt.Sprintf("<?php\n$plugin->version   = %s;\n$plugin->requires  = 2024100100;\n$plugin->component = '%s';\n", version[:10], component)
}

// Plugin is the version.php of a plugin, for tests that want another one.
func Plugin(component, version string) string {
	return plugin(component, version+strings.Repeat("0", max(0, 10-len(version))))
}
