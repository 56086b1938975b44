package job_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const one = "LUVLE-2.5-"

// liveSite is a site of 2.5, which tells where components are without a file for
// it, with two hack branches, a deployment branch that has both, on v2.5.1, and
// the folder that was made from it.
type liveSite struct {
	*fixture
	live string
}

func newLiveSite(t *testing.T) *liveSite {
	t.Helper()
	f := templates.live.fixture(t, func(dir string) { buildLiveSite(t, dir) })
	return &liveSite{f, filepath.Join(filepath.Dir(f.Path), "moodle")}
}

func buildLiveSite(t *testing.T, dir string) *liveSite {
	t.Helper()
	f := &fixture{gittest.NewAt(t, filepath.Join(dir, "repo")), t}
	for path := range map[string]bool{"lib.php": true, "course/lib.php": true, "mod/forum/lib.php": true} {
		f.Write(path, text(40, nil))
	}
	f.Write("mod/forum/version.php", "<?php\n$plugin->version = 2013050100;\n")
	f.release("2.5", "25", "2013051400.00", "")
	f.Commit("Moodle release 2.5")
	f.Git("tag", "-a", "-m", "MOODLE_25", "v2.5.0")
	f.Write("lib.php", text(40, map[int]string{5: "fixed in 2.5.1"}))
	f.release("2.5.1", "25", "2013051401.00", "")
	f.Commit("Moodle release 2.5.1")
	f.Git("tag", "-a", "-m", "MOODLE_251", "v2.5.1")
	f.Detach()
	f.Git("config", "mgit.customer", "LUVLE")
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", f.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	f.branch(one+"hack-core-ten", "v2.5.0", "lib.php", text(40, map[int]string{10: "ten"}))
	f.branch(one+"hack-core-twenty", "v2.5.0", "lib.php", text(40, map[int]string{20: "twenty"}), "lib/ours.php", ours("Second."))
	f.Git("checkout", "-q", "-b", one+"deployment", "v2.5.1")
	f.merge(one + "hack-core-ten")
	f.merge(one + "hack-core-twenty")
	f.Git("checkout", "-q", "--detach", "v2.5.0")
	return &liveSite{f, f.unpackTo(filepath.Join(dir, "moodle"), one+"deployment")}
}

// ours is a file that a branch brings, with a line to be changed.
func ours(line string) string {
	return "<?php\n// The timetable of our own, for all courses.\nfunction ours_timetable($course) {\n    // " + line + "\n    return ours_rooms($course->id);\n}\n"
}

