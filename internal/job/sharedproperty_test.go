package job_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mgit/internal/job"
)

// word is something that somebody wrote to the mgit branch.
type word struct {
	place  string // what it is about; "" for what is only ever added
	text   string // unique; "" for a choice between the words of others
	commit string // the mgit branch of the clone that wrote it, afterwards
}

// Three clones work on one upgrade and sync when they like, also at the same time, for
// twenty rounds (MGIT_CASES for more, of which a thousand at most; MGIT_SEED for others). In the end all three hold the
// same, and nothing is lost: every note and every resolution is there, and every value
// is in the ledger or on the list of disputes, unless somebody set another one who had
// seen it.
func TestThreeClonesLoseNothing(t *testing.T) {
	t.Parallel()
	rounds, seed := 20, uint64(6)
	if n, err := strconv.Atoi(os.Getenv("MGIT_CASES")); err == nil {
		rounds = min(n, 1000)
	} else if testing.Short() {
		rounds = 10
	}
	if n, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MGIT_SEED=%d MGIT_CASES=%d", seed, rounds)
	random := rand.New(rand.NewPCG(seed, 0))
	origin := newFixture(t)
	var names []string
	for i := range 3 {
		name := fmt.Sprintf("LUVLE-4.1-hack-core-b%d", i)
		origin.branch(name, "v4.1.0", fmt.Sprintf("b%d.php", i), "own\n")
		names = append(names, name)
	}
	origin.shared("mgit.toml", "format = 1\n")
	if _, _, err := job.BeginUpgrade(t.Context(), origin.open(""), job.BeginRequest{To: "4.5"}); err != nil {
		t.Fatal(err)
	}
	clones := []*fixture{origin.colleague(), origin.colleague(), origin.colleague()}
	var words []word
	merged, disagreed := 0, 0
	for round := range rounds {
		f := clones[random.IntN(len(clones))]
		w := f.write(random, names[random.IntN(len(names))], fmt.Sprintf("w%d", round))
		w.commit = f.Git("rev-parse", "mgit")
		words = append(words, w)
		if random.IntN(3) > 0 {
			continue
		}
		// One syncs, or all at the same time.
		those := clones
		if random.IntN(2) == 0 {
			those = []*fixture{clones[random.IntN(len(clones))]}
		}
		for _, report := range syncTogether(t, those) {
			if report != nil {
				disagreed += len(report.Disagreements)
				if report.Remotes[0].Pulled {
					merged++
				}
			}
		}
	}
	for range 2 {
		for _, f := range clones {
			f.sync()
		}
	}
	tip := origin.Git("rev-parse", "mgit")
	for i, f := range clones {
		if got := f.Git("rev-parse", "mgit"); got != tip {
			t.Errorf("clone %d has another mgit branch", i)
		}
	}
	open, err := job.Disputes(t.Context(), clones[0].open(""))
	if err != nil {
		t.Fatal(err)
	}
	var held strings.Builder
	for _, file := range []string{"upgrades/4.5.toml", "mgit.toml", "resolutions"} {
		held.WriteString(clones[0].sharedText(file) + "\n")
	}
	for _, d := range open {
		if d.File == "disputes.toml" {
			t.Errorf("the list of disputes is disputed: %+v", d)
		}
		held.WriteString(d.Other + "\n")
	}
	superseded := 0
	for i, w := range words {
		if strings.Contains(held.String(), w.text+"_") {
			continue
		}
		if w.place != "" && clones[0].isSuperseded(w, words[i+1:]) {
			superseded++
			continue
		}
		t.Errorf("%s, written about %q, is lost", w.text, w.place)
	}
	t.Logf("%d words: %d set anew by somebody who had seen them, %d syncs pulled something, %d disagreements, %d still open", len(words), superseded, merged, disagreed, len(open))
	if merged == 0 || disagreed == 0 && rounds >= 100 {
		t.Error("the clones hardly met: this shows nothing")
	}
}

// write does something to the mgit branch; what it writes holds text and "_".
func (f *fixture) write(random *rand.Rand, branch, text string) word {
	f.t.Helper()
	said := text + "_"
	request := job.LedgerRequest{Branches: []string{branch}}
	w := word{place: branch, text: text}
	var err error
	switch random.IntN(8) {
	case 7: // somebody chooses, and with that takes a word away
		w.text = ""
		open := f.disputes()
		if len(open) == 0 {
			w.place = ""
			break
		}
		d := open[random.IntN(len(open))]
		w.place = strings.TrimSpace(d.Entry + " " + d.Key)
		_, _, err = job.Settle(f.t.Context(), f.open(""), job.SettleRequest{IDs: []string{d.ID}, Other: random.IntN(2) == 0})
	case 0:
		w.place = ""
		request.Text = said
		_, _, err = job.Note(f.t.Context(), f.open(""), request)
	case 1:
		w.place += " owner"
		request.Owner = &said
		_, _, err = job.Dispose(f.t.Context(), f.open(""), request)
	case 2:
		w.place += " ticket"
		request.Ticket = &said
		_, _, err = job.Dispose(f.t.Context(), f.open(""), request)
	case 3:
		w.place += " disposition"
		request.Disposition, request.Reason = []string{"hold", "drop"}[random.IntN(2)], said
		_, _, err = job.Dispose(f.t.Context(), f.open(""), request)
	case 4: // two people may resolve one conflict, each in his way
		w.place = ""
		id := strings.Repeat(strconv.Itoa(random.IntN(3)), 40)
		// Whoever edits by hand takes the next free name, as mgit does.
		n, suffix := strings.Count(f.sharedText("resolutions"), "resolutions/"+id+"/post"), ""
		if n > 0 {
			suffix = "." + strconv.Itoa(n)
		}
		f.shared("resolutions/"+id+"/preimage"+suffix, "<<<<<<<\na\n=======\nb\n>>>>>>>\n")
		f.shared("resolutions/"+id+"/postimage"+suffix, said+"\n")
	default: // by hand, in the settings
		key := fmt.Sprintf("branch.mod_a%d.reason", random.IntN(3))
		w.place = key
		var edit *job.ConfigEdit
		if edit, err = job.PlanConfigValue(f.t.Context(), f.open(""), key, &said); err == nil {
			_, err = edit.Apply(f.t.Context())
		}
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// isSuperseded reports whether somebody who had seen the word has set its place anew.
func (f *fixture) isSuperseded(w word, later []word) bool {
	for _, l := range later {
		if l.place != w.place || l.commit == w.commit {
			continue
		}
		if _, err := f.TryGit("merge-base", "--is-ancestor", w.commit, l.commit); err == nil {
			return true
		}
	}
	return false
}

// syncTogether syncs clones at the same time; nil is one that had to give up because the
// others pushed too often.
func syncTogether(t *testing.T, clones []*fixture) []*job.SyncReport {
	t.Helper()
	reports := make([]*job.SyncReport, len(clones))
	sites := make([]*job.Site, len(clones))
	for i, f := range clones {
		sites[i] = f.open("")
	}
	var all sync.WaitGroup
	for i := range clones {
		all.Go(func() {
			report, err := job.Sync(t.Context(), sites[i], false)
			switch {
			case err == nil:
				reports[i] = report
			case !strings.Contains(err.Error(), "pushed the mgit branch"):
				t.Errorf("clone %d: %v", i, err)
			}
		})
	}
	all.Wait()
	return reports
}
