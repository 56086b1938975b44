package job_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// side is what somebody does in a clone before the two clones meet.
type side func(f *fixture)

// concurrentEdit is an edit in each of two clones, and what becomes of them.
type concurrentEdit struct {
	name   string
	before side // nil: nothing
	a, b   side
	file   string
	kept   []string // in the file afterwards
	gone   []string // not in it
	other  []string // in the list of disputes, one at most; none: nobody disagrees
}

// meetings puts edits together that two clones can make before they meet once, which is what
// takes the time: each is of another file, and of one at most somebody disagrees. Those that
// are named edit other files besides.
func meetings(tests []concurrentEdit, alone ...string) (all [][]concurrentEdit) {
	for _, test := range tests {
		i := slices.IndexFunc(all, func(together []concurrentEdit) bool {
			return !slices.ContainsFunc(together, func(o concurrentEdit) bool {
				return slices.Contains(alone, o.name) || slices.Contains(alone, test.name) ||
					o.file == test.file || o.other != nil && test.other != nil
			})
		})
		if i < 0 {
			all = append(all, nil)
			i = len(all) - 1
		}
		all[i] = append(all[i], test)
	}
	return all
}

// Two clones edit the mgit branch at the same time. For each pair of edits it is said
// here what every clone holds afterwards, whoever syncs first. In the wanted texts A is
// the clone that syncs second, B the one that has synced before it; kept is what
// stands in the file, and other what waits in the list of disputes.
func TestConcurrentEdits(t *testing.T) {
	t.Parallel()
	const x, y = "LUVLE-4.1-hack-core-x", "LUVLE-4.1-hack-core-y"
	dispose := func(branch string, change func(*job.LedgerRequest)) side {
		return func(f *fixture) {
			request := job.LedgerRequest{Branches: []string{branch}}
			change(&request)
			if _, _, err := job.Dispose(f.t.Context(), f.open(""), request); err != nil {
				f.t.Fatal(err)
			}
		}
	}
	decide := func(branch, disposition, reason string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.Disposition, r.Reason = disposition, reason })
	}
	owner := func(branch, who string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.Owner = &who })
	}
	ticket := func(branch, ticket string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.Ticket = &ticket })
	}
	why := func(branch, why string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.Justification = &why })
	}
	review := func(branch, series string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.ReviewBy = &series })
	}
	upstream := func(branch, issue string) side {
		return dispose(branch, func(r *job.LedgerRequest) { r.Upstream = []string{issue} })
	}
	note := func(branch, text string) side {
		return func(f *fixture) {
			if _, _, err := job.Note(f.t.Context(), f.open(""), job.LedgerRequest{Branches: []string{branch}, Text: text}); err != nil {
				f.t.Fatal(err)
			}
		}
	}
	// byHand edits a file as people do: in a worktree of the mgit branch.
	byHand := func(path, old, now string) side {
		return func(f *fixture) {
			text := f.Git("show", "mgit:"+path) + "\n"
			if old != "" && !strings.Contains(text, old) {
				f.t.Fatalf("%s has no %q:\n%s", path, old, text)
			}
			if old == "" {
				text += now
			} else {
				text = strings.Replace(text, old, now, 1)
			}
			f.shared(path, text)
		}
	}
	write := func(path, text string) side { return func(f *fixture) { f.shared(path, text) } }
	const ledger, entryOfX = "upgrades/4.5.toml", "[branch.\"" + x + "\"]\n"
	state := func(word string) side { return byHand(ledger, "state = \"moved\"", "state = \""+word+"\"") }
	removed := func(f *fixture) {
		text := f.Git("show", "mgit:"+ledger) + "\n"
		before, rest, _ := strings.Cut(text, entryOfX)
		_, after, _ := strings.Cut(rest, "\n\n")
		f.shared(ledger, before+after)
	}
	const id = "0123456789012345678901234567890123456789"
	pre := "<<<<<<<\na\n=======\nb\n>>>>>>>\n"
	resolved := func(id, post, note string) side {
		return func(f *fixture) {
			f.shared("resolutions/"+id+"/preimage", pre)
			f.shared("resolutions/"+id+"/postimage", post)
			f.shared("resolutions/"+id+"/meta.toml", "format = 1\nnote = \""+note+"\"\n")
		}
	}
	forgotten := func(f *fixture) { f.unshare("resolutions/" + id) }
	both := func(sides ...side) side {
		return func(f *fixture) {
			for _, s := range sides {
				s(f)
			}
		}
	}
	tests := []concurrentEdit{
		{"other entries", nil, decide(x, "hold", "A"), decide(y, "hold", "B"), ledger, []string{`reason = "A"`, `reason = "B"`}, nil, nil},
		{"other keys: decision and owner", nil, decide(x, "hold", "A"), owner(x, "B"), ledger, []string{`reason = "A"`, `owner = "B"`}, nil, nil},
		{"other keys: ticket and owner", nil, ticket(x, "A-1"), owner(x, "B"), ledger, []string{`ticket = "A-1"`, `owner = "B"`}, nil, nil},
		{"other keys: note and state", nil, note(x, "from A"), state("tested"), ledger, []string{"from A", `state = "tested"`}, nil, nil},
		{"other keys: justification and review", nil, why(x, "local"), review(x, "5.1"), ledger, []string{`justification = "local"`, `review_by = "5.1"`}, nil, nil},
		{"same decision", nil, decide(x, "hold", "A"), decide(x, "drop", "B"), ledger, []string{`reason = "A"`}, []string{`"drop"`}, []string{`disposition = "drop", reason = "B"`}},
		{"same decision, same words", nil, decide(x, "hold", "A"), decide(x, "hold", "A"), ledger, []string{`reason = "A"`}, nil, nil},
		{"same owner", nil, owner(x, "A"), owner(x, "B"), ledger, []string{`owner = "A"`}, []string{`owner = "B"`}, []string{`owner = "B"`}},
		{"same ticket", nil, ticket(x, "A-1"), ticket(x, "B-1"), ledger, []string{`ticket = "A-1"`}, []string{"B-1"}, []string{`ticket = "B-1"`}},
		{"same justification", nil, why(x, "local"), why(x, "temporary"), ledger, []string{`"local"`}, []string{"temporary"}, []string{`justification = "temporary"`}},
		{"same issues", nil, upstream(x, "MDL-1"), upstream(x, "MDL-2"), ledger, []string{"MDL-1"}, []string{"MDL-2"}, []string{`upstream = ["MDL-2"]`}},
		{"same review", nil, review(x, "5.1"), review(x, "5.2"), ledger, []string{`"5.1"`}, []string{`"5.2"`}, []string{`review_by = "5.2"`}},
		{"owner taken away and changed", owner(x, "old"), owner(x, ""), owner(x, "B"), ledger, nil, []string{`owner = "B"`}, []string{`owner = "B"`}},
		{"two notes", nil, note(x, "from A"), note(x, "from B"), ledger, []string{"from A", "from B"}, nil, nil},
		{"a note taken away and one added", note(x, "old"), byHand(ledger, `text = "old"`, `text = "new"`), note(x, "from B"), ledger, []string{`"new"`, "from B"}, []string{`"old"`}, nil},
		{"two states of the same work", nil, state("tested"), state("in-test"), ledger, []string{`state = "in-test"`}, []string{"tested"}, nil},
		{"states that exclude each other", nil, state("held"), state("in-test"), ledger, []string{`state = "held"`}, []string{"in-test"}, []string{`state = "in-test"`}},
		{
			"unknown keys", nil, byHand(ledger, entryOfX, entryOfX+"colour = \"red\"\n"), byHand(ledger, entryOfX, entryOfX+"colour = \"blue\"\n"), ledger,
			[]string{`colour = "red"`},
			nil,
			[]string{`colour = "blue"`},
		},
		{"entry removed and untouched", nil, removed, owner(y, "B"), ledger, []string{`owner = "B"`}, []string{entryOfX}, nil},
		{"entry removed here and changed there", nil, removed, owner(x, "B"), ledger, []string{entryOfX, `owner = "B"`}, nil, []string{"removed"}},
		{"entry changed here and removed there", nil, owner(x, "A"), removed, ledger, []string{entryOfX, `owner = "A"`}, nil, []string{"removed"}},
		{"ledgers' heads", nil, byHand(ledger, "onto = \"v4.5.0\"", "onto = \"v4.5.1\""), byHand(ledger, "onto = \"v4.5.0\"", "onto = \"v4.5.2\""), ledger, []string{"v4.5.1"}, []string{"v4.5.2"}, []string{`onto = "v4.5.2"`}},

		{"other records", nil, byHand("mgit.toml", "", "\n[branch.mod_a]\nreason = \"A\"\n"), byHand("mgit.toml", "", "\n[branch.mod_b]\nreason = \"B\"\n"), "mgit.toml", []string{`"A"`, `"B"`}, nil, nil},
		{"other keys of a record", nil, byHand("mgit.toml", `reason = "x"`, `reason = "A"`), byHand("mgit.toml", `owner = "x"`, `owner = "B"`), "mgit.toml", []string{`reason = "A"`, `owner = "B"`}, nil, nil},
		{"same key of a record", nil, byHand("mgit.toml", `reason = "x"`, `reason = "A"`), byHand("mgit.toml", `reason = "x"`, `reason = "B"`), "mgit.toml", []string{`reason = "A"`}, []string{`"B"`}, []string{`branch.mod_x.reason = "B"`}},
		{"key removed here and changed there", nil, byHand("mgit.toml", "owner = \"x\"\n", ""), byHand("mgit.toml", `owner = "x"`, `owner = "B"`), "mgit.toml", []string{`owner = "B"`}, nil, []string{"removed"}},
		{"key changed here and removed there", nil, byHand("mgit.toml", `owner = "x"`, `owner = "A"`), byHand("mgit.toml", "owner = \"x\"\n", ""), "mgit.toml", []string{`owner = "A"`}, nil, []string{"removed"}},
		{"record removed here and changed there", nil, byHand("mgit.toml", recordOfX, ""), byHand("mgit.toml", `owner = "x"`, `owner = "B"`), "mgit.toml", []string{"[branch.mod_x]", `reason = "x"`, `owner = "B"`}, nil, []string{"removed"}},
		{"record changed here and removed there", nil, byHand("mgit.toml", `owner = "x"`, `owner = "A"`), byHand("mgit.toml", recordOfX, ""), "mgit.toml", []string{"[branch.mod_x]", `reason = "x"`, `owner = "A"`}, nil, []string{"removed"}},
		{"record removed here, others changed there", nil, byHand("mgit.toml", recordOfX, ""), byHand("mgit.toml", "", "\n[branch.mod_b]\nreason = \"B\"\n"), "mgit.toml", []string{`"B"`}, []string{"mod_x"}, nil},
		{"same plugin", write("plugins.toml", "format = 1\n[plugin.mod_p]\npin = \"v1\"\n"), byHand("plugins.toml", "v1", "v2"), byHand("plugins.toml", "v1", "v3"), "plugins.toml", []string{"v2"}, []string{"v3"}, []string{`plugin.mod_p.pin = "v3"`}},
		{"other plugins", write("plugins.toml", "format = 1\n"), byHand("plugins.toml", "", "[plugin.mod_p]\npin = \"v1\"\n"), byHand("plugins.toml", "", "[plugin.mod_q]\npin = \"v2\"\n"), "plugins.toml", []string{"mod_p", "mod_q"}, nil, nil},
		{
			"same finding", write("decisions.toml", "format = 1\n"), byHand("decisions.toml", "", decisionOf("keep", "A")), byHand("decisions.toml", "", decisionOf("drop", "B")), "decisions.toml",
			[]string{`reason = "A"`},
			[]string{`"drop"`},
			[]string{`decision = "drop"`},
		},
		{
			"decision taken back and changed", write("decisions.toml", "format = 1\n"+decisionOf("keep", "x")), byHand("decisions.toml", decisionOf("keep", "x"), ""),
			byHand("decisions.toml", `reason = "x"`, `reason = "B"`), "decisions.toml",
			[]string{`reason = "B"`},
			nil,
			[]string{"removed"},
		},
		{
			"picks", write("picks.toml", "format = 1\n"), byHand("picks.toml", "", "[pick.a."+id+"]\ncommit = \"1\"\n"), byHand("picks.toml", "", "[pick.b."+id+"]\ncommit = \"2\"\n"), "picks.toml",
			[]string{"pick.a", "pick.b"},
			nil, nil,
		},
		{"another file", write("README", "a\n"), byHand("README", "a", "A"), byHand("README", "a", "B"), "README", []string{"A"}, []string{"B"}, []string{"bytes with the SHA-256"}},

		{"two resolutions", nil, resolved(id, "A\n", "a"), resolved(strings.Repeat("1", 40), "B\n", "b"), "resolutions", []string{"/A", "/B"}, nil, nil},
		{"two resolutions of one conflict", nil, resolved(id, "A\n", "a"), resolved(id, "B\n", "b"), "resolutions", []string{"postimage/A", "postimage.1/B", `meta.1.toml/format = 1,note = "b"`}, nil, nil},
		{"one resolution, two notes", nil, resolved(id, "A\n", "from A"), resolved(id, "A\n", "from B"), "resolutions", []string{"from A", "from B"}, []string{"postimage.1"}, nil},
		{"resolution forgotten", resolved(id, "A\n", "a"), forgotten, owner(x, "B"), "resolutions", nil, []string{"postimage"}, nil},
		{"resolution forgotten here and annotated there", resolved(id, "A\n", "a"), forgotten, byHand("resolutions/"+id+"/meta.toml", `"a"`, `"B says"`), "resolutions", []string{"postimage/A", "B says"}, nil, nil},
		{"many things at once", nil, both(owner(x, "A"), note(y, "from A"), resolved(id, "A\n", "a")), both(ticket(x, "B-1"), note(y, "from B")), ledger, []string{`owner = "A"`, "from A", "from B", "B-1"}, nil, nil},
	}
	begun := newFixture(t)
	begun.shared("mgit.toml", "format = 1\n"+recordOfX)
	begun.branch(x, "v4.1.0", "x.php", "x\n")
	begun.branch(y, "v4.1.0", "y.php", "y\n")
	begun.rebaseAll()
	fresh, synced := begun.colleague(), begun.colleague()
	synced.sync()
	tried := make(map[string]bool) // the kinds of dispute that are settled in a case
	for _, together := range meetings(tests, "resolution forgotten", "many things at once") {
		var names, other []string
		settles := ""
		for _, test := range together {
			names = append(names, test.name)
			other = append(other, test.other...)
			kind := fmt.Sprint(test.file, test.other != nil && test.other[0] == "removed")
			if test.other != nil && !tried[kind] {
				tried[kind], settles = true, test.file
			}
		}
		t.Run(strings.Join(names, "; "), func(t *testing.T) {
			t.Parallel()
			origin := begun.copy(t)
			a, b := synced.copyFor(origin), fresh.copyFor(origin)
			for _, test := range together {
				if test.before != nil {
					test.before(a)
				}
			}
			if slices.ContainsFunc(together, func(test concurrentEdit) bool { return test.before != nil }) {
				a.sync()
				b = origin.colleague()
			}
			for _, test := range together {
				test.a(a)
				test.b(b)
			}
			b.sync()
			report := a.sync()
			if len(report.Disagreements) != len(other) || len(report.Disputes) != len(other) {
				t.Errorf("disagreements: %+v, disputes: %+v, want %q", report.Disagreements, report.Disputes, other)
			}
			b.sync()
			want := a.Git("rev-parse", "mgit")
			for name, clone := range map[string]*fixture{"A": a, "B": b, "the remote": origin} {
				if got := clone.Git("rev-parse", "mgit"); got != want {
					t.Errorf("%s has another mgit branch", name)
				}
			}
			for _, test := range together {
				test.check(t, b.sharedText(test.file))
			}
			open, err := job.Disputes(t.Context(), b.open(""))
			if err != nil || len(open) != len(other) {
				t.Fatalf("%+v, %v, want %q", open, err, other)
			}
			for i, part := range other {
				other := strings.ReplaceAll(open[i].Other, "\n", ", ")
				if part == "removed" && other != "" || part != "removed" && !strings.Contains(other, part) {
					t.Errorf("the other value is %q, want %q", other, part)
				}
				if settles != "" {
					b.settleBoth(settles, open[i])
				}
			}
		})
	}
}