func (s *liveSite) put(name, content string) {
	s.t.Helper()
	full := filepath.Join(s.live, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

func (s *liveSite) report(change ...func(*job.CorehackRequest)) *job.CorehackReport {
	s.t.Helper()
	site := s.open("")
	defer site.Close()
	request := job.CorehackRequest{Tree: s.live, Lines: true}
	for _, c := range change {
		c(&request)
	}
	r, err := job.Corehack(s.t.Context(), site, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// baseline is what a report says, for the request of a later one.
func (s *liveSite) baseline() func(*job.CorehackRequest) {
	s.t.Helper()
	data, err := json.Marshal(map[string]any{"command": "corehack-report", "result": s.report()})
	if err != nil {
		s.t.Fatal(err)
	}
	return func(r *job.CorehackRequest) { r.Baseline = data }
}

func found(t *testing.T, r *job.CorehackReport, path string) job.Finding {
	t.Helper()
	i := slices.IndexFunc(r.Findings, func(f job.Finding) bool { return f.Raw == path })
	if i < 0 {
		t.Fatalf("%s is no finding; there are %v", path, r.Findings)
	}
	return r.Findings[i]
}

// Each hunk is its branch's; a line in between, and one beside, is nobody's.
func TestCorehackExplains(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	r := s.report()
	f := found(t, r, "lib.php")
	if f.Orphan || len(f.Hunks) != 2 || *f.Hunks[0].Branch != one+"hack-core-ten" || *f.Hunks[1].Branch != one+"hack-core-twenty" {
		t.Errorf("lib.php: %+v", f)
	}
	if len(r.MissingFromLive) > 0 || r.Target != one+"deployment" || r.Undecided != 0 {
		t.Errorf("missing %v, target %q, undecided %d", r.MissingFromLive, r.Target, r.Undecided)
	}
	s.put("lib.php", text(40, map[int]string{5: "fixed in 2.5.1", 10: "ten\nstranger", 20: "twenty", 30: "other"}))
	f = found(t, s.report(), "lib.php")
	if !f.Orphan || f.Unexplained != 2 || f.Severity != job.SeverityMajor {
		t.Errorf("with two strangers: %+v", f)
	}
}

// What the target has, of branches or by itself, and the tree lacks.
func TestCorehackLacks(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.Git("checkout", "-q", one+"deployment")
	s.Write("course/lib.php", text(40, map[int]string{3: "hotfix"}))
	s.Write(".env", "PASSWORD=hunter2\n")
	s.Commit("quick")
	s.Git("checkout", "-q", "--detach", "v2.5.0")
	s.put("lib.php", text(40, map[int]string{5: "fixed in 2.5.1", 10: "ten"}))
	r := s.report()
	var lacks []string
	for _, m := range r.MissingFromLive {
		lacks = append(lacks, m.Raw+" "+strings.TrimPrefix(m.Branch, one)+" "+strings.Join(m.Added, ","))
	}
	want := []string{".env deployment ", "course/lib.php deployment hotfix", "lib.php hack-core-twenty twenty"}
	if !slices.Equal(lacks, want) {
		t.Errorf("lacks %q, want %q", lacks, want)
	}
	excluded := s.report(func(r *job.CorehackRequest) { r.Exclude = []string{"/lib.php"} })
	if len(excluded.MissingFromLive) != 2 || excluded.Excluded != 2 {
		t.Errorf("without lib.php: %v, excluded %d", excluded.MissingFromLive, excluded.Excluded)
	}
	// A baseline knows what was missing, and not what is missing since.
	known := s.baseline()
	s.put("lib.php", text(40, map[int]string{5: "fixed in 2.5.1", 20: "twenty"}))
	later := s.report(known)
	if len(later.MissingFromLive) != 1 || later.MissingFromLive[0].Added[0] != "ten" {
		t.Errorf("missing since: %v", later.MissingFromLive)
	}
}

// What cannot be held against the target is said.
func TestCorehackNotCompared(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.put("lib.php", text(40, nil)+strings.Repeat("/", 17<<20))
	r := s.report()
	if !slices.ContainsFunc(r.Warnings, func(w job.Warning) bool { return w.ID == "not-compared" && strings.Contains(w.Text, "lib.php") }) {
		t.Errorf("warnings %v", r.Warnings)
	}
}

// Only what is meant to run the target is held against it.
func TestCorehackTarget(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	for rev, want := range map[string]string{
		one + "deployment": one + "deployment", one + "hack-core-ten": "", "v2.5.0": "", s.Git("rev-parse", one+"deployment"): one + "deployment",
	} {
		r := s.report(func(r *job.CorehackRequest) { r.Tree = rev })
		if r.Target != want || len(r.MissingFromLive) > 0 || (r.NotCompared == "") != (want != "") {
			t.Errorf("%s is held against %q (not against %q): %v", rev, r.Target, r.NotCompared, r.MissingFromLive)
		}
	}
	s.Git("checkout", "-q", "--detach", one+"deployment")
	s.Write("lib.php", text(40, map[int]string{5: "fixed in 2.5.1"}))
	r := s.report(func(r *job.CorehackRequest) { r.Tree = "" })
	if r.Target == "" || len(r.MissingFromLive) != 2 {
		t.Errorf("the work tree at the target: %q, %v", r.Target, r.MissingFromLive)
	}
}

// A branch that has gone on since it was merged still explains what was merged, and
// what the target has by itself is nobody's, and said.
func TestCorehackOlderState(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.Git("checkout", "-q", one+"hack-core-ten")
	s.Write("lib.php", text(40, map[int]string{10: "eleven"}))
	s.Commit("core: eleven")
	s.Git("checkout", "-q", one+"deployment")
	s.Write("lib/ours.php", ours("Resolved by hand."))
	s.Commit("quick")
	s.Git("checkout", "-q", "--detach", "v2.5.0")
	s.live = s.unpack(one + "deployment")
	r := s.report()
	if f := found(t, r, "lib.php"); f.Orphan {
		t.Errorf("the older state: %+v", f.Hunks)
	}
	f := found(t, r, "lib/ours.php")
	if f.Unexplained != 1 || !f.Orphan || f.Severity != job.SeverityMajor {
		t.Errorf("changed on the target: %+v", f)
	}
	for _, h := range f.Hunks {
		if (h.Branch == nil) != (h.Note == "committed on "+one+"deployment itself") {
			t.Errorf("hunk %+v", h)
		}
	}
	if len(r.MissingFromLive) > 0 {
		t.Errorf("missing: %v", r.MissingFromLive)
	}
}

// A change that the deployment target lacks is lost with the next deployment.
func TestCorehackNotMerged(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.branch(one+"hack-core_course-three", "v2.5.0", "course/lib.php", text(40, map[int]string{3: "three"}))
	s.put("course/lib.php", text(40, map[int]string{3: "three"}))
	h := found(t, s.report(), "course/lib.php").Hunks[0]
	if h.Branch == nil || !strings.HasPrefix(h.Note, "not in "+one+"deployment yet") {
		t.Errorf("%+v", h)
	}
}

// Decisions and baselines hold for a content, also where it has no lines.
func TestCorehackKnowsContents(t *testing.T) {
	t.Parallel()
	for name, contents := range map[string][2]string{
		"lib.php":        {"GIF89a\x00one", "GIF89a\x00two"},
		"lib/new.php":    {"<?php\n// One.\n", "<?php\n// Two.\n"},
		"lib/large.php":  {"<?php\n" + strings.Repeat("/", 17<<20) + "1", "<?php\n" + strings.Repeat("/", 17<<20) + "2"},
		"course/a.zip":   {"PK\x00one", "PK\x00two"},
		"lib/binary.php": {"<?php\x00one", "<?php\x00two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLiveSite(t)
			s.put(name, contents[0])
			known := s.baseline()
			first := found(t, s.report(), name)
			hidden := s.report(known)
			if slices.ContainsFunc(hidden.Findings, func(f job.Finding) bool { return f.Raw == name }) && first.Fingerprint != "" {
				t.Errorf("the baseline does not know %s", name)
			}
			s.put(name, contents[1])
			after := found(t, s.report(known), name)
			if after.Fingerprint == first.Fingerprint && first.Fingerprint != "" {
				t.Errorf("fingerprint %q is that of both contents", first.Fingerprint)
			}
		})
	}
}

// A baseline hides nothing that became worse.
func TestCorehackBaselineOfOrphans(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	known := s.baseline()
	if r := s.report(known); len(r.Findings) > 0 || r.Known == 0 {
		t.Errorf("%v, known %d", r.Findings, r.Known)
	}
	s.Git("branch", "-q", "-D", one+"hack-core-ten")
	if f := found(t, s.report(known), "lib.php"); !f.Orphan {
		t.Errorf("%+v", f)
	}
}

// A folder of unknown files in core is an orphan as a whole.
func TestCorehackHeap(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	for i := range 60 {
		s.put("course/heap/"+string(rune('a'+i%26))+strings.Repeat("x", i)+".dat", "data")
	}
	s.put("course/heap/lib.html", "<p>")
	r := s.report()
	i := slices.IndexFunc(r.Findings, func(f job.Finding) bool { return f.Files > 1 })
	if i < 0 {
		t.Fatalf("no heap among %v", r.Findings)
	}
	f := r.Findings[i]
	if f.Class == job.ClassUnknown && (!f.Orphan || !f.IsUndecided()) {
		t.Errorf("%+v", f)
	}
	s.put(f.Raw+"/axxxxxxxxxxxxxxxxxxxxxxxxxx.dat", "DATA")
	i = slices.IndexFunc(s.report().Findings, func(now job.Finding) bool { return now.Raw == f.Raw && now.Fingerprint == f.Fingerprint })
	if f.Class == job.ClassUnknown && i >= 0 {
		t.Error("another content has the same fingerprint")
	}
}

// What may hold a secret is never quoted, not even by its markers.
func TestCorehackQuotesNoSecrets(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.put("config.php.bak", "<?php // LUVLE BEGIN: hunter2\n")
	s.put("lib/key.pem", "# core hack: hunter2\n")
	s.put("lib/more.php", "<?php // LUVLE BEGIN: hunter2\n")
	data, err := json.Marshal(s.report())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("hunter2")) {
		t.Errorf("%s", data)
	}
}
