package resolution_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgit/internal/resolution"
)

// text joins lines around a middle, so that conflicts have a surrounding.
func text(middle ...string) string {
	return "<?php\n// head\n// 2\n// 3\n// 4\n" + strings.Join(middle, "\n") + "\n// tail\n// 2\n// 3\n// 4\n"
}

// shared is a conflict that the styles cut differently: both sides changed a and
// z, and agree on lines between.
var shared = [3]string{
	text("a", "b", "c", "d", "e", "f", "g", "h", "z"),
	text("both", "a1", "s1", "s2", "s3", "s4", "s5", "s6", "z1"),
	text("both", "a2", "s1", "s2", "s3", "s4", "s5", "s6", "z2"),
}

var plain = [3]string{text("old"), text("upstream"), text("ours")}

func TestWhatAPersonResolvedIsReplayed(t *testing.T) {
	t.Parallel()
	resolved := text("both", "a12", "s1", "s2", "s3", "s4", "s5", "s6", "z12")
	for _, style := range []string{"merge", "diff3", "zdiff3"} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, map[string][3]string{"lib.php": shared, "same.php": {"x\n", "x\n", "x\n"}})
			set := s.record(style, map[string]string{"lib.php": resolved})
			if len(set) != 1 {
				t.Fatalf("collected %d resolutions, want 1", len(set))
			}
			answer, files := s.replay(set)
			if !answer.OK || !slices.Equal(names(answer.Used), []string{"lib.php by " + set[0].Name()}) {
				t.Fatalf("answer %+v, want lib.php resolved", answer)
			}
			sameFiles(t, files, s.headFiles())
		})
	}
}

// The styles must differ in the conflict the tests use, or trying them proves
// nothing.
func TestTheStylesHaveTheirOwnIDs(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": shared})
	seen := make(map[string]string)
	for _, style := range []string{"merge", "diff3", "zdiff3"} {
		id := s.stop(style, s.topic, s.onto)
		s.Git("rebase", "--abort")
		if other, ok := seen[id]; ok {
			t.Errorf("styles %s and %s have one id", style, other)
		}
		seen[id] = style
	}
}

func TestSidesMayBeSwapped(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	before := s.snapshot()
	s.stop("merge", s.onto, s.topic)
	s.finish(map[string]string{"lib.php": text("upstream and ours")})
	set := s.collect(nil, before)
	s.forget()
	answer, files := s.replay(set)
	if !answer.OK {
		t.Fatalf("answer %+v, want it resolved", answer)
	}
	if want := "100644 " + text("upstream and ours"); files["lib.php"] != want {
		t.Errorf("lib.php is %q, want %q", files["lib.php"], want)
	}
}

func TestTheClonesOwnResolutionsAreNamedLocal(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	s.stop("merge", s.topic, s.onto)
	s.finish(map[string]string{"lib.php": text("both")})
	before := s.tree(filepath.Join(s.Path, ".git", "rr-cache"))

	answer, files := s.replay(nil)
	if !answer.OK || len(answer.Used) != 1 || !strings.HasPrefix(answer.Used[0].Name, "local:") {
		t.Fatalf("answer %+v, want it resolved by a local resolution", answer)
	}
	sameFiles(t, files, s.headFiles())
	if after := s.tree(filepath.Join(s.Path, ".git", "rr-cache")); after != before {
		t.Errorf("the user's rr-cache changed:\n%s\nwas:\n%s", after, before)
	}
	if _, err := os.Stat(filepath.Join(s.Path, ".git", "MERGE_RR.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("MERGE_RR.lock: %v, want none", err)
	}

	known := s.collect(nil, nil)
	answer, _ = s.replay(known)
	if !answer.OK || answer.Used[0].Name != known[0].Name() {
		t.Errorf("answer %+v, want the set's name for what both have", answer)
	}
}

// A rebase that stands in conflict in the user's worktree is not disturbed.
func TestTheUsersConflictStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("both")})
	s.Git("config", "rerere.enabled", "false")
	s.Git("checkout", "-q", "-B", "work", s.topic)
	if _, err := s.TryGit("rebase", "--onto", s.onto, s.base); err == nil {
		t.Fatal("git rebase met no conflict")
	}
	gitDir := filepath.Join(s.Path, ".git")
	if err := os.WriteFile(filepath.Join(gitDir, "MERGE_RR"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := s.tree(gitDir) + s.tree(s.Path)
	scratch, replayer := s.replayer(set)
	answer, err := replayer.Replay(t.Context(), s.merge(scratch, s.topic, s.onto))
	if err != nil || !answer.OK {
		t.Fatalf("answer %+v, error %v, want it resolved", answer, err)
	}
	scratch.Close()
	if after := s.tree(gitDir) + s.tree(s.Path); after != before {
		t.Errorf("the repository changed:\n%s\nwas:\n%s", after, before)
	}
}

func TestWhatStaysInConflict(t *testing.T) {
	t.Parallel()
	other := [3]string{text("1"), text("2"), text("3")}
	good := map[string]string{"lib.php": text("both")}
	tests := map[string]struct {
		extra   map[string][3]string // conflicts besides lib.php
		partial bool
	}{
		"an unknown conflict beside": {map[string][3]string{"other.php": other}, true},
		"a deletion beside":          {map[string][3]string{"gone.php": {text("1"), absent, text("3")}}, true},
		"our deletion beside":        {map[string][3]string{"gone.php": {text("1"), text("2"), absent}}, true},
		"a binary file beside":       {map[string][3]string{"a.png": {"\x00\x01", "\x00\x02", "\x00\x03"}}, true},
		"one that Git may not merge": {map[string][3]string{".gitattributes": {"*.dat -merge\n", "*.dat -merge\n", "*.dat -merge\n"}, "lib.dat": plain}, true},
		"links beside":               {map[string][3]string{"link": {link + "1", link + "2", link + "3"}}, true},
		"nothing beside":             {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := newStory(t, map[string][3]string{"lib.php": plain}).record("merge", good)
			files := map[string][3]string{"lib.php": plain}
			for path, texts := range test.extra {
				files[path] = texts
			}
			s := newStory(t, files)
			answer, _ := s.replay(set)
			if answer.OK == test.partial {
				t.Errorf("OK is %v", answer.OK)
			}
			want := []string{"lib.php by " + set[0].Name()}
			if test.partial && !slices.Equal(names(answer.Partial), want) {
				t.Errorf("partial %v, want %v", names(answer.Partial), want)
			}
		})
	}
}

