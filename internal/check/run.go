package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// Finding is what a rule found.
type Finding struct {
	Rule     string
	Severity Severity
	// Path is the file that is to blame, "" where none is; Line counts from 1, 0 is the file as a whole.
	Path string
	Line int
	// Commit is the one whose message is to blame; zero for others.
	Commit git.ID
	Text   string // one line without a full stop
	Hint   string
	// Waived is who let it pass; nil: nobody.
	Waived *Waiver
	// Failed is the id of the rule that could not come to an end; "" unless Rule is RuleFailed.
	Failed string
}

// Request says what is judged, and how.
type Request struct {
	Subject *Subject
	// Severity says what a rule weighs by the settings; nil: what the rule itself says.
	Severity func(Rule) Severity
	// Waivers are those that somebody gave.
	Waivers []Waiver
	// Load reads the contents of some of the files, before rules are asked about them; what it has loaded is let go
	// afterwards. Nil: they are there.
	Load func(ctx context.Context, files []*File) error
	// Limit is how long one rule may take for all that it is asked; 0 is a minute.
	Limit time.Duration

	rules []Rule // in tests; nil: all there are
}

// Result is what all rules found.
type Result struct {
	Findings []Finding // by path, line, rule; what has no path first
	// Unused are waivers that nothing was found for.
	Unused []Waiver
	// Notes are what could not be judged and why: no PHP, a file that was too large.
	Notes []string
}

// Found reports whether something was found that nobody waived: errors, and warnings when strict.
func (r *Result) Found(strict bool) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Waived == nil && (f.Severity == Error || strict && f.Severity == Warning)
	})
}

// portion is how many files are loaded at a time, while as many are judged.
const portion = 128

// Run asks every rule that is not off. The error is that of Load or of the context; a rule that fails
// is a finding.
func Run(ctx context.Context, request Request) (*Result, error) {
	r := &run{request: request, left: make(map[string]time.Duration)}
	defer r.awaitPrograms()
	rules := request.rules
	if rules == nil {
		rules = Rules()
	}
	for _, rule := range rules {
		if s := r.severity(rule); s != Off {
			rule.Severity = s
			r.rules = append(r.rules, rule)
		}
	}
	r.ask(ctx, func(rule Rule) func(*Judge) { return rule.whole })
	for i := range request.Subject.Messages {
		r.ask(ctx, func(rule Rule) func(*Judge) {
			if rule.message == nil {
				return nil
			}
			return func(j *Judge) { rule.message(j, &request.Subject.Messages[i]) }
		})
	}
	if err := r.files(ctx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("check: %w", context.Cause(ctx))
	}
	return r.result(ctx)
}

// run is one judgement on its way.
type run struct {
	request Request
	rules   []Rule

	mu       sync.Mutex
	findings []Finding
	notes    []string
	left     map[string]time.Duration // that a rule still has, by id; failed rules have none
	failed   map[string]bool

	running sync.RWMutex // see Judge
}

// awaitPrograms waits until the programs are ended that a rule has begun and nobody waits for any more.
func (r *run) awaitPrograms() {
	r.running.Lock()
	defer r.running.Unlock()
}

func (r *run) severity(rule Rule) Severity {
	if rule.Final || r.request.Severity == nil {
		return rule.Severity
	}
	return r.request.Severity(rule)
}

// files asks about each file, a portion after the other. While one is judged the next is loaded. Where no rule wants to
// see into files none is.
func (r *run) files(ctx context.Context) error {
	if !slices.ContainsFunc(r.rules, func(rule Rule) bool { return rule.file != nil || rule.files != nil }) {
		return nil
	}
	parts := slices.Collect(slices.Chunk(r.request.Subject.Files, portion))
	loaded := r.load(ctx, parts)
	for i, part := range parts {
		if err := loaded(); err != nil {
			return err
		}
		loaded = r.load(ctx, parts[i+1:])
		r.noteUnread(part)
		judged := slices.DeleteFunc(slices.Clone(part), func(f *File) bool { return f.IsDeleted() || f.After.Mode == git.ModeGitlink })
		r.ask(ctx, func(rule Rule) func(*Judge) { return rule.aboutFiles(judged) })
		if ctx.Err() != nil {
			break // rules that nobody waits for any more may still be reading
		}
		if r.request.Load != nil && !r.hasFailures() {
			letGo(part)
		}
	}
	return loaded()
}

// noteUnread says which files nobody has seen into.
func (r *run) noteUnread(files []*File) {
	for _, f := range files {
		if f.After.Unread != "" {
			r.notes = append(r.notes, fmt.Sprintf("%q was not looked into: %s", f.Path, f.After.Unread))
		}
	}
}

// load begins to load the first of some portions, and returns what waits for it.
func (r *run) load(ctx context.Context, parts [][]*File) (wait func() error) {
	if r.request.Load == nil || len(parts) == 0 {
		return func() error { return nil }
	}
	var loading crew.Group
	var err error
	loading.Go(func() { err = r.request.Load(ctx, parts[0]) })
	return func() error {
		loading.Wait()
		return err
	}
}

