package demo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/moodle"
)

// Every tag of a release says in its version.php what it is called.
func TestTagsAgreeWithVersionPHP(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	tags := lines(repo.Git("tag", "--list"))
	if len(tags) < 50 {
		t.Fatalf("only %d tags", len(tags))
	}
	for _, name := range tags {
		tag, err := moodle.ParseTag(name)
		if err != nil {
			t.Error(err)
			continue
		}
		path := "version.php"
		if tag.Series.Compare(moodle.Series{Major: 5, Minor: 1}) >= 0 {
			path = "public/version.php"
		}
		version, err := moodle.ParseVersion([]byte(repo.Git("show", name+":"+path)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		release, err := moodle.ParseRelease(version.Release)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if of, ok := release.Tag(); !ok || of != tag {
			t.Errorf("%s has the release %q", name, version.Release)
		}
		if version.Branch != tag.Series.Code() {
			t.Errorf("%s has the branch %q", name, version.Branch)
		}
		if kind := repo.Git("cat-file", "-t", name); kind != "tag" {
			t.Errorf("%s is a %s", name, kind)
		}
	}
	if got := repo.Git("tag", "--list", "--format=%(contents:subject)", "v4.1.3"); got != "MOODLE_4013" {
		t.Errorf("the message of v4.1.3 is %q", got)
	}
}

// A stable branch ends with a build, and its first-parent line counts up.
func TestBuildsOfAStableBranch(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	got := lines(repo.Git("log", "--reverse", "--format=%s", "-E", "--grep=^(weekly|Moodle) release", "v4.1.0-rc1..v4.1.3"))
	want := []string{
		"Moodle release 4.1", "weekly release 4.1+", "Moodle release 4.1.1", "weekly release 4.1.1+",
		"Moodle release 4.1.2", "weekly release 4.1.2+", "Moodle release 4.1.3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("builds %q, want %q", got, want)
	}
	if tip := repo.Git("log", "-1", "--format=%s", "upstream/MOODLE_405_STABLE"); !strings.Contains(tip, " release 4.5") {
		t.Errorf("MOODLE_405_STABLE ends with %q", tip)
	}
}

// Fixes are on main first and are picked onto the stable branches with the same
// author, date and message, and the same patch id.
func TestFixesArePicked(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	marks := map[byte]int{}
	for _, line := range lines(repo.Git("log", "--cherry-mark", "--no-merges", "--right-only", "--format=%m %s", "v4.5.0...upstream/MOODLE_401_STABLE")) {
		marks[line[0]]++
		if strings.Contains(line, "MDL-77011") && line[0] != '>' {
			t.Errorf("%s is on main as well", line)
		}
	}
	if marks['='] < 25 || marks['>'] < 10 {
		t.Errorf("%d commits of 4.1 are equal to one of 4.5 and %d are not", marks['='], marks['>'])
	}
	if n := len(lines(repo.Git("log", "--format=%H", "--grep=MDL-77011", "--all"))); n != 1 {
		t.Errorf("the fix for 4.1 alone is there %d times", n)
	}
	if said := repo.Git("log", "--format=%H", "--grep=cherry picked from", "--all"); said != "" {
		t.Errorf("picked with -x: %s", said)
	}
	format := "--format=%an %ae %ad %s"
	here := repo.Git("log", "-1", format, "--grep=MDL-76712", "v4.1.3")
	there := repo.Git("log", "-1", format, "--grep=MDL-76712", "v4.2.0")
	if here == "" || here != there {
		t.Errorf("MDL-76712 is %q on 4.1 and %q on main", here, there)
	}
}

func TestDescriptionsOfTheTrees(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	for tag, public := range map[string]string{"v4.1.0": "", "v4.2.0": "", "v4.4.0": "", "v4.5.0": "", "v5.0.0": "", "v5.1.0": "public/"} {
		files := lines(repo.Git("ls-tree", "-r", "--name-only", tag))
		checkComponents(t, repo, tag, public)
		checkEnvironment(t, repo, tag, public)
		if slices.Contains(files, "lib/plugins.json") {
			checkPlugins(t, repo, tag, public, files)
		} else if tag >= "v4.4.0" || !strings.Contains(repo.Git("show", tag+":lib/classes/plugin_manager.php"), "'mod' => array(") {
			t.Errorf("%s has no list of standard plugins", tag)
		}
	}
}

func checkComponents(t *testing.T, repo *gittest.Repo, tag, public string) {
	t.Helper()
	var components struct {
		PluginTypes map[string]string  `json:"plugintypes"`
		Subsystems  map[string]*string `json:"subsystems"`
	}
	if err := json.Unmarshal([]byte(repo.Git("show", tag+":lib/components.json")), &components); err != nil {
		t.Errorf("%s: %v", tag, err)
	}
	if got, want := components.PluginTypes["mod"], public+"mod"; got != want {
		t.Errorf("%s: activities are in %q, want %q", tag, got, want)
	}
	if _, ok := components.PluginTypes["smsgateway"]; ok != (tag >= "v4.5.0") {
		t.Errorf("%s: smsgateway: %t", tag, ok)
	}
	if len(components.PluginTypes) < 40 || len(components.Subsystems) < 15 {
		t.Errorf("%s: %d types, %d subsystems", tag, len(components.PluginTypes), len(components.Subsystems))
	}
}

// checkPlugins wants the listed plugins to be exactly those with a version.php;
// tool_log is there for its sub-plugins only.
func checkPlugins(t *testing.T, repo *gittest.Repo, tag, public string, files []string) {
	t.Helper()
	var list struct{ Standard, Deleted map[string][]string }
	if err := json.Unmarshal([]byte(repo.Git("show", tag+":lib/plugins.json")), &list); err != nil {
		t.Errorf("%s: %v", tag, err)
	}
	listed := 0
	for _, p := range plugins() {
		typ, name, _ := strings.Cut(p.component, "_")
		standard := slices.Contains(list.Standard[typ], name)
		if there := slices.Contains(files, public+p.path+"/version.php"); there != standard {
			t.Errorf("%s: %s is listed: %t, is there: %t", tag, p.component, standard, there)
		}
		if standard {
			listed++
		}
	}
	if listed < 25 {
		t.Errorf("%s: %d standard plugins", tag, listed)
	}
	if gone := slices.Contains(list.Deleted["mod"], "chat"); gone != (tag >= "v5.0.0") {
		t.Errorf("%s: mod_chat is deleted: %t", tag, gone)
	}
}

func checkEnvironment(t *testing.T, repo *gittest.Repo, tag, public string) {
	t.Helper()
	var matrix struct {
		Moodle []struct {
			Version  string `xml:"version,attr"`
			Requires string `xml:"requires,attr"`
			PHP      struct {
				Version string `xml:"version,attr"`
			}
		} `xml:"MOODLE"`
	}
	if err := xml.Unmarshal([]byte(repo.Git("show", tag+":"+public+"admin/environment.xml")), &matrix); err != nil {
		t.Errorf("%s: %v", tag, err)
		return
	}
	parsed, err := moodle.ParseTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	last := matrix.Moodle[len(matrix.Moodle)-1]
	if last.Version != parsed.Series.Next().String() || last.Requires == "" || last.PHP.Version == "" {
		t.Errorf("%s: the last row of environment.xml is %+v", tag, last)
	}
}

// Between 5.0 and 5.1 everything moves below public/ but what stays by the table.
func TestMoveBelowPublic(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	root := lines(repo.Git("ls-tree", "--name-only", "v5.1.0"))
	want := []string{
		".gitattributes", ".gitignore", "COPYING.txt", "Gruntfile.js", "README.md", "admin", "composer.json",
		"config-dist.php", "index.php", "lib", "public",
	}
	if !slices.Equal(root, want) {
		t.Errorf("the root of 5.1 has %q, want %q", root, want)
	}
	inside := lines(repo.Git("ls-tree", "-r", "--name-only", "v5.1.0", "admin", "lib", "index.php"))
	want = []string{"admin/cli/cron.php", "admin/cli/upgrade.php", "index.php", "lib/components.json", "lib/plugins.json", "lib/setup.php"}
	if !slices.Equal(inside, want) {
		t.Errorf("outside public/ are %q, want %q", inside, want)
	}
	move := strings.Fields(repo.Git("log", "-1", "--format=%H", "--grep=MDL-83424", "upstream/main"))[0]
	if n := strings.Count(repo.Git("diff-tree", "-r", "-M100", "--name-status", move), "R100\t"); n < 250 {
		t.Errorf("the commit of the move renames %d files", n)
	}
	if out, err := repo.TryGit("cat-file", "-e", "v5.1.0:public/config.php"); err != nil {
		t.Errorf("public/config.php: %v %s", err, out)
	}
}

func TestPublicPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"mod/forum/lib.php":            "public/mod/forum/lib.php",
		"version.php":                  "public/version.php",
		"index.php":                    "public/index.php",
		"lib/setup.php":                "public/lib/setup.php",
		"lib/components.json":          "lib/components.json",
		"lib/behat/extension/x.php":    "lib/behat/extension/x.php",
		"admin/cli/cron.php":           "admin/cli/cron.php",
		"admin/tool/log/version.php":   "public/admin/tool/log/version.php",
		"composer.json":                "composer.json",
		"mod/forum/composer.json":      "public/mod/forum/composer.json",
		".gitattributes":               ".gitattributes",
		"public/mod/forum/version.php": "public/mod/forum/version.php",
	} {
		if got := publicPath(path); got != want {
			t.Errorf("%s moves to %s, want %s", path, got, want)
		}
	}
}

