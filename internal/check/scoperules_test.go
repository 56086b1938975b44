package check_test

import (
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// kind makes the branch one of a type for a component, with what its record says.
func kind(typ, component string, paths ...string) func(*check.Subject) {
	return func(s *check.Subject) {
		c, err := moodle.ParseComponent(component)
		if err != nil {
			panic(err)
		}
		s.Branch.Type, s.Branch.Component, s.Branch.Key, s.Branch.Paths = typ, c, component, paths
	}
}

// set makes the branch a set.
func set(members []string, paths ...string) func(*check.Subject) {
	return func(s *check.Subject) {
		s.Branch.Set, s.Branch.Component, s.Branch.Key, s.Branch.Paths, s.Branch.HasRecord = "mobile", moodle.Component{}, "set_mobile", paths, true
		for _, m := range members {
			c, err := moodle.ParseComponent(m)
			if err != nil {
				panic(err)
			}
			s.Branch.Members = append(s.Branch.Members, c)
		}
	}
}

// coreVersion is the version.php of core.
func coreVersion(version string) string {
	return "<?php\n$version  = " + version + ";\n$release  = '4.5 (Build: 20241007)';\n$branch   = '405';\n"
}

const code = "<?php\n// One.\n"

func at45() *checktest.Case { return checktest.New().Core("4.5") }
func at51() *checktest.Case { return checktest.New().Core("5.1") }

// upstream is a part of the pristine tree.
func upstream(paths ...string) map[string]string {
	files := make(map[string]string)
	for _, p := range paths {
		files[p] = code
	}
	return files
}

func TestScope(t *testing.T) {
	t.Parallel()
	hack := kind("hack", "mod_resource")
	judge(t, []string{"scope", "core-changed"}, []verdict{
		{name: "feature inside", c: at45().Adds("mod/ouwiki/lib.php", code)},
		{name: "feature and a plugin that Moodle lacks", c: at45().Adds("local/other/lib.php", code), want: []string{"scope local/other/lib.php:1"}, says: "a feature of mod_ouwiki adds a file to local_other"},
		{name: "a longer name", c: at45().Adds("mod/ouwikitoo/lib.php", code), want: []string{"scope mod/ouwikitoo/lib.php:1"}},
		{name: "a new file at the top", c: at45().Adds("deploy.sh", "x\n"), want: []string{"scope deploy.sh:1"}, says: "of no component"},
		{name: "a name with a newline", c: at45().Adds("mod/ouwiki/a\nb.php", code).Adds("local/a\nb", code), want: []string{"scope local/a\nb:1"}},
		{name: "not UTF-8", c: at45().Adds("mod/ouwiki/\xff.php", code).Adds("\xff", "x\n"), want: []string{"scope \xff:1"}},

		{name: "core is changed", c: at45().Changes("course/lib.php", "<?php\n// Courses.\n", "<?php\n// Courses.\n// Mine.\n"), want: []string{"core-changed course/lib.php:3"}, says: "a feature of mod_ouwiki changes a file of core_course | make it a hack"},
		{name: "core gets a file", c: at45().Adds("course/mine.php", code), want: []string{"core-changed course/mine.php:1"}, says: "adds a file to core_course"},
		{name: "core loses lines", c: at45().Changes("course/lib.php", "<?php\n// Courses.\n", "<?php\n"), want: []string{"core-changed course/lib.php"}},
		{name: "core loses a file", c: at45().Removes("lib/moodlelib.php", code), want: []string{"core-changed lib/moodlelib.php"}, says: "removes a file of core"},
		{name: "a plugin of Moodle's", c: at45().Changes("mod/forum/lib.php", code, code+"// Mine.\n"), want: []string{"core-changed mod/forum/lib.php:3"}, says: "a file of mod_forum"},
		{
			name: "a plugin of Moodle's, by the pristine tree", c: at45().Upstream(upstream("mod/forum/version.php", "lib/moodlelib.php")).
				Changes("mod/forum/lib.php", code, code+"// Mine.\n").Adds("mod/quiz/new.php", code),
			want: []string{"core-changed mod/forum/lib.php:3", "scope mod/quiz/new.php:1"},
		},
		{name: "a binary file of core", c: at45().Changes("course/pix.png", "\x00a", "\x00b"), want: []string{"core-changed course/pix.png"}},

		{name: "moved out of core", c: at45().Moves("course/lib.php", "mod/ouwiki/lib.php", code), want: []string{"core-changed course/lib.php"}, says: "moves away a file of core_course"},
		{name: "moved into core", c: at45().Moves("mod/ouwiki/lib.php", "course/mine.php", code), want: []string{"core-changed course/mine.php"}},
		{name: "moved inside", c: at45().Moves("mod/ouwiki/lib.php", "mod/ouwiki/locallib.php", code)},
		{name: "deleted inside", c: at45().Removes("mod/ouwiki/lib.php", code)},

		{name: "sub-plugins that it declares itself", c: at45().
			Adds("mod/ouwiki/db/subplugins.json", `{"plugintypes": {"ouwikiview": "mod/ouwiki/view", "ouwikifar": "local/ouwikifar"}}`).
			Adds("mod/ouwiki/view/map/version.php", code).Adds("local/ouwikifar/one/version.php", code)},
		{name: "sub-plugins in the old form", c: at45().
			Has("mod/ouwiki/db/subplugins.php", "<?php\n$subplugins = array('ouwikifar' => 'local/ouwikifar');\n").
			Adds("local/ouwikifar/one/lib.php", code)},
		{name: "sub-plugins that it no longer declares", c: at45().
			Changes("mod/ouwiki/db/subplugins.json", `{"plugintypes": {"ouwikifar": "local/ouwikifar"}}`, `{"plugintypes": []}`).
			Removes("local/ouwikifar/one/lib.php", code)},
		{name: "a broken declaration", c: at45().Adds("mod/ouwiki/db/subplugins.json", `{`).Adds("mod/ouwiki/lib.php", code)},
		{name: "a sub-plugin of Moodle's", c: at45().On(kind("feature", "quizaccess_lock")).Adds("mod/quiz/accessrule/lock/rule.php", code)},
		{name: "and its owner", c: at45().On(kind("feature", "quizaccess_lock")).Adds("mod/quiz/lock.php", code), want: []string{"core-changed mod/quiz/lock.php:1"}},
		{name: "the quiz's reports have another folder", c: at45().On(kind("feature", "quiz_mine")).Adds("mod/quiz/report/mine/report.php", code)},
		{name: "a sub-plugin whose owner is on another branch", c: at45().On(kind("feature", "customcertelement_lu")).Adds("mod/customcert/element/lu/version.php", code)},
		{name: "that and its owner", c: at45().On(kind("feature", "customcertelement_lu")).Adds("mod/customcert/lib.php", code), want: []string{"scope mod/customcert/lib.php:1"}},

		{name: "a submodule", c: at45().Adds(".gitmodules", "[submodule]\n").Adds("mod/ouwiki", "").Mode("mod/ouwiki", git.ModeGitlink)},
		{name: "a submodule elsewhere", c: at45().Adds("mod/other", "").Mode("mod/other", git.ModeGitlink), want: []string{"scope mod/other"}},
		{name: "only what lists submodules", c: at45().Adds(".gitmodules", "[submodule]\n"), want: []string{"scope .gitmodules:1"}},

		{name: "hack inside", c: at45().On(hack).Changes("mod/resource/lib.php", code, code+"// A.\n")},
		{name: "hack outside", c: at45().On(hack).Changes("mod/forum/lib.php", code, code+"// A.\n"), want: []string{"scope mod/forum/lib.php:3"}, says: "add the path to paths of [branch.mod_resource]"},
		{
			name: "hack with paths", c: at45().On(kind("hack", "mod_resource", "mod/forum/lib.php", "course/")).
				Changes("mod/forum/lib.php", code, code+"// A.\n").Adds("course/more/x.php", code).Adds("mod/forum/lib.php.txt", "x\n"),
			want: []string{"scope mod/forum/lib.php.txt:1"},
		},
		{name: "hack of a subsystem", c: at45().On(kind("hack", "core_grades")).Adds("grade/mine.php", code).Changes("lib/db/install.xml", "a\n", "b\n").
			Changes("version.php", coreVersion("2024100700.00"), coreVersion("2024100700.01")).Adds("lang/en/grades.php", code).Adds("course/mine.php", code), want: []string{"scope course/mine.php:1"}},
		{name: "hack of core", c: at45().On(kind("hack", "core")).Adds("lib/mine.php", code).Adds("course/mine.php", code).Adds("mod/forum/mine.php", code), want: []string{"scope mod/forum/mine.php:1"}},
		{name: "a note of the upgrade", c: at45().On(hack).Adds(".upgradenotes/MDL-1.yml", "x\n")},
		{name: "a note of the upgrade of a feature", c: at45().Upstream(upstream(".upgradenotes/MDL-0.yml")).Adds(".upgradenotes/MDL-1.yml", "x\n"), want: []string{"core-changed .upgradenotes/MDL-1.yml:1"}},

		{name: "set inside", c: at45().On(set([]string{"mod_ouwiki", "local_mobile"}, "theme/boost/scss")).
			Adds("mod/ouwiki/lib.php", code).Adds("local/mobile/lib.php", code).Adds("theme/boost/scss/a.scss", "a\n")},
		{name: "set outside", c: at45().On(set([]string{"local_mobile"})).Adds("mod/ouwiki/lib.php", code), want: []string{"scope mod/ouwiki/lib.php:1"}, says: "a feature of set_mobile adds a file to mod_ouwiki | commit it on the branch"},
		{name: "set of nothing", c: at45().On(set(nil)).Adds("mod/ouwiki/lib.php", code).Adds("a", "a\n"), want: []string{"scope"}, says: `members = ["mod_…"] in [branch.set_mobile]`, weak: true},

		{name: "not on a branch of the site", c: at45().On(func(s *check.Subject) { s.Branch.Kind = check.Target }).Adds("course/mine.php", code)},
		{name: "no Moodle", c: checktest.New().Adds("a.php", code)},
		{name: "both layouts in a record", c: at51().On(kind("hack", "mod_resource", "mod/forum/lib.php")).Changes("public/mod/forum/lib.php", code, code+"// A.\n")},
		{name: "beside public/", c: at51().Adds("mod/ouwiki/lib.php", code)},
		{name: "others' beside public/", c: at51().Adds("mod/other/lib.php", code), want: []string{"scope mod/other/lib.php:1"}},
	})
}

// A merge has others' changes in it: of those nobody asks whether they belong to the branch.
func TestScopeOfAMerge(t *testing.T) {
	t.Parallel()
	s := at45().Changes("course/lib.php", code, code+"// A.\n").Subject(t)
	s.Merging = true
	for _, f := range s.Files {
		f.Before = append(f.Before, check.Blob{Mode: git.ModeFile, Data: []byte("other\n")})
	}
	result, err := check.Run(t.Context(), check.Request{Subject: s})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if f.Rule == "scope" || f.Rule == "core-changed" {
			t.Errorf("found %+v", f)
		}
	}
}

