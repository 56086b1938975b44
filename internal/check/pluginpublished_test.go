package check_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// A version that rose since the last push is nobody's yet: the commit that raised it is amended, or another one is added to it.
// What asks for a higher one, or takes it back, is a warning then, unless somebody may have it.
func TestVersionThatNobodyHas(t *testing.T) {
	t.Parallel()
	const access, file = "<?php\n$a = [1];\n", "mod/ouwiki/db/access.php"
	seen := func(files ...string) func(*check.Subject) {
		return func(s *check.Subject) {
			s.Published = func() (trees []fs.FS) {
				for i := 0; i < len(files); i += 2 {
					trees = append(trees, fstest.MapFS{files[i]: {Data: []byte(files[i+1])}})
				}
				return trees
			}
		}
	}
	const version = "mod/ouwiki/version.php"
	at := func(number string) string { return checktest.Plugin("mod_ouwiki", number) }
	amends := func() *checktest.Case {
		return whole().Has(version, at(newer)).Changes(file, access, access+"$a[] = 2;\n")
	}
	lowers := func(to string) *checktest.Case { return whole().Changes(version, at(newer), at(to)) }
	asks, lower := []string{"version-bump " + file + ":3"}, []string{"version-lower " + version + ":2"}
	judge(t, []string{"version-bump", "version-lower"}, []verdict{
		{name: "pushed with a lower one", c: amends().On(seen(version, at(older))), want: asks, weak: true, says: "stays at 2024100800, to which it rose since the last push | raise the version in " + version + ", unless no site"},
		{name: "pushed as it is", c: amends().On(seen(version, at(newer))), want: asks, says: "stays at 2024100800 |"},
		{name: "pushed with a higher one", c: amends().On(seen(version, at("2024100900"))), want: asks},
		{name: "never pushed", c: amends().On(seen()), want: asks, weak: true},
		{name: "never pushed, and in a target", c: amends().On(seen(version, at(older), version, at(newer))), want: asks},
		{name: "in a target, and pushed with a lower one", c: amends().On(seen(version, at(newer), version, at(older))), want: asks},
		{name: "in the next layout", c: amends().On(seen("public/"+version, at(newer))), want: asks},
		{name: "in the release that the branch stands on", c: amends().On(seen()).Upstream(map[string]string{version: at(newer)}), want: asks},
		{name: "by an expression", c: amends().On(seen(version, "<?php\n$plugin->version = $x;\n")), want: asks},
		{name: "nobody knows", c: amends(), want: asks},

		{name: "taken back", c: lowers("2024100750").On(seen(version, at(older))), want: lower, weak: true, says: "unless no site has the one before"},
		{name: "taken back to what was pushed", c: lowers(older).On(seen(version, at(older))), want: lower, weak: true},
		{name: "taken back below it", c: lowers("2024100600").On(seen(version, at(older))), want: lower},
		{name: "taken back from what was pushed", c: lowers("2024100750").On(seen(version, at(newer))), want: lower},
	})

	const install = "mod/ouwiki/db/install.xml"
	tables := func(field string) string {
		return "<XMLDB><TABLES><TABLE NAME=\"ouwiki\"><FIELDS>\n<FIELD NAME=\"" + field + "\" TYPE=\"int\"/>\n</FIELDS></TABLE></TABLES></XMLDB>\n"
	}
	raised := func() *checktest.Case { return whole().Changes(version, at(newer), at("2024100900")) }
	steps := func(numbers ...string) *checktest.Case {
		return raised().Changes(upgrade, ouwikiSteps("2024100600"), strings.TrimSpace(ouwikiSteps(append([]string{"2024100600"}, numbers...)...)))
	}
	judge(t, []string{"savepoint"}, []verdict{
		{name: "tables of what was pushed", c: raised().Changes(install, tables("a"), tables("b")).On(seen(version, at(newer))), want: []string{"savepoint " + install + ":2"}},
		{name: "tables of what nobody has", c: raised().Changes(install, tables("a"), tables("b")).On(seen(version, at(older))), want: []string{"savepoint " + install + ":2"}, weak: true},
		{name: "a step below what was pushed", c: steps("2024100750").On(seen(version, at(newer))), want: []string{"savepoint " + upgrade + ":6"}},
		{name: "a step above it", c: steps("2024100750").On(seen(version, at(older)))},
		{name: "a step of what nobody has", c: steps("2024100750").On(seen())},
	})
}

// A site is upgraded from an older series, and Moodle refuses a plugin whose version is lower than the one in the database. What
// the older branch got since is no fault of the change, so that it is a warning.
func TestVersionThatAnOlderSeriesHas(t *testing.T) {
	t.Parallel()
	const version, branch = "mod/ouwiki/version.php", "LUVLE-4.1-feature-mod_ouwiki"
	at := func(number string) string { return checktest.Plugin("mod_ouwiki", number) }
	older := func(branchesAndFiles ...string) func(*check.Subject) {
		return func(s *check.Subject) {
			s.Older = func() map[string]fs.FS {
				all := make(map[string]fs.FS)
				for b := range slices.Chunk(branchesAndFiles, 3) {
					all[b[0]] = fstest.MapFS{b[1]: {Data: []byte(b[2])}}
				}
				return all
			}
		}
	}
	sets := func(number string) *checktest.Case { return whole().Changes(version, at("2024100700"), at(number)) }
	lower := []string{"version-lower " + version + ":2"}
	judge(t, []string{"version-lower"}, []verdict{
		{name: "a lower one", c: sets("2024100900").On(older(branch, version, at("2024100800")))},
		{name: "the same", c: sets("2024100900").On(older(branch, version, at("2024100900")))},
		{name: "a higher one", c: sets("2024100900").On(older(branch, version, at("2024101000"))), want: lower, weak: true, says: "is 2024100900, and " + branch + " has 2024101000"},
		{name: "the highest of them", c: sets("2024100900").On(older("A", version, at("2024101000"), "B", version, at("2024101200"), "C", version, at("2024101100"))), want: lower, weak: true, says: "and B has 2024101200"},
		{name: "the first of some alike", c: sets("2024100900").On(older("B", version, at("2024101000"), "A", version, at("2024101000"))), want: lower, weak: true, says: "and A has 2024101000"},
		{name: "in the next layout", c: sets("2024100900").On(older(branch, "public/"+version, at("2024101000"))), want: lower, weak: true},
		{name: "by an expression", c: sets("2024100900").On(older(branch, version, "<?php\n$plugin->version = $x;\n"))},
		{name: "of another plugin", c: sets("2024100900").On(older(branch, "mod/other/version.php", at("2024101000")))},
		{name: "while the version stays", c: whole().Has(version, at("2024100900")).Adds("mod/ouwiki/lib.php", code).On(older(branch, version, at("2024101000")))},
		{name: "lower than before, too", c: sets("2024100600").On(older(branch, version, at("2024101000"))), want: lower, says: "was 2024100700 before"},
		{name: "there is none", c: sets("2024100900").On(older())},
	})
}