func TestReleases(t *testing.T) {
	t.Parallel()
	all := releases(11)
	var got []string
	for _, r := range all {
		got = append(got, r.series.String())
	}
	if text, want := strings.Join(got, " "), "4.1 4.2 4.3 4.4 4.5 5.0 5.1 5.2 5.3 6.0 6.1"; text != want {
		t.Errorf("series %s, want %s", text, want)
	}
	if base := all[4].base(); base != "2024100700" {
		t.Errorf("4.5 counts from %s", base)
	}
	for i := 1; i < len(all); i++ {
		if !all[i].date.After(all[i-1].date) {
			t.Errorf("%s is not after %s", all[i].series, all[i-1].series)
		}
	}
}

// More series than Moodle has are made as well.
func TestManyReleases(t *testing.T) {
	t.Parallel()
	var stream bytes.Buffer
	u, err := writeUpstream(&stream, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if u.tags["v6.0.0"] == nil || u.tags["v6.0.0"].file("public/version.php") == nil {
		t.Error("there is no v6.0.0 with public/version.php")
	}
}

var errFull = errors.New("the disk is full")

type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsAreReported(t *testing.T) {
	t.Parallel()
	if _, err := writeUpstream(&fullDisk{left: 100000}, 5, 0); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

func TestEditsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]edit{
		"edit no.txt: there is no such file":         replace("no.txt", "a", "b"),
		"remove no.txt: there is no such file":       remove("no.txt"),
		`edit yes.txt: "none" stands there 0 times`:  replace("yes.txt", "none", "b"),
		`edit yes.txt: "twice" stands there 2 times`: replace("yes.txt", "twice", "b"),
		"edit other.txt: there is no such file":      executable("other.txt"),
	} {
		h := newHistory(&bytes.Buffer{})
		first := h.commit("refs/heads/main", meta{message: "first\n"}, nil, put("yes.txt", "twice\ntwice\n"))
		h.commit("refs/heads/main", meta{message: "second\n"}, []*commit{first}, e)
		if h.err == nil || !strings.HasSuffix(h.err.Error(), name) {
			t.Errorf("got %v, want it to end with %q", h.err, name)
		}
	}
}

