package rebase_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/hunk"
	"mgit/internal/rebase"
	"mgit/internal/rebase/rebasetest"
	"mgit/internal/tree"
)

// upstreamTruth is what messages and paths say of a commit, without its patch.
type upstreamTruth struct {
	id      string
	number  string
	subject string
	paths   []string
}

var numberAtStart = regexp.MustCompile(`^MDL-[0-9]+\b`)

// truths lists the commits of a range without merges. The order is that of git log.
func (s *site) truths(revs ...string) []upstreamTruth {
	s.t.Helper()
	args := append([]string{"log", "--no-merges", "--no-renames", "--name-only", "--format=%x01%H%x02%s"}, revs...)
	var all []upstreamTruth
	for _, record := range strings.Split(s.Git(args...), "\x01")[1:] {
		head, rest, _ := strings.Cut(record, "\n")
		id, subject, _ := strings.Cut(head, "\x02")
		t := upstreamTruth{id: id, subject: strings.Join(strings.Fields(strings.ToLower(subject)), " "), number: numberAtStart.FindString(subject)}
		for _, path := range strings.Split(rest, "\n") {
			if path != "" {
				t.paths = append(t.paths, path)
			}
		}
		slices.Sort(t.paths)
		all = append(all, t)
	}
	return all
}

// twin is a commit of one line with its counterpart on another.
type twin struct{ local, upstream upstreamTruth }

// pair matches commits by number and subject. Both must be the only ones of their line with them, and one must touch half of the paths of
// the other at least.
func pair(local, upstream []upstreamTruth) (twins []twin, ambiguous, elsewhere int) {
	key := func(t upstreamTruth) string { return t.number + "\x00" + t.subject }
	by := make(map[string][]upstreamTruth)
	for _, u := range upstream {
		by[key(u)] = append(by[key(u)], u)
	}
	count := make(map[string]int)
	for _, l := range local {
		count[key(l)]++
	}
	for _, l := range local {
		found := by[key(l)]
		switch {
		case l.number == "" || len(found) == 0:
		case len(found) > 1 || count[key(l)] > 1:
			ambiguous++
		case 2*common(l.paths, found[0].paths) < max(len(l.paths), len(found[0].paths)):
			elsewhere++
		default:
			twins = append(twins, twin{l, found[0]})
		}
	}
	return twins, ambiguous, elsewhere
}

func common(a, b []string) int {
	n := 0
	for _, p := range a {
		if _, ok := slices.BinarySearch(b, p); ok {
			n++
		}
	}
	return n
}