// rerere itself would resolve the text of some of these and leave the rest
// unsaid; a person decides.
func TestOnlyContentIsResolved(t *testing.T) {
	t.Parallel()
	added := [3]string{absent, text("upstream"), text("ours")}
	set := newStory(t, map[string][3]string{"a.php": added}).record("merge", map[string]string{"a.php": text("both")})
	tests := map[string]struct {
		file [3]string
		want string // mode, when it is resolved
	}{
		"added by both":                       {added, "100644"},
		"added by both as executable":         {[3]string{absent, executable + added[1], executable + added[2]}, "100755"},
		"added by both, one as executable":    {[3]string{absent, executable + added[1], added[2]}, ""},
		"edited by both, by one made to run":  {[3]string{plain[0], plain[1], executable + plain[2]}, "100755"},
		"edited by both, both no longer runs": {[3]string{executable + plain[0], plain[1], plain[2]}, "100644"},
		"added by both, one as a link":        {[3]string{absent, link + "x", added[2]}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, map[string][3]string{"a.php": test.file})
			answer, files := s.replay(set)
			if answer.OK != (test.want != "") {
				t.Fatalf("answer %+v, want OK %v", answer, test.want != "")
			}
			if want := test.want + " " + text("both"); answer.OK && files["a.php"] != want {
				t.Errorf("a.php is %q, want %q", files["a.php"], want)
			}
		})
	}
}

func TestSeveralFilesAndOddNames(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{
		"mod/a b/lib.php":      plain,
		"lang/m\xfcller\t.php": {text("1"), text("2"), text("3")},
		"new\n.php":            {absent, text("mine"), text("yours")},
		"plain":                {"1", "2", "3"},
	})
	resolved := map[string]string{
		"mod/a b/lib.php":      text("both"),
		"lang/m\xfcller\t.php": text("5"),
		"new\n.php":            text("ours"),
		"plain":                "5",
	}
	set := s.record("merge", resolved)
	answer, files := s.replay(set)
	if !answer.OK || len(answer.Used) != 4 {
		t.Fatalf("answer %+v, want four files resolved", answer)
	}
	sameFiles(t, files, s.headFiles())
}

func TestAttributesOfTheTreeHold(t *testing.T) {
	t.Parallel()
	wide := text("old", "<<<<<<< ", "=======", ">>>>>>> ")
	s := newStory(t, map[string][3]string{
		"mod/.gitattributes": {"*.txt conflict-marker-size=32\n", "*.txt conflict-marker-size=32\n", "*.txt conflict-marker-size=32\n"},
		"mod/a/help.txt":     {wide, strings.Replace(wide, "old", "upstream", 1), strings.Replace(wide, "old", "ours", 1)},
	})
	set := s.record("merge", map[string]string{"mod/a/help.txt": strings.Replace(wide, "old", "both", 1)})
	answer, files := s.replay(set)
	if !answer.OK {
		t.Fatalf("answer %+v, want it resolved", answer)
	}
	sameFiles(t, files, s.headFiles())
}