func TestPublicPlace(t *testing.T) {
	t.Parallel()
	known := []string{"admin/cli/cron.php", "public/admin/tool/log/version.php", "public/admin/index.php", "lib/components.json", "lib/behat/extension/a.php", "public/lib/behat/b.php", "README.md", "index.php", "public/index.php", "public/file.php", "public/mod/forum/lib.php", ".github/x.yml", "public/config.php"}
	pristine := func() *checktest.Case { return at51().Upstream(upstream(known...)) }
	judge(t, []string{"public-place"}, []verdict{
		{name: "a plugin", c: at51().Adds("public/mod/ouwiki/lib.php", code)},
		{name: "a plugin outside", c: at51().Adds("mod/ouwiki/lib.php", code), want: []string{"public-place mod/ouwiki/lib.php"}, says: "move it to public/mod/ouwiki/lib.php"},
		{name: "a sub-plugin outside", c: at51().Adds("admin/tool/mine/lib.php", code), want: []string{"public-place admin/tool/mine/lib.php"}},
		{name: "a plugin that lies outside already", c: at51().Changes("mod/ouwiki/lib.php", code, code+"// A.\n")},
		{name: "moved outside", c: at51().Moves("public/mod/ouwiki/lib.php", "mod/ouwiki/lib.php", code), want: []string{"public-place mod/ouwiki/lib.php"}},
		{name: "moved outside of outside", c: at51().Moves("mod/ouwiki/lib.php", "mod/ouwiki/b.php", code)},
		{name: "removed outside", c: at51().Removes("mod/ouwiki/lib.php", code)},
		{name: "twice", c: at51().Adds("public/public/mod/ouwiki/lib.php", code), want: []string{"public-place public/public/mod/ouwiki/lib.php"}, says: "move it to public/mod/ouwiki/lib.php"},
		{name: "command line", c: pristine().Adds("admin/cli/mine.php", code)},
		{name: "command line in public", c: pristine().Adds("public/admin/cli/mine.php", code), want: []string{"public-place public/admin/cli/mine.php"}, says: "beside public/"},
		{name: "administration", c: pristine().Adds("admin/mine.php", code), want: []string{"public-place admin/mine.php"}},
		{name: "a library", c: pristine().Adds("lib/classes/mine.php", code).Adds("public/lib/classes/mine.php", code), want: []string{"public-place lib/classes/mine.php"}},
		{name: "the lists of components", c: pristine().Adds("public/lib/components.json", "{}\n").Adds("public/lib/other.json", "{}\n"), want: []string{"public-place public/lib/components.json"}},
		{name: "what stays at the top", c: pristine().Adds("lib/behat/extension/b.php", code).Adds(".github/y.yml", "y\n").Adds("README.md", "a\n").Adds("index.php", code)},
		{name: "what nobody knows", c: pristine().Adds("Jenkinsfile", "a\n").Adds("deploy/web/a.php", code).Adds("config.php", code).Adds("public/robots.txt", "a\n").Adds("public/README.md", "a\n")},
		{name: "a script of the old layout", c: pristine().Adds("file.php", code), want: []string{"public-place file.php"}},
		{name: "classic", c: at45().Adds("mod/ouwiki/lib.php", code).Adds("theme/public/a.php", code)},
		{name: "too early", c: at45().Adds("public/mod/ouwiki/lib.php", code), want: []string{"public-place public/mod/ouwiki/lib.php"}, says: "Moodle 4.5 has no public/"},
		{name: "on no branch of the site", c: at51().On(func(s *check.Subject) { s.Branch = check.Branch{} }).Adds("mod/ouwiki/lib.php", code), want: []string{"public-place mod/ouwiki/lib.php"}},
	})
}
