package check_test

import (
	"bytes"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
)

func branchLessons() []lesson {
	named := func(kind check.Kind, name string, change func(*check.Subject)) *checktest.Case {
		return fresh("lib.php", code).On(func(s *check.Subject) {
			s.Branch.Name, s.Branch.Kind = name, kind
			change(s)
		})
	}
	plain := func(*check.Subject) {}
	committed := func(s *check.Subject) { s.Committing = false }
	based := func(state check.BaseState, found string) *checktest.Case {
		return fresh("lib.php", code).On(func(s *check.Subject) { s.Branch.Base = check.Base{Want: "v4.5.0", Found: found, State: state} })
	}
	return []lesson{
		{"branch-name", "of the scheme", fresh("lib.php", code), ""},
		{"branch-name", "nearly of the scheme", named(check.Misnamed, "LUVLE-4.5-faeture-mod_ouwiki", plain), "branch-name"},
		{"branch-name", "nearly, long after", named(check.Misnamed, "LUVLE-4.5-faeture-mod_ouwiki", committed), "branch-name"},
		{"branch-name", "somebody's own", named(check.Foreign, "wip", plain), "warning branch-name"},
		{"branch-name", "somebody's own, long after", named(check.Foreign, "wip", committed), ""},
		{"branch-name", "no branch at all", named(check.Unknown, "", plain), ""},

		{"branch-base", "the series' own", based(check.BaseFits, "v4.5.0"), ""},
		{"branch-base", "a later minor release", based(check.BaseLater, "v4.5.3"), ""},
		{"branch-base", "another series", based(check.BaseWrong, "v4.4.2"), "branch-base"},
		{"branch-base", "no release at all", based(check.BaseWrong, ""), "branch-base"},
		{"branch-base", "nobody knows", based(check.BaseUnknown, ""), ""},

		{"mgit-merged", "a merge of another branch", named(check.Ours, "LUVLE-4.5-feature-mod_ouwiki", func(s *check.Subject) { s.Merging = true }), ""},
		{"mgit-merged", "a merge of the mgit branch", named(check.Ours, "LUVLE-4.5-feature-mod_ouwiki", func(s *check.Subject) {
			s.Merging, s.StateMerged = true, []git.ID{git.ZeroID}
		}), "mgit-merged"},

		{"target-merged", "a target is being merged", withTarget(check.TargetInside{Target: "LUVLE-4.5-test"}), "target-merged"},
		{"target-merged", "a target was merged, with what others have in it", withTarget(check.TargetInside{Target: "LUVLE-4.5-test", Merge: someID}), "target-merged"},
		{"target-merged", "it was begun on a target", withTarget(check.TargetInside{Target: "LUVLE-4.5-deployment", Own: someID}), "target-merged"},
		{"target-merged", "a target in another", withTarget(check.TargetInside{Target: "LUVLE-4.5-test", Merge: someID}).On(func(s *check.Subject) { s.Branch.Kind = check.Target }), ""},

		{"protected-branch", "a branch for committing", fresh("lib.php", code), ""},
		{"protected-branch", "a target", named(check.Target, "LUVLE-4.5-test", plain), "protected-branch"},
		{"protected-branch", "a merge into a target", named(check.Target, "LUVLE-4.5-test", func(s *check.Subject) { s.Merging = true }), ""},
		{"protected-branch", "what is on a target", named(check.Target, "LUVLE-4.5-test", committed), ""},
		{"protected-branch", "upstream's", named(check.Upstream, "MOODLE_405_STABLE", plain), "protected-branch"},
		{"protected-branch", "mgit's own", named(check.State, "mgit", plain), "warning protected-branch"},
	}
}

// someID is the id of a commit that is not there.
var someID = git.ID(bytes.Repeat([]byte{0xab}, len(git.ZeroID)))

// withTarget is a change that has a target in it, and with it files of other branches.
func withTarget(inside check.TargetInside) *checktest.Case {
	return fresh("lib.php", code).Adds("local/other/settings.php", code).Has("local/other/version.php", checktest.Plugin("local_other", older)).On(func(s *check.Subject) {
		s.Committing = false
		s.Targets = []check.TargetInside{inside}
	})
}