// check looks at the text of the file afterwards.
func (c concurrentEdit) check(t *testing.T, text string) {
	t.Helper()
	for _, part := range c.kept {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %s lacks %q:\n%s", c.name, c.file, part, text)
		}
	}
	for _, part := range c.gone {
		if strings.Contains(text, part) {
			t.Errorf("%s: %s has %q:\n%s", c.name, c.file, part, text)
		}
	}
}

const recordOfX = "\n[branch.mod_x]\norigin = \"local\"\nreason = \"x\"\nowner = \"x\"\n"

func decisionOf(word, reason string) string {
	return fmt.Sprintf("\n[decision.00000000000000aa]\npath = \"a\"\nclass = \"modified\"\ndecision = %q\nreason = %q\nwho = %q\n", word, reason, reason)
}

// sharedText is a file of the mgit branch, or of a folder every file behind its name
// on one line.
func (f *fixture) sharedText(path string) string {
	f.t.Helper()
	if path != "resolutions" {
		return f.Git("show", "mgit:"+path)
	}
	var all strings.Builder
	for name := range strings.FieldsSeq(f.Git("ls-tree", "-r", "--name-only", "mgit", path)) {
		fmt.Fprintf(&all, "%s/%s\n", name, strings.ReplaceAll(f.Git("show", "mgit:"+name), "\n", ","))
	}
	return all.String()
}

