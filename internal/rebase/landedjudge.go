package rebase

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"mgit/internal/git"
)

// Bounds of likeness, as parts of what all changed lines weigh.
// docs/decisions/0031-likeness.md says how they were found.
const (
	alike   = 0.9 // so much of a change is the change
	similar = 0.5 // so much of it is the same thing done in another way
	hinted  = 0.3 // the same, where the subjects are equal
	// said is how much shared lines must weigh to prove something by themselves. Many
	// commits add a line that others add too.
	said = 2.0
	// saidAmong is how much shared lines that are added must weigh among the many of a
	// commit that does more: it also removes what others would remove.
	saidAmong = 3.0
)

// landing is an upstream commit that does what a commit does, or part of it.
type landing struct {
	at      int // in upstream; -1 for one that is not there
	how     How
	verdict Verdict // "" for a part that says nothing by itself
	both    lineSet
	cover   float64 // the part of the commit's lines that it has
	back    float64 // the part of its lines that the commit has
	titled  bool    // the subjects are equal
}

// measure compares the lines of a commit with those of upstream's.
func (l *landing) measure(own lineSet, theirs *change) {
	l.both = own.shared(theirs.lines)
	l.cover = own.part(l.both)
	if !theirs.isPart { // what was not read is far more
		l.back = theirs.lines.part(l.both)
	}
}

// proves reports whether shared lines are enough to know a change by nothing else: they
// must say something, be in most of the files and, in a commit that does much else, not
// be removals alone.
func (l *landing) proves(own lineSet) bool {
	if l.both.weight() < said || own.inFiles(l.both) <= 0.5 {
		return false
	}
	return l.back >= similar || l.both.added() >= saidAmong
}

// judge says what upstream did with the change of a step.
func (f *finder) judge(step Step) (Evidence, bool) {
	e := Evidence{Commit: step.Old}
	if id, ok := f.source(step); ok {
		e.By, e.Picked = id, true
		return f.decide(step, e, f.compareSource(step, id)), true
	}
	l, also, ok := f.choose(step, f.landings(step), -1)
	if !ok {
		return e, false
	}
	e.By, e.Also = f.upstream[l.at].id, also
	return f.decide(step, e, l), true
}

// decide adds to the evidence what became of the landing since: it may have been taken
// back, and done again.
func (f *finder) decide(step Step, e Evidence, l landing) Evidence {
	for {
		e.How, e.Verdict, e.Likeness = l.how, l.verdict, l.cover
		undo, ok := f.undo(step, e, l.at)
		if !ok {
			return e
		}
		again, also, ok := f.choose(step, f.landings(step), undo)
		if !ok || again.verdict != VerdictLanded && again.cover < hinted {
			e.Reverted, e.Undo, e.Verdict = true, f.upstream[undo].id, VerdictReverted
			return e
		}
		l = again
		e.By, e.Also, e.Picked = f.upstream[l.at].id, also, false
	}
}

// source finds the commit that the step was picked from, where the new base has it. That
// is how upstream did what the step does, whatever became of its lines on the branch.
func (f *finder) source(step Step) (git.ID, bool) {
	for _, id := range Sources(step.commit.Message) {
		if f.sources.in[id] {
			return id, true
		}
	}
	return git.ZeroID, false
}

// compareSource compares a step with the commit that it was picked from.
func (f *finder) compareSource(step Step, id git.ID) landing {
	l := landing{at: -1, how: ByLikeness, verdict: VerdictDifferent}
	if at, ok := f.at[id]; ok {
		l.at = at
	}
	if number(step.commit.Message) != "" {
		l.how = ByMDL
	}
	own, theirs := f.changes[step.Old], f.changes[id]
	if own == nil || theirs == nil {
		return l
	}
	l.measure(f.net[step.Old], theirs)
	switch {
	case !theirs.isPart && own.patch == theirs.patch:
		l.how, l.verdict, l.cover = ByPatchID, VerdictLanded, 1
	case l.cover >= alike:
		l.verdict = VerdictLanded
	}
	return l
}