func TestALeftoverMarkerIsRefused(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("both")})
	set[0].Postimage = []byte(text("both", ">>>>>>> topic"))
	answer, _ := s.replay(set)
	var marker *resolution.MarkerError
	if answer.OK || len(answer.Refused) != 1 || !errors.As(answer.Refused[0].Reason, &marker) {
		t.Fatalf("answer %+v, want one refusal because of markers", answer)
	}
	if got := answer.Refused[0]; got.Path != "lib.php" || got.Name != set[0].Name() || marker.Line != 7 {
		t.Errorf("refused %+v in line %d", got, marker.Line)
	}
	if added, err := resolution.Feed(s.repo, set); added != 0 || err != nil {
		t.Errorf("Feed added %d, %v; want nothing", added, err)
	}

	// The clone has the same one: it is named once.
	dir := filepath.Join(s.Path, ".git", "rr-cache", set[0].ID)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"preimage": set[0].Preimage, "postimage": set[0].Postimage} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if answer, _ = s.replay(set); answer.OK || len(answer.Refused) != 1 {
		t.Errorf("answer %+v, want one refusal", answer)
	}
	answer, _ = s.replay(nil)
	if answer.OK || len(answer.Refused) != 1 || answer.Refused[0].Name != "local:"+set[0].Name() {
		t.Errorf("answer %+v, want the local one refused", answer)
	}
}

// The same two sides in a surrounding that the recorded resolution changed too:
// the resolution cannot be merged in, and is not forced.
func TestAStaleResolutionIsNotForced(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": strings.Replace(text("both"), "// tail", "// end", 1)})

	moved := plain
	for i := range moved {
		moved[i] = strings.Replace(moved[i], "// tail", "// bottom", 1)
	}
	later := newStory(t, map[string][3]string{"lib.php": moved})
	if answer, _ := later.replay(set); answer.OK || len(answer.Partial) > 0 || len(answer.Refused) > 0 {
		t.Errorf("answer %+v, want it unresolved", answer)
	}
	// The person's second answer is a variant; both then find their own place.
	second := later.record("merge", map[string]string{"lib.php": strings.Replace(moved[0], "old", "both again", 1)})
	if second[0].ID != set[0].ID {
		t.Fatalf("ids %s and %s, want the same conflict", second[0].ID, set[0].ID)
	}
	both := roundTrip(t, set.Add(second))
	if len(both) != 2 || both[1].Variant != 1 {
		t.Fatalf("set of %d, want two variants", len(both))
	}
	answer, files := later.replay(both)
	if !answer.OK || answer.Used[0].Name != set[0].ID+".1" {
		t.Errorf("answer %+v, want it resolved by variant 1", answer)
	}
	sameFiles(t, files, later.headFiles())
	if answer, _ := s.replay(both); !answer.OK || answer.Used[0].Name != set[0].ID {
		t.Errorf("answer %+v, want it resolved by variant 0", answer)
	}
}

// Two files with one conflict in two surroundings, each with its own variant.
func TestVariantsInOneMerge(t *testing.T) {
	t.Parallel()
	around := func(name string) [3]string {
		var three [3]string
		for i := range three {
			three[i] = strings.ReplaceAll(plain[i], "// ", "// "+name+" ")
		}
		return three
	}
	s := newStory(t, map[string][3]string{"a.php": around("a"), "b.php": around("b")})
	set := s.record("merge", map[string]string{
		"a.php": strings.Replace(around("a")[0], "\nold\n// a tail", "\nboth in a\n// a end", 1),
		"b.php": strings.Replace(around("b")[0], "\nold\n// b tail", "\nboth in b\n// b end", 1),
	})
	if len(set) != 2 || set[0].ID != set[1].ID {
		t.Fatalf("set of %d, want two variants of one conflict", len(set))
	}
	answer, files := s.replay(set)
	if !answer.OK || len(answer.Used) != 2 || answer.Used[0].Name == answer.Used[1].Name {
		t.Fatalf("answer %+v, want a variant for each file", answer)
	}
	sameFiles(t, files, s.headFiles())
}