// No two issues have the same number.
func TestIssuesAreUnique(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	seen := map[string]string{}
	for _, line := range lines(repo.Git("log", "--no-merges", "--format=%s", "upstream/main")) {
		number, _, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(number, "MDL-") {
			continue
		}
		if other, ok := seen[number]; ok {
			t.Errorf("%q and %q have one number", other, line)
		}
		seen[number] = line
	}
	if len(seen) < 100 {
		t.Errorf("only %d issues", len(seen))
	}
}

// The ids that are computed are those that git gives, for every commit of the
// site and of upstream below it.
func TestIDsAreGits(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	var stream bytes.Buffer
	up, err := writeUpstream(&stream, 7, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := writeSite(&stream, up, branches())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*commit{"refs/remotes/upstream/main": up.main}
	for name, c := range s.tips {
		all[head(name)] = c
	}
	for name, c := range up.tags {
		all[name+"^{commit}"] = c
	}
	for name, c := range all {
		if got, want := s.ids.of(c), repo.Git("rev-parse", name); got != want {
			t.Errorf("%s is %s, git says %s", name, got, want)
		}
	}
}

// A revert names the commit it reverts.
func TestRevertNamesItsCommit(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	reverted := repo.Git("log", "--format=%H", "--grep=^MDL-78555", "--no-merges", "v4.3.0")
	body := repo.Git("log", "-1", "--format=%b", "--grep=^MDL-80102", "v4.4.0")
	if want := "This reverts commit " + reverted + "."; len(reverted) != 40 || strings.TrimSpace(body) != want {
		t.Errorf("the revert says %q, want %q", body, want)
	}
}
