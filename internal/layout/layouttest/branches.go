package layouttest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Branch is a branch of the site and what it is there for.
type Branch struct {
	Name string // "LUVLE-4.5-hack-core-x"
	Kind string // what it shows, for counting
	// Paths are the paths it touches, as 4.5 has them.
	Paths []string
	// Conflict says that 5.1 changed or removed what the branch changes: git must
	// stop at it also where nothing moves.
	Conflict bool
	// Uncertain is the path that has no place in 5.1 that anybody could know; "" where
	// all have one.
	Uncertain string

	on      string // the branch it is stacked on; "" is the release
	changes []change
	side    []change // merged after the changes
}

// change is a commit of a branch.
type change struct {
	message string
	edits   []edit
}

// edit sets, removes or moves one path.
type edit struct {
	path   string
	file   file // no mode: the path is removed
	commit string
}

func set(path, text string) edit { return edit{path: path, file: file{"100644", text}} }
func without(path string) edit   { return edit{path: path} }

// sheaf makes the branches, with a count of those of which there can be many.
type sheaf struct {
	old, now tree
	all      []*Branch
	paths    []string // of old, sorted
	used     map[string]bool
}

// branches makes about 150 branches and twice so many more of those that edit what
// is there.
func branches(old, now tree, edits int) []*Branch {
	s := &sheaf{old: old, now: now, paths: slices.Sorted(maps.Keys(old)), used: make(map[string]bool)}
	s.plugins()
	s.subplugins()
	s.filesInPlugins()
	s.edits(edits)
	s.root()
	s.splitFolders()
	s.deletions()
	s.modes()
	s.histories()
	for _, b := range s.all {
		b.Paths = b.touched()
	}
	return s.all
}