// aboutFiles is what the rule has to say of some files, nil for nothing.
func (r Rule) aboutFiles(files []*File) func(*Judge) {
	switch {
	case len(files) == 0:
		return nil
	case r.files != nil:
		return func(j *Judge) { r.files(j, files) }
	case r.file == nil:
		return nil
	}
	return func(j *Judge) {
		for _, f := range files {
			if j.Context.Err() == nil {
				r.file(j, f)
			}
		}
	}
}

// letGo forgets contents that were loaded. It must not be called while a rule that was left to itself may be reading.
func letGo(files []*File) {
	for _, f := range files {
		f.mu.Lock()
		f.After.Data, f.added, f.ready = nil, nil, false
		for i := range f.Before {
			f.Before[i].Data = nil
		}
		f.mu.Unlock()
	}
}

// ask runs one function of every rule that has it, side by side, and waits until all have ended or had their time.
func (r *run) ask(ctx context.Context, function func(Rule) func(*Judge)) {
	var all crew.Group
	for _, rule := range r.rules {
		f := function(rule)
		if f == nil || r.hasFailed(rule.ID) {
			continue
		}
		all.Go(func() { r.try(ctx, rule, f) })
	}
	all.Wait()
}

// try runs a function of a rule. It may not end: Go cannot stop it, so it is left to itself, and what it reports
// later is not heard.
func (r *run) try(ctx context.Context, rule Rule, f func(*Judge)) {
	limit := r.timeOf(rule.ID)
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	var found []Finding
	var notes []string
	var mu sync.Mutex // what is late may still be reporting
	judge := &Judge{Subject: r.request.Subject, Context: within, rule: rule, running: &r.running, report: func(one Finding) {
		mu.Lock()
		defer mu.Unlock()
		found = append(found, r.complete(rule, one))
	}, note: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, text)
	}}
	ended := make(chan any, 1)
	var alone crew.Group // nobody waits for it: it may never end
	alone.Go(func() {
		defer func() { ended <- fault(recover()) }()
		f(judge)
	})
	var why string
	select {
	case broken := <-ended:
		switch {
		case broken != nil:
			why = fmt.Sprintf("it broke: %v", broken)
		case within.Err() != nil && ctx.Err() == nil:
			why = fmt.Sprintf("it took longer than %v", limit)
		}
	case <-within.Done():
		why = fmt.Sprintf("it took longer than %v", limit)
	}
	mu.Lock()
	defer mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left[rule.ID] = limit - time.Since(began)
	r.findings = append(r.findings, found...)
	r.notes = append(r.notes, notes...)
	if why == "" || ctx.Err() != nil {
		return
	}
	if r.failed == nil {
		r.failed = make(map[string]bool)
	}
	r.failed[rule.ID] = true
	r.findings = append(r.findings, Finding{
		Rule: RuleFailed, Severity: Error, Failed: rule.ID, Text: fmt.Sprintf("the rule %s could not judge: %s", rule.ID, inShort(why)),
		Hint: "`--allow " + rule.ID + "` goes on without it",
	})
}

// inShort is a text of any length and form in a line that can be shown.
func inShort(text string) string {
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}

// fault is what somebody panicked with, without the stack that a crew keeps.
func fault(value any) any {
	if p, ok := value.(*crew.Panic); ok {
		return p.Value
	}
	return value
}

func (r *run) hasFailed(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[id]
}

func (r *run) hasFailures() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failed) > 0
}

func (r *run) timeOf(id string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if left, known := r.left[id]; known {
		return max(left, 0)
	}
	return cmp.Or(r.request.Limit, time.Minute)
}

// complete fills in what the rule says of all its findings. A finding may weigh less than its rule, not more.
func (r *run) complete(rule Rule, f Finding) Finding {
	f.Rule = rule.ID
	if f.Severity != Warning || rule.Severity == Warning {
		f.Severity = rule.Severity
	}
	f.Hint = cmp.Or(f.Hint, rule.Hint)
	return f
}

// result sorts the findings and sees which are waived.
func (r *run) result(ctx context.Context) (*Result, error) {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
	out := &Result{Findings: r.findings}
	if err := r.waive(ctx, out); err != nil {
		return nil, err
	}
	var note string
	if out.Findings, note = withoutGuests(out.Findings); note != "" {
		r.notes = append(r.notes, note)
	}
	slices.Sort(r.notes)
	out.Notes = slices.Compact(r.notes)
	return out, nil
}

// String is the finding as "id path:line", without what it does not have.
func (f Finding) String() string {
	switch {
	case f.Path == "":
		return f.Rule
	case f.Line == 0:
		return f.Rule + " " + f.Path
	}
	return fmt.Sprintf("%s %s:%d", f.Rule, f.Path, f.Line)
}