func scopeLessons() []lesson {
	const course = "<?php\n// Courses.\n"
	subplugins := `{"plugintypes": {"ouwikiview": "mod/ouwiki/view"}}`
	return []lesson{
		{"scope", "inside of the plugin", fresh("classes/page.php", code), ""},
		{"scope", "another plugin", fresh("lib.php", code).Adds("local/other/settings.php", code).Has("local/other/version.php", checktest.Plugin("local_other", older)), "scope local/other/settings.php:1"},
		{"scope", "a name that begins like it", whole().Adds("mod/ouwikitoo/x.txt", "x\n").Has("mod/ouwikitoo/version.php", checktest.Plugin("mod_ouwikitoo", older)), "scope mod/ouwikitoo/x.txt:1"},
		{"scope", "a script at the top", whole().Adds("deploy.sh", "ls\n"), "scope deploy.sh:1"},
		{"scope", "a name with a newline", whole().Adds("local/a\nb", "x\n"), "scope local/a\nb:1"},
		{"scope", "a name that is not UTF-8", whole().Adds("\xff", "x\n"), "scope \xff:1"},
		{"scope", "a sub-plugin that it declares", whole().Has("mod/ouwiki/db/subplugins.json", subplugins).Adds("mod/ouwiki/view/map/version.php", checktest.Plugin("ouwikiview_map", older)).
			Adds("mod/ouwiki/view/map/lang/en/ouwikiview_map.php", "<?php\n$string['pluginname'] = 'Map';\n"), ""},
		{"scope", "a sub-plugin in core's plugin", at45().On(kind("feature", "quizaccess_lock")).Adds("mod/quiz/accessrule/lock/rule.php", code).Has("mod/quiz/accessrule/lock/version.php", checktest.Plugin("quizaccess_lock", older)), ""},
		{"scope", "the hack's component", hackOf("mod_forum").Adds("mod/forum/more.php", code), ""},
		{"scope", "a path that the hack lists", hackOf("mod_forum", "course").Changes("course/lib.php", course, course+"f();\n"), ""},
		{"scope", "a path that the hack does not list", hackOf("mod_forum", "user").Changes("course/lib.php", course, course+"f();\n"), "scope course/lib.php:3"},
		{"scope", "a listed path, below public/ since", at51().On(kind("hack", "mod_forum", "course/lib.php")).On(reasoned).Changes("public/course/lib.php", course, course+"f();\n"), ""},
		{"scope", "members of a set", whole().On(set([]string{"mod_ouwiki", "block_lu"})).Adds("mod/ouwiki/a.php", code).Adds("blocks/lu/a.php", code).Has("blocks/lu/version.php", checktest.Plugin("block_lu", older)), ""},
		{"scope", "no member of the set", whole().On(set([]string{"block_lu"})).Adds("mod/ouwiki/a.php", code), "scope mod/ouwiki/a.php:1"},
		{"scope", "a set that says nothing", whole().On(set(nil)).Adds("mod/ouwiki/a.php", code), "warning scope"},
		{"scope", "a submodule and its list", whole().Adds(".gitmodules", "[submodule]\n").Adds("mod/ouwiki/lib", "").Mode("mod/ouwiki/lib", git.ModeGitlink), ""},

		{"core-changed", "core is left alone", fresh("lib.php", code), ""},
		{"core-changed", "a line of core", whole().Changes("course/lib.php", course, course+"f();\n"), "core-changed course/lib.php:3"},
		{"core-changed", "a line that core loses", whole().Changes("course/lib.php", course, "<?php\n"), "core-changed course/lib.php"},
		{"core-changed", "a file in core's folder", whole().Adds("course/mine.php", code), "core-changed course/mine.php:1"},
		{"core-changed", "a file that core loses", whole().Removes("lib/moodlelib.php", code), "core-changed lib/moodlelib.php"},
		{"core-changed", "a plugin of core's", whole().Changes("mod/forum/lib.php", code, code+"f();\n"), "core-changed mod/forum/lib.php:3"},
		{"core-changed", "moved out of core", whole().Moves("course/lib.php", "mod/ouwiki/lib.php", code), "core-changed course/lib.php"},
		{"core-changed", "the same, by a hack", hackOf("core_course").Changes("course/lib.php", course, course+"f();\n"), ""},

		{"public-place", "where Moodle looks since 5.1", at51().Adds("public/mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)).Adds("public/mod/ouwiki/lang/en/ouwiki.php", ouwikiStrings), ""},
		{"public-place", "where it looked before 5.1", at51().Adds("mod/ouwiki/lib.php", code), "public-place mod/ouwiki/lib.php"},
		{"public-place", "a tool, whose old folder is still there", at51().On(kind("feature", "tool_lu")).Has("admin/cli/upgrade.php", code).Adds("admin/tool/lu/lib.php", code), "public-place admin/tool/lu/lib.php"},
		{"public-place", "public/ too early", at45().Adds("public/mod/ouwiki/lib.php", code), "public-place public/mod/ouwiki/lib.php"},
		{"public-place", "a file of the site at the top", at51().On(kind("hack", "core", "Jenkinsfile")).On(reasoned).Adds("Jenkinsfile", "x\n"), ""},
		{"public-place", "what stayed at the top", at51().On(kind("hack", "core")).On(reasoned).Changes("lib/plugins.json", "{}\n", "{\"standard\": {}}\n"), ""},
		{"public-place", "a script for the command line", at51().On(kind("hack", "core")).On(reasoned).Has("admin/cli/upgrade.php", code).Adds("admin/cli/mine.php", code), ""},
	}
}