// landings lists the upstream commits that may do what the step does, oldest first.
func (f *finder) landings(step Step) []landing {
	var all []landing
	patches := f.patches(step)
	for _, at := range f.candidates(step.Old) {
		if l, ok := f.compare(step, patches, at); ok {
			all = append(all, l)
		}
	}
	if n := pickedNumber(step.commit.Message); n != "" && !slices.ContainsFunc(all, landing.counts) {
		for _, at := range f.numbered[n] {
			if !saysRevert(f.upstream[at].message) {
				all = append(all, landing{at: at, how: ByMDL, verdict: VerdictDifferent})
			}
		}
	}
	return all
}

// patches are those that stand for the step: its own and those of its sources.
func (f *finder) patches(step Step) [][sha256.Size]byte {
	var all [][sha256.Size]byte
	for _, id := range append(Sources(step.commit.Message), step.Old) {
		if c := f.changes[id]; c != nil && c.patch != [sha256.Size]byte{} {
			all = append(all, c.patch)
		}
	}
	return all
}

// compare says whether the upstream commit does what the step does, or part of it.
func (f *finder) compare(step Step, patches [][sha256.Size]byte, at int) (landing, bool) {
	up := f.upstream[at]
	theirs := f.changes[up.id]
	l := landing{at: at, how: ByLikeness}
	if theirs == nil {
		return l, false
	}
	own := f.net[step.Old]
	l.measure(own, theirs)
	numbered := false
	if saysRevert(step.commit.Message) == saysRevert(up.message) {
		n := number(step.commit.Message)
		numbered = n != "" && mdlNumber().FindString(subject(up.message)) == n
		l.titled = sameTitle(step.commit.Message, up.message)
	}
	switch {
	case slices.Contains(patches, theirs.patch):
		l.how, l.verdict, l.cover = ByPatchID, VerdictLanded, 1
	case numbered:
		l.how, l.verdict = ByMDL, VerdictDifferent
		if l.cover >= alike {
			l.verdict = VerdictLanded
		}
	case !l.titled && !l.proves(own):
		return l, l.back >= similar && l.both.weight() >= said
	case l.cover >= alike:
		l.verdict = VerdictLanded
	case l.titled && l.cover >= hinted, l.cover >= similar && l.back >= similar:
		l.verdict = VerdictDifferent
	}
	return l, l.verdict != "" || l.back >= similar && l.both.weight() >= said
}

func (l landing) counts() bool { return l.verdict != "" }

// choose picks the landing after a place in upstream that is the most like the step;
// where none has all of it, those that have it together.
func (f *finder) choose(step Step, all []landing, after int) (landing, []git.ID, bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(l landing) bool { return l.at <= after })
	if len(all) == 0 {
		return landing{}, nil, false
	}
	slices.SortStableFunc(all, func(a, b landing) int { return cmp.Compare(b.rank(), a.rank()) })
	if all[0].verdict != VerdictLanded {
		if l, also, ok := f.together(step, all); ok {
			return l, also, true
		}
	}
	return all[0], nil, all[0].counts()
}

// rank orders landings by how much they are worth.
func (l landing) rank() float64 {
	sum := l.cover + l.back
	if l.verdict == VerdictLanded {
		sum += 100
	}
	if l.counts() {
		sum += 50
	}
	if l.how == ByPatchID {
		sum += 10
	}
	if l.how == ByMDL {
		sum++
	}
	if l.titled {
		sum++
	}
	return sum
}

// together finds the commits that have the change among them: upstream often does in
// several what a site did in one. all is ordered by rank.
func (f *finder) together(step Step, all []landing) (landing, []git.ID, bool) {
	own := f.net[step.Old]
	rest := own
	var parts []landing
	for _, l := range all {
		news := l.both.shared(rest)
		if w := news.weight(); w < said || w < similar*l.both.weight() {
			continue
		}
		rest = rest.without(news)
		parts = append(parts, l)
	}
	done := own.without(rest)
	if len(parts) < 2 || own.part(done) < alike {
		return landing{}, nil, false
	}
	var also []git.ID
	for _, l := range parts[1:] {
		also = append(also, f.upstream[l.at].id)
	}
	l := parts[0]
	l.verdict, l.cover, l.both = VerdictLanded, own.part(done), done
	return l, also, true
}