func TestNothingKnownCostsNoProcess(t *testing.T) {
	t.Parallel()
	unrelated := newStory(t, map[string][3]string{"x.php": {text("1"), text("2"), text("3")}}).
		record("merge", map[string]string{"x.php": text("5")})
	s := newStory(t, map[string][3]string{"lib.php": plain})
	for name, set := range map[string]resolution.Set{"empty": nil, "unrelated": unrelated} {
		scratch, replayer := s.replayer(set)
		merged := s.merge(scratch, s.topic, s.onto)
		before := s.commands.Load()
		answer, err := replayer.Replay(t.Context(), merged)
		if err != nil || answer.OK {
			t.Errorf("%s set: answer %+v, error %v", name, answer, err)
		}
		if n := s.commands.Load() - before; n != 0 {
			t.Errorf("%s set: %d commands, want none", name, n)
		}
	}
}

func TestReplayFromSeveralGoroutines(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("both")})
	scratch, replayer := s.replayer(set)
	merged := s.merge(scratch, s.topic, s.onto)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if answer, err := replayer.Replay(t.Context(), merged); err != nil || !answer.OK {
				t.Errorf("answer %+v, error %v", answer, err)
			}
		})
	}
	all.Wait()
}

// Resolved by the set where a person works: an ordinary rebase of plain git.
func TestFeedServesAnOrdinaryRebase(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("both")})
	s.Git("config", "--unset", "rerere.enabled")
	for _, want := range []int{1, 0} {
		if added, err := resolution.Feed(s.repo, set); err != nil || added != want {
			t.Fatalf("Feed added %d, %v; want %d", added, err, want)
		}
	}
	before := s.snapshot()
	s.Git("checkout", "-q", "-B", "work", s.topic)
	out, err := s.TryGit("-c", "rerere.autoUpdate=true", "rebase", "--onto", s.onto, s.base)
	if err == nil {
		t.Fatalf("git rebase went on by itself:\n%s", out)
	}
	got, err := os.ReadFile(filepath.Join(s.Path, "lib.php"))
	if err != nil || string(got) != text("both") {
		t.Errorf("lib.php is %q, %v", got, err)
	}
	s.Git("rebase", "--continue")
	if fresh := s.collect(nil, before); len(fresh) != 0 {
		t.Errorf("collected %d, want none: nobody resolved anything", len(fresh))
	}
	if fresh := s.collect(set, nil); len(fresh) != 0 {
		t.Errorf("collected %d, want none: it is known", len(fresh))
	}
}

func TestFeedKeepsWhatTheCloneHas(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("the team's")})
	s.stop("merge", s.topic, s.onto)
	// In conflict: the clone has the preimage only.
	if added, err := resolution.Feed(s.repo, set); err != nil || added != 1 {
		t.Fatalf("Feed added %d, %v; want 1", added, err)
	}
	s.finish(map[string]string{"lib.php": text("my own")})
	before := s.tree(filepath.Join(s.Path, ".git", "rr-cache"))
	if added, err := resolution.Feed(s.repo, set); err != nil || added != 0 {
		t.Fatalf("Feed added %d, %v; want 0", added, err)
	}
	if after := s.tree(filepath.Join(s.Path, ".git", "rr-cache")); after != before {
		t.Errorf("the rr-cache is\n%s\nwas\n%s", after, before)
	}
	fresh := s.collect(set, nil)
	if len(fresh) != 1 || string(fresh[0].Postimage) != text("my own") {
		t.Fatalf("collected %+v, want the clone's own", fresh)
	}
	if all := set.Add(fresh); len(all) != 2 || all[0].Name() == all[1].Name() {
		t.Errorf("the set has %d, want both under names of their own", len(all))
	}
}

func TestCollectRefusesMarkers(t *testing.T) {
	t.Parallel()
	s := newStory(t, map[string][3]string{"lib.php": plain})
	set := s.record("merge", map[string]string{"lib.php": text("both")})
	if _, err := resolution.Feed(s.repo, set); err != nil {
		t.Fatal(err)
	}
	snapshot, err := json.Marshal(s.snapshot())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.Path, ".git", "rr-cache", set[0].ID, "postimage")
	if err := os.WriteFile(file, []byte(text("both", "=======")), 0o600); err != nil {
		t.Fatal(err)
	}
	var since resolution.Snapshot
	if err := json.Unmarshal(snapshot, &since); err != nil {
		t.Fatal(err)
	}
	fresh, refused, err := resolution.Collect(s.repo, set, since)
	var marker *resolution.MarkerError
	if err != nil || len(fresh) != 0 || len(refused) != 1 || !errors.As(refused[0], &marker) {
		t.Errorf("collected %+v, refused %v, error %v", fresh, refused, err)
	}
}

// tree lists the files of a directory with their content and time, without
// objects, mgit's own directory and directories' times.
func (s *story) tree(dir string) string {
	s.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != dir && (name == ".git" || name == "objects") {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		b.WriteString(path + " " + info.ModTime().String() + " " + string(data) + "\n")
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}
