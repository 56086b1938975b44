package assemble_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"mgit/internal/assemble"
)

// lineCases is how many random targets are proved: a few, or one for each hundred of
// MGIT_CASES, since git makes each with a hundred commands.
func lineCases(t *testing.T) (n int, seed uint64) {
	n, seed = 6, 1
	if testing.Short() {
		n = 3
	}
	if v := os.Getenv("MGIT_CASES"); v != "" {
		all, err := strconv.Atoi(v)
		if err != nil {
			t.Fatalf("MGIT_CASES: %v", err)
		}
		n = max(1, all/100)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		var err error
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("MGIT_SEED: %v", err)
		}
	}
	return n, seed
}

// TestRandomTargets has git make targets and do to some of them what must be found.
// The others must be found to be as they should.
func TestRandomTargets(t *testing.T) {
	t.Parallel()
	n, seed := lineCases(t)
	count := make(chan string, n)
	t.Cleanup(func() {
		close(count)
		tally := make(map[string]int)
		for kind := range count {
			tally[kind]++
		}
		t.Logf("seed %d, %d targets: %v", seed, n, tally)
		if good := tally["as it should be"]; n >= 40 && (good < n/20 || good > n/2) {
			t.Errorf("of %d targets %d are as they should be: the others prove little, or these", n, good)
		}
	})
	for i := range n {
		seed := seed + uint64(i)
		kind := tampers()[seed%uint64(len(tampers()))]
		t.Run(fmt.Sprintf("%s_%d", kind, seed), func(t *testing.T) {
			t.Parallel()
			w := randomTarget(t, seed, kind)
			if w.found {
				count <- kind
			} else {
				count <- "as it should be"
			}
			line, proof := w.proved(nil)
			if faults := w.faults(line, proof); len(faults) > 0 {
				t.Errorf("MGIT_SEED=%d MGIT_CASES=100, %s:\n%q\n%s", seed, kind, faults, w.Git("log", "--graph", "--format=%h %s", "test"))
			}
		})
	}
}

// TestRandomTargetsCanFail proves with an eye shut: the comparison must notice.
func TestRandomTargetsCanFail(t *testing.T) {
	t.Parallel()
	_, seed := lineCases(t)
	for _, test := range []struct {
		name, tamper string
		line         func(*assemble.Line)
		proof        func(*assemble.Proof)
	}{
		{name: "what is merged is in", tamper: "reverted", proof: func(p *assemble.Proof) { p.Dropped = nil }},
		{name: "what is merged is in as a whole", tamper: "half", proof: func(p *assemble.Proof) { p.Dropped = nil }},
		{name: "a merge is what git makes of it", tamper: "evil", line: func(l *assemble.Line) { forget(l, true) }},
		{name: "a merge brings what it merges", tamper: "ours", line: func(l *assemble.Line) { forget(l, true) }},
		{name: "a commit is harmless", tamper: "edit", line: func(l *assemble.Line) { forget(l, false) }},
		{name: "all is in", tamper: "left out", proof: func(p *assemble.Proof) { p.Missing = nil }},
		{name: "what is merged is wanted", tamper: "unwanted", proof: func(p *assemble.Proof) { p.Strangers = nil }},
		{name: "nothing is as it should be", tamper: "none", proof: func(p *assemble.Proof) {
			p.Strangers = append(p.Strangers, assemble.Stranger{})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for i := range uint64(10) {
				w := randomTarget(t, seed+i, test.tamper)
				if !w.found && test.tamper != "none" {
					continue
				}
				line, proof := w.proved(test.line)
				if test.proof != nil {
					test.proof(proof)
				}
				if len(w.faults(line, proof)) == 0 {
					t.Errorf("seed %d: nobody noticed", seed+i)
				}
				return
			}
			t.Fatalf("seed %d: no target could be tampered with", seed)
		})
	}
}

// forget takes the content made by hand from merges, or from all other links.
func forget(l *assemble.Line, merges bool) {
	for i := range l.Links {
		if (len(l.Links[i].Commit.Parents) > 1) == merges {
			l.Links[i].Hand = nil
		}
	}
}

// proved proves the target.
func (w *randomSite) proved(change func(*assemble.Line)) (*assemble.Line, *assemble.Proof) {
	w.t.Helper()
	line, repo, scratch := w.read()
	if change != nil {
		change(line)
	}
	proof, err := line.Prove(w.t.Context(), scratch, repo, w.steps(w.wanted...))
	if err != nil {
		w.t.Fatalf("MGIT_SEED=%d: %v", w.seed, err)
	}
	return line, proof
}

// faults is what is wrong with a proof, held against what was done to the target.
func (w *randomSite) faults(line *assemble.Line, p *assemble.Proof) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	var missing []string
	for _, m := range p.Missing {
		missing = append(missing, m.Name)
	}
	if !slices.Equal(missing, w.missing) {
		say("missing %q, want %q", missing, w.missing)
	}
	var strangers []string
	for _, s := range p.Strangers {
		if w.idle[s.Commit.String()] && s.Kind == assemble.StrangeContent {
			continue // what was picked before may be decided against when it is merged
		}
		strangers = append(strangers, string(s.Kind)+" "+s.Commit.String())
	}
	if !slices.Equal(strangers, w.strangers) {
		say("strangers %q, want %q", strangers, w.strangers)
	}
	must, may := w.losses()
	dropped := make(map[string]bool)
	for _, d := range p.Dropped {
		at := d.Branch + " " + d.Path
		dropped[at] = true
		if w.idle[d.By.String()] {
			continue
		}
		if !may[at] {
			say("%s is said to be dropped", at)
		}
		if d.By.String() != w.tamper && d.By.String() != w.mine {
			say("%s is said to be dropped by %s, not by %s", at, d.By, w.tamper)
		}
	}
	for at := range must {
		if !dropped[at] {
			say("%s was dropped, and nobody noticed", at)
		}
	}
	if len(p.Undone)+len(p.Unread)+len(p.Ahead) > 0 {
		say("undone %v, unread %v, ahead %v", p.Undone, p.Unread, p.Ahead)
	}
	if len(p.Decided) > 0 && !w.conflicts {
		say("decided %v without a conflict", p.Decided)
	}
	in := slices.Sorted(slices.Values(w.in()))
	if line.Base == w.id("v2") {
		in = slices.DeleteFunc(in, func(s string) bool { return s == "v2" }) // it is what the line stands on
	}
	var steps []string
	for _, s := range line.Steps() {
		if s.Name != "u" {
			steps = append(steps, s.Name)
		}
	}
	slices.Sort(steps)
	if !slices.Equal(steps, in) {
		say("in are %q, want %q", steps, in)
	}
	return all
}

// in are the branches and the tag of which something is in the target, by git.
func (w *randomSite) in() []string {
	var all []string
	for _, name := range append(slices.Clone(w.branches), "v2") {
		if name == "v2" && w.Git("merge-base", "v2", w.standIn) != w.Git("rev-parse", "v2") {
			continue
		}
		if name != "v2" && !w.entered[name] {
			continue
		}
		all = append(all, name)
	}
	return all
}