// settleBoth chooses the other value, takes that back and chooses the one that was
// kept.
func (f *fixture) settleBoth(file string, d job.Dispute) {
	f.t.Helper()
	tip := f.Git("rev-parse", "mgit^{tree}")
	choose := func(other bool) {
		f.t.Helper()
		report, run, err := job.Settle(f.t.Context(), f.open(""), job.SettleRequest{IDs: []string{d.ID[:6]}, Other: other})
		if err != nil || run == 0 || report.Open != 0 {
			f.t.Fatalf("%+v, run %d, %v", report, run, err)
		}
		if open, err := job.Disputes(f.t.Context(), f.open("")); err != nil || len(open) != 0 {
			f.t.Errorf("still open: %+v, %v", open, err)
		}
	}
	dry, run, err := job.Settle(f.t.Context(), f.open(""), job.SettleRequest{IDs: []string{d.ID}, Other: true, DryRun: true})
	if err != nil || run != 0 || len(dry.Settled) != 1 || f.Git("rev-parse", "mgit^{tree}") != tip {
		f.t.Errorf("a dry run: %+v, run %d, %v", dry, run, err)
	}
	choose(true)
	if d.Key != "" && d.Other != "" && !strings.Contains(f.sharedText(file), lastLine(d.Other)) {
		f.t.Errorf("the other value %q was not taken:\n%s", d.Other, f.sharedText(file))
	}
	if _, _, err := job.UndoRun(f.t.Context(), f.open(""), 0, false); err != nil {
		f.t.Fatal(err)
	}
	if got := f.Git("rev-parse", "mgit^{tree}"); got != tip {
		f.t.Errorf("undo did not bring back what was: %s", f.Git("diff", tip, got))
	}
	choose(false)
}

// lastLine is the value of the last line of a TOML text, without its key.
func lastLine(text string) string {
	if strings.HasPrefix(text, "decision.") {
		return "decision = \"drop\""
	}
	line := text[strings.LastIndexByte(text, '\n')+1:]
	_, value, _ := strings.Cut(line, " = ")
	return value
}

// unshare removes a file or folder from the mgit branch.
func (f *fixture) unshare(path string) {
	f.t.Helper()
	f.sharedEdits("remove "+path, "D "+path+"\n")
}