// open opens the site for the engine.
func (s *site) open() *git.Repo {
	s.t.Helper()
	repo, err := git.Open(s.t.Context(), s.Path, git.Options{Env: s.Env()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { repo.Close() })
	return repo
}

// carry makes each commit a local one: on a release where that is possible without
// conflict, else on its own parent. The answer is by the id of the original.
func (s *site) carry(repo *git.Repo, onto string, ids []string) (local map[string]*git.Commit, moved int) {
	s.t.Helper()
	ctx := s.t.Context()
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	defer scratch.Close()
	committer := git.Signature{Name: "Local", Email: "local@example.org", When: time.Unix(1_800_000_000, 0).UTC()}
	local = make(map[string]*git.Commit)
	var tips []git.ID
	original := make(map[git.ID]string)
	var branches []rebase.Branch
	for _, hex := range ids {
		c, err := scratch.Commit(ctx, s.id(hex))
		if err != nil {
			s.t.Fatal(err)
		}
		copied := *c
		copied.Committer = committer
		tip := scratch.PutCommit(&copied)
		tips = append(tips, tip)
		original[tip] = hex
		branches = append(branches, rebase.Branch{Name: hex, Tip: tip, Base: c.Parents[0]})
	}
	install := func(tips []git.ID) {
		pack, err := scratch.WritePack(ctx, tips)
		if err == nil && pack.Objects > 0 {
			err = repo.InstallPack(pack)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	install(tips)
	own, err := history.Read(ctx, repo, scratch, tips, []git.ID{s.id("refs/remotes/origin/MOODLE_27_STABLE"), s.id("refs/remotes/origin/master")})
	if err != nil {
		s.t.Fatal(err)
	}
	results, err := rebase.Run(ctx, scratch, rebase.Request{Onto: s.id(onto), History: own, Branches: branches, Committer: committer})
	if err != nil {
		s.t.Fatal(err)
	}
	var news []git.ID
	for _, r := range results {
		tip := r.Branch.Tip
		if !r.Parked() && r.Count(rebase.Kept) == 1 {
			tip = r.Tip
			news = append(news, tip)
			moved++
		}
		if local[original[r.Branch.Tip]], err = scratch.Commit(ctx, tip); err != nil {
			s.t.Fatal(err)
		}
	}
	install(news)
	return local, moved
}

// steps are the commits as a branch has them.
func (s *site) steps(repo *git.Repo, commits []*git.Commit) []rebase.Step {
	s.t.Helper()
	var all []rebase.Step
	for _, c := range commits {
		parent, err := repo.Store().Commit(s.t.Context(), c.Parents[0])
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, rebase.NewStep(c, parent.Tree))
	}
	return all
}

// reworded makes copies of commits with another message.
func (s *site) reworded(repo *git.Repo, commits []*git.Commit, message func(i int, was string) string) []*git.Commit {
	s.t.Helper()
	ctx := s.t.Context()
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	defer scratch.Close()
	var all []*git.Commit
	var tips []git.ID
	for i, c := range commits {
		copied := *c
		copied.Message = message(i, c.Message)
		tips = append(tips, scratch.PutCommit(&copied))
	}
	if all, err = scratch.Commits(ctx, tips); err != nil {
		s.t.Fatal(err)
	}
	pack, err := scratch.WritePack(ctx, tips)
	if err == nil && pack.Objects > 0 {
		err = repo.InstallPack(pack)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// inOtherContext makes copies of commits on a parent where a person has changed the lines
// around theirs. Where a file is not text, the commit is left out.
func (s *site) inOtherContext(repo *git.Repo, commits []*git.Commit) map[int]*git.Commit {
	s.t.Helper()
	ctx := s.t.Context()
	var in bytes.Buffer
	var made []int
	for i, c := range commits {
		before, after := make(map[string][]byte), make(map[string][]byte)
		parent, err := repo.Store().Commit(ctx, c.Parents[0])
		if err != nil {
			s.t.Fatal(err)
		}
		isText := true
		err = tree.Diff(ctx, repo.Store(), parent.Tree, c.Tree, func(d tree.Change) error {
			var sides [2][]byte
			for j, e := range []git.ID{d.From.ID, d.To.ID} {
				if e != git.ZeroID {
					if sides[j], err = repo.Store().Blob(ctx, e); err != nil {
						return err
					}
				}
			}
			isText = isText && d.From.Mode == 0o100644 && d.To.Mode == 0o100644 && !hunk.IsBinary(sides[0]) && len(sides[0]) < 1<<20 && !strings.Contains(d.Path, "\"")
			before[d.Path], after[d.Path] = around(sides[0], sides[1])
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
		if !isText {
			continue
		}
		made = append(made, i)
		for step, files := range []map[string][]byte{before, after} {
			fmt.Fprintf(&in, "commit refs/heads/context-%d\nauthor A <a@example.org> 1400000000 +0000\ncommitter A <a@example.org> 1400000000 +0000\n", i)
			message := "our change\n"
			fmt.Fprintf(&in, "data %d\n%s", len(message), message)
			if step == 0 {
				fmt.Fprintf(&in, "from %s\n", c.Parents[0])
			}
			for _, path := range slices.Sorted(maps.Keys(files)) {
				fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", path, len(files[path]), files[path])
			}
		}
	}
	if err := repo.Cmd("fast-import", "--quiet", "--force").Stdin(in.Bytes()).Run(ctx); err != nil {
		s.t.Fatal(err)
	}
	all := make(map[int]*git.Commit)
	for _, i := range made {
		id, err := repo.Resolve(ctx, fmt.Sprintf("refs/heads/context-%d", i))
		if err != nil {
			s.t.Fatal(err)
		}
		if all[i], err = repo.Store().Commit(ctx, id); err != nil {
			s.t.Fatal(err)
		}
	}
	return all
}

// around changes the lines next to those that differ, in the same way on both sides.
func around(before, after []byte) (newBefore, newAfter []byte) {
	old, changed := bytes.SplitAfter(before, []byte("\n")), bytes.SplitAfter(after, []byte("\n"))
	hunks := hunk.Diff(before, after)
	inOld, inNew := make(map[int]bool), make(map[int]bool)
	for _, h := range hunks {
		for i := range h.Old {
			inOld[h.OldStart-1+i] = true
		}
		for i := range h.New {
			inNew[h.NewStart-1+i] = true
		}
	}
	mark := func(lines [][]byte, in map[int]bool, i int) {
		if i >= 0 && i < len(lines) && len(lines[i]) > 0 && !in[i] && !bytes.HasPrefix(lines[i], []byte("ours ")) {
			lines[i] = append([]byte("ours "), lines[i]...)
		}
	}
	for _, h := range hunks {
		mark(old, inOld, h.OldStart-2)
		mark(changed, inNew, h.NewStart-2)
		mark(old, inOld, h.OldStart-1+len(h.Old))
		mark(changed, inNew, h.NewStart-1+len(h.New))
	}
	return bytes.Join(old, nil), bytes.Join(changed, nil)
}

var anyNumber = regexp.MustCompile(`MDL-[0-9]+`)

// TestMoodleLanded carries the commits that Moodle has both on 2.7's stable line and on
// 2.8's, as local ones of v2.7.0, and asks what upstream did with them. Which are the same
// is known from number, subject and paths alone. MGIT_MOODLE names a clone of Moodle; with
// -short every eighth commit is asked about.
func TestMoodleLanded(t *testing.T) {
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	s := moodleSite(t, clone)
	repo := s.open()
	local := s.truths("v2.7.0..origin/MOODLE_27_STABLE")
	twins, ambiguous, elsewhere := pair(local, s.truths("v2.7.0..v2.8.5"))
	t.Logf("%d commits only on 2.7, %d with a twin on 2.8; left out: %d ambiguous, %d in other files", len(local), len(twins), ambiguous, elsewhere)
	if len(twins) < 1000 {
		t.Errorf("only %d twins: the test proves little", len(twins))
	}
	if testing.Short() {
		twins = slices.Collect(func(yield func(twin) bool) {
			for i := 0; i < len(twins) && yield(twins[i]); i += 8 {
			}
		})
	}
	var ids []string
	for _, tw := range twins {
		ids = append(ids, tw.local.id)
	}
	carried, moved := s.carry(repo, "v2.7.0", ids)
	t.Logf("%d of %d go onto v2.7.0 without conflict, the others stand where they were made", moved, len(ids))
	all := newVariants(s, repo, twins, carried)
	t.Run("recognised", func(t *testing.T) { all.recognised(t, "v2.8.5") })
	t.Run("not yet landed", func(t *testing.T) { all.notYet(t, "v2.8.0", "v2.8.5") })
	t.Run("never landed", func(t *testing.T) { neverLanded(t, s, repo) })
}

// variants are the local commits told in several ways.
type variants struct {
	s     *site
	repo  *git.Repo
	twins []twin
	ways  []way
}

// way is one of them: by the number of the twin, with what must be recognised.
type way struct {
	name    string
	commits map[int]*git.Commit
	least   float64 // the part that must be recognised with the right commit
}

func newVariants(s *site, repo *git.Repo, twins []twin, carried map[string]*git.Commit) *variants {
	var asIs []*git.Commit
	for _, tw := range twins {
		asIs = append(asIs, carried[tw.local.id])
	}
	numbered := func(commits []*git.Commit) map[int]*git.Commit { return maps.Collect(slices.All(commits)) }
	var few []*git.Commit
	var which []int
	for i := 0; i < len(asIs); i += 4 {
		few, which = append(few, asIs[i]), append(which, i)
	}
	other := make(map[int]*git.Commit)
	for i, c := range s.inOtherContext(repo, few) {
		other[which[i]] = c
	}
	return &variants{s, repo, twins, []way{
		{"as they are", numbered(asIs), 0.99},
		{"without numbers", numbered(s.reworded(repo, asIs, func(_ int, was string) string { return anyNumber.ReplaceAllString(was, "") })), 0.97},
		{"in own words", numbered(s.reworded(repo, asIs, func(i int, _ string) string { return fmt.Sprintf("our change %d", i) })), 0.95},
		{"in own words, in another context", other, 0.75},
	}}
}

// ask asks about all ways at once, as a site asks about all its branches.
func (v *variants) ask(t *testing.T, onto string, want func(i int) bool) map[git.ID]rebase.Evidence {
	t.Helper()
	var commits []*git.Commit
	for _, w := range v.ways {
		for _, i := range slices.Sorted(maps.Keys(w.commits)) {
			if want(i) {
				commits = append(commits, w.commits[i])
			}
		}
	}
	steps := v.s.steps(v.repo, commits)
	start := time.Now()
	found, err := rebase.FindLanded(t.Context(), v.repo, v.repo.Store(), v.s.id("v2.7.0"), v.s.id(onto), steps)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d commits asked about in %v", len(steps), time.Since(start).Round(time.Millisecond))
	return found
}

func (v *variants) recognised(t *testing.T, onto string) {
	found := v.ask(t, onto, func(int) bool { return true })
	for _, w := range v.ways {
		count := make(map[string]int)
		right, wrong := 0, 0
		for i, c := range w.commits {
			e, ok := found[c.ID]
			switch {
			case !ok:
				count["missed"]++
			case e.By.String() != v.twins[i].upstream.id:
				wrong++
				t.Logf("%s: %s is %s, taken for %s (%s %s %.2f): %s", w.name, v.twins[i].local.id, v.twins[i].upstream.id, e.By, e.How, e.Verdict, e.Likeness, v.twins[i].local.subject)
			default:
				right++
				count[fmt.Sprintf("%s by %s", e.Verdict, e.How)]++
			}
		}
		t.Logf("%s: %d of %d recognised (%.1f %%), %d taken for another: %v", w.name, right, len(w.commits), 100*float64(right)/float64(len(w.commits)), wrong, count)
		if float64(right) < w.least*float64(len(w.commits)) {
			t.Errorf("%s: fewer than %.0f %%", w.name, 100*w.least)
		}
		if wrong > 1+len(w.commits)/100 {
			t.Errorf("%s: %d taken for another", w.name, wrong)
		}
	}
}

// notYet asks for those that landed between two releases in the first of them.
func (v *variants) notYet(t *testing.T, before, after string) {
	late := make(map[string]bool)
	for id := range strings.FieldsSeq(v.s.Git("rev-list", before+".."+after)) {
		late[id] = true
	}
	n := 0
	isLate := func(i int) bool { return late[v.twins[i].upstream.id] }
	found := v.ask(t, before, isLate)
	for _, w := range v.ways {
		for i, c := range w.commits {
			if !isLate(i) {
				continue
			}
			n++
			if e, ok := found[c.ID]; ok {
				t.Errorf("%s: %s landed after %s and is said to be %s there, as %s", w.name, v.twins[i].local.subject, before, e.Verdict, e.By)
			}
		}
	}
	t.Logf("none of %d that landed after %s, told in %d ways", n, before, len(v.ways))
}

// underAnotherNumber are commits that count as never landed by what number and subject
// say, while v2.8.5 has their very lines: MDL-45379 moved these into one of its own.
var underAnotherNumber = []string{"mdl-46229 badges: fix missing additional names fields"}

// neverLanded asks about the commits of later and other lines whose number and title
// v2.8.5 does not have, and about hacks of no upstream.
func neverLanded(t *testing.T, s *site, repo *git.Repo) {
	title := func(subject string) string {
		return strings.Join(strings.FieldsFunc(anyNumberOf.ReplaceAllString(subject, ""), isNoLetter), " ")
	}
	has := make(map[string]bool)
	for _, u := range s.truths("v2.8.5") {
		has[u.number], has[title(u.subject)] = true, true
	}
	var never []*git.Commit
	for _, revs := range [][]string{{"v2.8.5..origin/master"}, {"v2.7.0..origin/MOODLE_27_STABLE", "^v2.8.5"}, {"v2.6.0..origin/MOODLE_26_STABLE", "^v2.8.5", "^v2.7.0"}, {"v2.5.0..origin/MOODLE_25_STABLE", "^v2.8.5", "^v2.6.0"}} {
		for _, l := range s.truths(revs...) {
			if l.number == "" || has[l.number] || has[title(l.subject)] || len(l.paths) == 0 || slices.Contains(underAnotherNumber, l.subject) {
				continue
			}
			c, err := repo.Store().Commit(t.Context(), s.id(l.id))
			if err != nil {
				t.Fatal(err)
			}
			never = append(never, c)
		}
	}
	upstream := len(never)
	for _, name := range (rebasetest.Load{Base: "v2.7.0", Version: "2.7", Branches: 60, Commits: 260, Seed: 2}).Make(t, repo) {
		for id := range strings.FieldsSeq(s.Git("rev-list", "v2.7.0.."+name)) {
			c, err := repo.Store().Commit(t.Context(), s.id(id))
			if err != nil {
				t.Fatal(err)
			}
			never = append(never, c)
		}
	}
	never = append(never, s.reworded(repo, never[:upstream], func(i int, _ string) string { return fmt.Sprintf("our hack %d", i) })...)
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v2.7.0"), s.id("v2.8.5"), s.steps(repo, never))
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for _, c := range never {
		e, ok := found[c.ID]
		if !ok {
			continue
		}
		subject, _, _ := strings.Cut(c.Message, "\n")
		t.Logf("%s %q is said to be %s by %s as %s (%.2f)", c.ID, subject, e.Verdict, e.How, e.By, e.Likeness)
		if e.Verdict != rebase.VerdictDifferent {
			t.Error("it never landed")
		}
		different++
	}
	t.Logf("of %d that never landed (%d of upstream's, again in own words, and 260 hacks), none is called landed, %d are said to be there in another way", len(never), upstream, different)
	if upstream < 400 || different > len(never)/100 {
		t.Errorf("%d commits of upstream's, %d said to be there in another way", upstream, different)
	}
}

var anyNumberOf = regexp.MustCompile(`^mdl-[0-9]+`)

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