func (b *Branch) touched() []string {
	var all []string
	for _, c := range append(slices.Clone(b.changes), b.side...) {
		for _, e := range c.edits {
			all = append(all, e.path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (s *sheaf) add(kind, component string, changes ...change) *Branch {
	b := &Branch{Name: "LUVLE-4.5-" + component, Kind: kind, changes: changes}
	for i := range b.changes {
		b.changes[i].message = cmp.Or(b.changes[i].message, fmt.Sprintf("%s: Change %d", component, i+1))
	}
	s.all = append(s.all, b)
	return b
}

// newPlugin are the commits that make a plugin in a folder.
func newPlugin(component, dir string) []change {
	files := plugin(component, dir, 8)
	first := change{edits: []edit{set(dir+"/version.php", pluginVersion(component, "2025010100"))}}
	for _, f := range files[1:6] {
		first.edits = append(first.edits, set(f, text(f)))
	}
	second := change{edits: []edit{
		set(files[1], text(files[1])+"// More.\n"), set(dir+"/classes/form/odd name \"é\".php", text(dir)),
		set(dir+"/version.php", pluginVersion(component, "2025020100")),
	}}
	return []change{first, second}
}

func (s *sheaf) plugins() {
	for _, k := range kinds() {
		s.add("new plugin", fmt.Sprintf("feature-%s_luvle", k.name), newPlugin(k.name+"_luvle", k.dir+"/luvle")...)
	}
}

func (s *sheaf) subplugins() {
	for _, k := range subKinds() {
		s.add("new sub-plugin", fmt.Sprintf("feature-%s_luvle", k.name), newPlugin(k.name+"_luvle", k.owner+"/"+k.dir+"/luvle")...)
	}
	// Plugins with types of their own, which no release knows.
	for _, o := range []struct{ component, dir, typ, at string }{
		{"mod_certificates", "mod/certificates", "certelement", "element"},
		{"tool_lifecycles", "admin/tool/lifecycles", "lifestep", "step"},
		{"local_hub", "local/hub", "hubsource", "source"},
	} {
		owner := newPlugin(o.component, o.dir)
		owner[0].edits = append(owner[0].edits, set(o.dir+"/db/subplugins.json",
			subpluginsJSON(o.dir, []subKind{{o.dir, kind{o.typ, o.at, ""}}}, false)))
		inside := newPlugin(o.typ+"_text", o.dir+"/"+o.at+"/text")
		b := s.add("owner of sub-plugins", "feature-"+o.component, append(owner, inside...)...)
		s.add("sub-plugin of a plugin of one's own", "feature-"+o.component+"-more", newPlugin(o.typ+"_image", o.dir+"/"+o.at+"/image")...).on = b.Name
	}
}

func (s *sheaf) filesInPlugins() {
	i := 0
	for dir := range strings.FieldsSeq(`mod/quiz mod/forum/classes admin/tool/log admin/tool/log/store/standard question/type/essay
		lib/editor/tiny/plugins/link mod/quiz/accessrule/seb theme/boost theme/boost/templates blocks/html course/format/topics user/profile/field/text
		mod/chat enrol/self/db availability/condition/date question/bank/history grade/report/grader files/converter/unoconv auth/ldap/lang/de media/player/vimeo`) {
		i++
		f := fmt.Sprintf("%s/luvle%d.php", dir, i)
		s.add("new file in a plugin", fmt.Sprintf("hack-core-newfile%02d", i), change{edits: []edit{set(f, text(f))}}, change{edits: []edit{set(dir+"/deep/er/luvle.txt", "one\ntwo\n")}})
	}
}

// edits are one-line hacks of files that 5.1 left alone, changed elsewhere, changed
// there, or removed; in plugins and in core.
func (s *sheaf) edits(n int) {
	for i := range n {
		for _, core := range []bool{false, true} {
			kind, folders := "edit in a plugin", "mod/ blocks/ question/ admin/tool/ enrol/ theme/ auth/ repository/"
			if core {
				kind, folders = "one-line hack in core", "lib/classes/ lib/form/ course/lib.php course/ user/ backup/ group/ calendar/ admin/roles/ my/ message/"
			}
			extents := []extent{untouched, touched, touched, halved, rewritten}
			want, spot := extents[i%len(extents)], cleanLine
			if i%7 == 6 {
				spot = -1
			}
			dead := i%10 == 9
			f := s.pick(strings.Fields(folders), want, dead)
			is := s.old[f].text
			if spot < 0 {
				spot = late(is)
			}
			b := s.add(kind, fmt.Sprintf("hack-%s-line%02d", map[bool]string{true: "core", false: "mod_quiz"}[core], i),
				change{edits: []edit{set(f, hacked(is, spot))}})
			b.Conflict = dead || want == rewritten || spot != cleanLine && want != untouched
		}
	}
}

// hacked has one line changed.
func hacked(text string, spot int) string {
	lines := strings.SplitAfter(text, "\n")
	lines[spot] = strings.TrimSuffix(lines[spot], "\n") + " // LUVLE.\n"
	return strings.Join(lines, "")
}

// pick returns a file below one of the folders that 5.1 changed so much, or removed.
func (s *sheaf) pick(folders []string, want extent, dead bool) string {
	start := roll(len(s.paths), "pick", fmt.Sprint(len(s.all)))
	for i := range s.paths {
		f := s.paths[(start+i)%len(s.paths)]
		inside := slices.ContainsFunc(folders, func(dir string) bool { return strings.HasPrefix(f, dir) })
		special := strings.HasSuffix(f, "version.php") || strings.HasSuffix(f, ".json") || strings.Contains(f, "/build/") // mgit takes generated files from upstream
		if inside && !special && !s.used[f] && removed(f) == dead && (dead || extentOf(f) == want) {
			s.used[f] = true
			return f
		}
	}
	panic(fmt.Sprintf("no file of %v left that 5.1 changes that much (%d)", folders, want))
}

// root edits what stays outside public/, and adds to it.
func (s *sheaf) root() {
	for i, f := range strings.Fields(`composer.json config-dist.php Gruntfile.js README.md .github/workflows/push.yml .gitignore
		.grunt/tasks/eslint.js phpunit.xml.dist package.json npm-shrinkwrap.json .eslintrc UPGRADING.md admin/cli/cron.php admin/cli/upgrade.php
		lib/behat/extension/Moodle/Context.php`) {
		b := s.add("edit that stays at the root", fmt.Sprintf("hack-core-root%02d", i), change{edits: []edit{set(f, hacked(s.old[f].text, cleanLine))}})
		b.Conflict = extentOf(f) == rewritten
	}
	for i, f := range strings.Fields("admin/cli/luvle.php admin/cli/deep/er.php lib/behat/extension/Moodle/Luvle.php .github/workflows/luvle.yml .grunt/luvle.js .upgradenotes/LU-1.yml") {
		s.add("new file that stays at the root", fmt.Sprintf("hack-core-rootnew%02d", i), change{edits: []edit{set(f, text(f))}})
	}
	attributes := strings.Replace(s.old[".gitattributes"].text, "**/yui/build/** -diff\n", "**/yui/build/** -diff\n/local/luvle/** -diff\n", 1)
	s.add("edit that stays at the root", "hack-core-attributes", change{edits: []edit{set(".gitattributes", attributes)}})
	// A type of plugin of one's own: 5.1 has rewritten every line around it.
	components := strings.Replace(s.old["lib/components.json"].text, "        \"theme\"", "        \"luvle\": \"luvle\",\n        \"theme\"", 1)
	s.add("edit that stays at the root", "hack-core-components", change{edits: []edit{set("lib/components.json", components)}}).Conflict = true
	plugins := strings.Replace(s.old["lib/plugins.json"].text, "            \"boost\"", "            \"aluvle\",\n            \"boost\"", 1)
	s.add("edit that stays at the root", "hack-core-plugins", change{edits: []edit{set("lib/plugins.json", plugins)}})
}

// splitFolders edits what is at the root of both releases and means two things there,
// and adds to folders that 5.1 has in both places.
func (s *sheaf) splitFolders() {
	for i, f := range strings.Fields("index.php lib/setup.php lib/moodlelib.php admin/index.php lib/behat/lib.php pluginfile.php behat.yml.dist admin/environment.xml") {
		b := s.add("edit in a folder that is split", fmt.Sprintf("hack-core-split%02d", i), change{edits: []edit{set(f, hacked(s.old[f].text, cleanLine))}})
		b.Conflict = extentOf(f) == rewritten
	}
	for i, f := range strings.Fields("lib/luvle.php lib/classes/luvle/one.php lib/behat/luvle.php lib/luvle/one.php admin/luvle.php admin/luvle/one.php admin/roles/luvle.php lang/de/moodle.php pix/luvle.svg local/luvle.txt") {
		s.add("new file in a folder that is split", fmt.Sprintf("hack-core-splitnew%02d", i), change{edits: []edit{set(f, text(f))}})
	}
	s.add("edit in a folder that is split", "hack-core-version", change{edits: []edit{set("version.php", s.old["version.php"].text+"$luvle = 1;\n")}})
}

func (s *sheaf) deletions() {
	for i, dir := range strings.Fields("blocks/tag_flickr blocks/tag_youtube repository/flickr_public mod/lti/service/basicoutcomes") {
		var c change
		clash := false
		for _, f := range s.paths {
			if strings.HasPrefix(f, dir+"/") {
				c.edits = append(c.edits, without(f))
				// 5.1 bumps every version.php.
				clash = clash || !removed(f)
			}
		}
		s.add("deletion of a plugin", fmt.Sprintf("hack-core-del%02d", i), c).Conflict = clash
	}
	for i := range 4 {
		f := s.pick([]string{"mod/", "lib/", "course/"}, untouched, false)
		s.add("deletion of a file", fmt.Sprintf("hack-core-delfile%02d", i), change{edits: []edit{without(f)}})
	}
	f := s.pick([]string{"mod/", "lib/classes/"}, untouched, true)
	s.add("deletion of a file", "hack-core-delgone", change{edits: []edit{without(f)}})
}

func (s *sheaf) modes() {
	for i, f := range strings.Fields("admin/cli/cron.php lib/moodlelib.php pluginfile.php") {
		s.add("mode", fmt.Sprintf("hack-core-mode%02d", i), change{edits: []edit{{path: f, file: file{"100755", s.old[f].text}}}})
	}
	s.add("link", "hack-core-link", change{edits: []edit{
		{path: "admin/cron.php", file: file{"120000", "roles/lib.php"}}, {path: "theme/luvlelink", file: file{"120000", "boost"}},
	}})
	s.add("nested repository", "feature-local_nested", change{edits: []edit{{path: "local/nested", commit: "1234567890123456789012345678901234567890"}}})
}

// histories have several commits that build on each other across the folders.
func (s *sheaf) histories() {
	cli := s.pick([]string{"mod/", "blocks/"}, untouched, false)
	s.add("file moved between what stays and what moves", "hack-core-tocli", change{edits: []edit{without(cli), set("admin/cli/from.php", s.old[cli].text)}},
		change{edits: []edit{set("admin/cli/from.php", s.old[cli].text+"// More.\n")}})
	s.add("file moved between what stays and what moves", "hack-core-fromcli", change{edits: []edit{without("admin/cli/maintenance.php"), set("admin/tool/task/cli/luvle.php", s.old["admin/cli/maintenance.php"].text)}})
	one := newPlugin("local_one", "local/one")
	one = append(one, change{edits: []edit{without("local/one/lib.php"), set("local/one/locallib.php", text("local/one/lib.php"))}},
		change{edits: []edit{without("local/one/locallib.php"), set("local/one/classes/api.php", text("local/one/lib.php")+"// Last.\n")}})
	s.add("several commits", "feature-local_one", one...)
	for i := range 4 {
		f, g := s.pick([]string{"course/", "user/", "group/"}, touched, false), s.pick([]string{"mod/", "blocks/"}, halved, false)
		first := hacked(s.old[f].text, cleanLine)
		s.add("several commits", fmt.Sprintf("hack-core-set%02d", i),
			change{edits: []edit{set(f, first), set(fmt.Sprintf("local/set%d/version.php", i), pluginVersion(fmt.Sprintf("local_set%d", i), "2025010100"))}},
			change{edits: []edit{set(g, hacked(s.old[g].text, cleanLine))}},
			change{edits: []edit{set(f, hacked(first, cleanLine))}},
			change{edits: []edit{set(fmt.Sprintf("admin/cli/set%d.php", i), text(f))}})
	}
	for i := range 4 {
		f := s.pick([]string{"grade/", "question/"}, touched, false)
		b := s.add("merge inside a branch", fmt.Sprintf("feature-local_merged%d", i), newPlugin(fmt.Sprintf("local_merged%d", i), fmt.Sprintf("local/merged%d", i))...)
		b.side = []change{
			{message: "A side line", edits: []edit{set(f, hacked(s.old[f].text, cleanLine))}},
			{message: "Its end", edits: []edit{set(fmt.Sprintf("report/merged%d/version.php", i), pluginVersion(fmt.Sprintf("report_merged%d", i), "2025010100"))}},
		}
	}
}

// uncertain are branches with something in the root that Moodle never had there.
func uncertain() []*Branch {
	s := &sheaf{}
	for i, f := range strings.Fields("ourlogin.php ourtools/lib.php robots.txt totara/core/lib.php public/hello.php vendor/acme/autoload.php") {
		s.add("path without a place", fmt.Sprintf("hack-core-odd%02d", i), change{edits: []edit{set("mod/quiz/odd.php", text(f))}}, change{edits: []edit{set(f, text(f))}}).Uncertain = f
	}
	for _, b := range s.all {
		b.Paths = b.touched()
	}
	return s.all
}
