package forecast_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"mgit/internal/forecast"
	"mgit/internal/moodle"
)

// The tests of this file run on Moodle's real history, when MGIT_MOODLE names a
// clone that has it.

type history struct {
	t   testing.TB
	dir string
}

func openHistory(t testing.TB) history {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	return history{t, dir}
}

func (h history) git(stdin string, args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", h.dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// releases are all release tags of 2.0 to 2.8, the oldest first; with pre those of the
// stages before a release too.
func (h history) releases(pre bool) []moodle.Tag {
	var tags []moodle.Tag
	for _, name := range strings.Fields(h.git("", "tag", "--list", "v2.*")) {
		tag, err := moodle.ParseTag(name)
		if err == nil && (pre || tag.Pre == "") {
			tags = append(tags, tag)
		}
	}
	slices.SortFunc(tags, moodle.Tag.Compare)
	return tags
}

// tree is the tree of a tag with the content of what a forecast reads.
func (h history) tree(tag string) fstest.MapFS {
	h.t.Helper()
	tree := make(fstest.MapFS)
	var names, ids []string
	for _, entry := range strings.Split(h.git("", "ls-tree", "-r", "-z", tag), "\x00") {
		info, name, ok := strings.Cut(entry, "\t")
		dir, file := path.Split(name)
		if !ok || file != "version.php" && !strings.HasSuffix(dir, "db/") && file != "upgradelib.php" && name != "admin/cli/upgrade.php" {
			continue
		}
		if file == "version.php" || strings.HasSuffix(file, ".php") {
			names, ids = append(names, name), append(ids, strings.Fields(info)[2])
		}
	}
	out := bufio.NewReader(strings.NewReader(h.git(strings.Join(ids, "\n")+"\n", "cat-file", "--batch")))
	for i, name := range names {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(out, "%s %s %d\n", &id, &kind, &size); err != nil || id != ids[i] {
			h.t.Fatalf("read %s of %s: %q, %v", name, tag, id, err)
		}
		content := make([]byte, size+1)
		if _, err := io.ReadFull(out, content); err != nil {
			h.t.Fatal(err)
		}
		tree[name] = &fstest.MapFile{Data: content[:size]}
	}
	return tree
}

// counted is what awk counts in core's upgrade.php of a tag: every line of code that
// asks for an old version below a number, and every one that records a savepoint. It
// knows no PHP: a line that begins with a comment is passed over, and a block
// comment is left out from its first line to its last.
type counted struct {
	version    string
	thresholds []string
	savepoints []string
}

const counter = `
/^[[:space:]]*\/\*/ { inside = 1 }
inside { if (/\*\//) inside = 0; next }
/^[[:space:]]*(\/\/|\*|#)/ { next }
/if *\(.*\$oldversion *</ {
	line = $0
	sub(/.*\$oldversion *< */, "", line)
	match(line, /^[0-9.]+/)
	print "threshold", substr(line, 1, RLENGTH)
}
/upgrade_main_savepoint *\(/ {
	line = $0
	sub(/.*upgrade_main_savepoint *\([^,]*, */, "", line)
	match(line, /^[0-9.]+/)
	print "savepoint", substr(line, 1, RLENGTH)
}
/^ *\$version *=/ { line = $0; sub(/^[^=]*= */, "", line); match(line, /^[0-9.]+/); print "version", substr(line, 1, RLENGTH) }
`

func (h history) count(tag string) counted {
	var c counted
	for _, file := range []string{"version.php", "lib/db/upgrade.php"} {
		cmd := exec.Command("awk", counter)
		cmd.Stdin = strings.NewReader(h.git("", "show", tag+":"+file))
		out, err := cmd.Output()
		if err != nil {
			h.t.Fatalf("awk: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			what, number, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch what {
			case "threshold":
				c.thresholds = append(c.thresholds, number)
			case "savepoint":
				c.savepoints = append(c.savepoints, number)
			case "version":
				c.version = number
			}
		}
	}
	return c
}

// above are the numbers above a version, compared as numbers of the machine and not
// by mgit.
func above(t *testing.T, numbers []string, version string) []string {
	t.Helper()
	var all []string
	for _, n := range numbers {
		if toFloat(t, n) > toFloat(t, version) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

func toFloat(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// explained are the differences between the forecast and the count that are right: by
// the number of the step and what sees it.
func explained(number string) string {
	return map[string]string{
		// `if ($oldversion >= 2012062504.08 && $oldversion < 2012062504.13)` runs for
		// sites between the two numbers only, and awk knows one.
		"2012062504.13": "a range: runs for old versions between two numbers only",
	}[number]
}

// Between any two releases of 2.0 to 2.8 the forecast of core's steps is the one that
// awk counts, by their conditions and by their savepoints.
func TestMoodleStepsOfCore(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	tags := h.releases(true)
	counts, scripts := make([]counted, len(tags)), make([]forecast.Script, len(tags))
	var all sync.WaitGroup
	for i, tag := range tags {
		counts[i] = h.count(tag.String())
		all.Go(func() {
			scripts[i] = forecast.ParseScript([]byte(h.git("", "show", tag.String()+":lib/db/upgrade.php")))
		})
	}
	all.Wait()
	pairs, steps, stopped, exceptions := 0, 0, 0, make(map[string]int)
	for j, to := range tags {
		if len(scripts[j].Unread) > 0 || len(scripts[j].Always) > 0 {
			t.Errorf("%s: not read %v, besides steps %v", to, scripts[j].Unread, scripts[j].Always)
		}
		for i := range j {
			from := counts[i].version
			pairs++
			var thresholds, savepoints []string
			stops := false
			for _, s := range scripts[j].Steps {
				if s.RunsFrom(from) {
					thresholds, savepoints = append(thresholds, s.Below), append(savepoints, s.Savepoints...)
					stops = stops || s.Stops
				}
			}
			if stops {
				stopped++
			}
			steps += len(thresholds)
			slices.Sort(thresholds)
			slices.Sort(savepoints)
			h.compare(t, tags[i], to, "conditions", thresholds, above(t, counts[j].thresholds, from), exceptions)
			h.compare(t, tags[i], to, "savepoints", savepoints, above(t, counts[j].savepoints, from), exceptions)
		}
	}
	for number, n := range exceptions {
		t.Logf("%d pairs differ in %s: %s", n, number, explained(number))
	}
	t.Logf("%d pairs of %d releases, %d steps; %d pairs are stopped since the release is too old for the tag", pairs, len(tags), steps, stopped)
	if pairs < 3000 || stopped == 0 || len(exceptions) == 0 {
		t.Error("too little was compared for this to mean anything")
	}
}

func (h history) compare(t *testing.T, from, to moodle.Tag, what string, got, want []string, exceptions map[string]int) {
	t.Helper()
	extra, missing := minus(got, want), minus(want, got)
	for _, n := range slices.Concat(extra, missing) {
		if explained(n) == "" {
			t.Errorf("%s to %s, %s: the forecast has %v more and %v less than awk", from, to, what, extra, missing)
			return
		}
		exceptions[n]++
	}
}

// minus is a without b, each as often as it stands there.
func minus(a, b []string) []string {
	left := make(map[string]int)
	for _, n := range b {
		left[n]++
	}
	var rest []string
	for _, n := range a {
		if left[n] > 0 {
			left[n]--
			continue
		}
		rest = append(rest, n)
	}
	return rest
}

var pluginNumber = regexp.MustCompile(`(?m)^[ \t]*if *\( *(?:\$result *&& *)?\$oldversion *< *([0-9.]+) *\)`)

// Between the first releases of each series the whole forecast, plugins included, is
// compared with the lines that ask for an old version in their files.
func TestMoodleStepsOfPlugins(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	trees := make(map[string]fstest.MapFS)
	var tags []string
	for _, tag := range h.releases(false) {
		if tag.IsFirst() || tag.String() == "v2.8.5" {
			tags = append(tags, tag.String())
			trees[tag.String()] = h.tree(tag.String())
		}
	}
	for j, to := range tags {
		for _, from := range tags[:j] {
			f, err := forecast.Between(t.Context(), trees[from], trees[to])
			if err != nil {
				t.Fatalf("%s to %s: %v", from, to, err)
			}
			steps, components, heavy := 0, 0, 0
			for _, u := range f.Upgrades {
				var want []string
				if u.File != "" {
					for _, m := range pluginNumber.FindAllStringSubmatch(string(trees[to][u.File].Data), -1) {
						want = append(want, m[1])
					}
				}
				var got []string
				for _, s := range u.Steps {
					got = append(got, s.Below)
					steps++
					if s.Weight == forecast.Heavy {
						heavy++
					}
				}
				if len(got) > 0 {
					components++
				}
				slices.Sort(got)
				extra, missing := minus(got, above(t, want, u.From)), minus(above(t, want, u.From), got)
				for _, n := range slices.Concat(extra, missing) {
					if explained(n) == "" {
						t.Errorf("%s to %s, %s: %v more, %v less than the lines of the file", from, to, u.File, extra, missing)
						break
					}
				}
				for _, unread := range u.Script.Unread {
					t.Logf("%s: %s:%d: %s: %s", to, u.File, unread.Line, unread.Why, unread.Text)
				}
			}
			t.Logf("%s to %s: %d components rise, %d have %d steps (%d heavy), %d new, %d gone, %d lower, %d unread",
				from, to, len(f.Upgrades), components, steps, heavy, len(f.Installs), len(f.Gone), len(f.Downgrades), len(f.Unread))
			for _, d := range f.Downgrades {
				t.Errorf("%s to %s: %s falls from %s to %s", from, to, d.Component, d.From, d.To)
			}
		}
	}
}

// Steps are taken out of upgrade.php again, when Moodle no longer supports an upgrade
// from so old a release. What a release on the way had, and the later one has no
// more, is missing only where the later one stops: nothing is pruned in silence.
func TestMoodlePrunedStepsAreBehindAStop(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	var tags []moodle.Tag
	for _, tag := range h.releases(false) {
		if tag.IsFirst() {
			tags = append(tags, tag)
		}
	}
	counts, scripts := make([]counted, len(tags)), make([]forecast.Script, len(tags))
	for i, tag := range tags {
		counts[i] = h.count(tag.String())
		scripts[i] = forecast.ParseScript([]byte(h.git("", "show", tag.String()+":lib/db/upgrade.php")))
	}
	pruned, open := 0, 0
	for j, to := range tags {
		var last []string
		for _, s := range scripts[j].Steps {
			last = append(last, s.Below)
		}
		for i := range j {
			stops := slices.ContainsFunc(scripts[j].Steps, func(s forecast.Step) bool { return s.Stops && s.RunsFrom(counts[i].version) })
			var gone []string
			for k := i + 1; k < j; k++ {
				for _, n := range above(t, counts[k].thresholds, counts[i].version) {
					if !slices.Contains(last, n) && !slices.Contains(gone, n) {
						gone = append(gone, n)
					}
				}
			}
			if stops {
				pruned += len(gone)
				continue
			}
			open++
			for _, n := range gone {
				if replaced(n) == "" {
					t.Errorf("%s has no step %s that a release between it and %s had", to, n, tags[i])
				}
			}
		}
	}
	t.Logf("%d steps are missing behind a stop; %d pairs have no stop and lack none", pruned, open)
	if pruned == 0 || open == 0 {
		t.Error("too little was compared for this to mean anything")
	}
}

// replaced are steps that upstream took out although upgrades over them were still
// supported.
func replaced(number string) string {
	return map[string]string{
		// MDL-36493: its work went into the next one, 2012030900.01.
		"2012030100.02": "done by a later step of another number",
	}[number]
}
