package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mgit/internal/config"
	"mgit/internal/journal"
)

// Decisions are what the team decided about findings and hunks, by fingerprint.
type Decisions map[string]Decision

// of is the decision on what has the fingerprint, nil when there is none. What has
// no fingerprint is never decided.
func (d Decisions) of(print string) *Decision {
	decision, ok := d[print]
	if !ok || print == "" {
		return nil
	}
	return &decision
}

// DecisionNone takes a decision back.
const DecisionNone = "none"

// DecisionWords lists the decisions there are.
func DecisionWords() []string {
	return []string{DecisionPort, DecisionDrop, DecisionReplace, DecisionKeep}
}

// DecideOn names what is decided on. Path and Class are for people who read the
// shared file.
type DecideOn struct {
	Fingerprint string
	Path        string // raw bytes
	Class       string
	Line        int // of the tree, where the hunk begins; 0 for a finding as a whole
}

// DecideRequest is a decision on findings or hunks.
type DecideRequest struct {
	Fingerprints []DecideOn
	Decision     string // one of DecisionWords, or DecisionNone
	Reason       string // needed for all but DecisionNone
	Line         int    // that was named; 0 for none
	DryRun       bool
}

// DecideReport is what a decision changes on the mgit branch.
type DecideReport struct {
	Decision string    `json:"decision"`
	Reason   string    `json:"reason"`
	Line     int       `json:"line"`    // that was named; 0: the decision is about a whole file
	Decided  []Decided `json:"decided"` // in the order of the request
	// Kept are the hunks of the file that were decided otherwise before, each for
	// itself, and that a decision about the whole file leaves so.
	Kept    []Decided `json:"kept"`
	Changed int       `json:"changed"`
	// Baseline is what became of the baseline that was named; null for none.
	Baseline *BaselineChange `json:"baseline"`
}

// Decided is one finding or hunk that was decided on.
type Decided struct {
	Fingerprint string `json:"fingerprint"`
	Place
	Line    int       `json:"line"` // of the tree, where the hunk begins; 0 for a finding as a whole
	Class   string    `json:"class"`
	Was     *Decision `json:"was"` // null: nothing was decided before
	Changed bool      `json:"changed"`
}

// Decide writes a decision to the mgit branch, or takes it back. What was decided
// before in the same words keeps its author and time. The errors are *UsageError
// for a request that cannot be, and config.ErrNewer.
func Decide(ctx context.Context, site *Site, request DecideRequest) (report *DecideReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	if err := request.check(); err != nil {
		return nil, 0, err
	}
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "decide"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	report, edit, err := site.planDecision(ctx, request)
	if err != nil || request.DryRun || report.Changed == 0 {
		return report, 0, err
	}
	run, err = site.applyEdit(ctx, lock, request.command(), nil, edit)
	return report, run, err
}

func (r DecideRequest) check() error {
	if err := r.checkDecision(); err != nil {
		return err
	}
	if len(r.Fingerprints) == 0 {
		return &UsageError{Text: "nothing is named to decide on"}
	}
	for _, on := range r.Fingerprints {
		if !isFingerprint(on.Fingerprint) {
			return &UsageError{Text: fmt.Sprintf("%q is no fingerprint", on.Fingerprint), Hint: fmt.Sprintf("it has %d digits 0-9 and a-f; mgit corehack-report prints it", fingerprintDigits)}
		}
	}
	return nil
}

// checkDecision judges what is decided, whatever it is about.
func (r DecideRequest) checkDecision() error {
	if r.Decision != DecisionNone && !slices.Contains(DecisionWords(), r.Decision) {
		return &UsageError{
			Text: fmt.Sprintf("%q is no decision", r.Decision),
			Hint: "it is one of " + strings.Join(DecisionWords(), ", ") + "; " + DecisionNone + " takes one back",
		}
	}
	if r.Decision != DecisionNone && strings.TrimSpace(r.Reason) == "" {
		return &UsageError{Text: "a decision needs a reason: in a year nobody knows why", Hint: "--reason TEXT"}
	}
	if !utf8.ValidString(r.Reason) {
		return &UsageError{Text: "the reason is not UTF-8"}
	}
	return nil
}

// command is the request as the journal lists it.
func (r DecideRequest) command() string {
	var places []string
	for _, on := range r.Fingerprints {
		place := cmp.Or(ShowPath(on.Path), on.Fingerprint)
		if r.Line > 0 {
			place += ":" + strconv.Itoa(r.Line)
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	text := "decide " + places[0] + " " + r.Decision
	if more := len(places) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// planDecision says what the request changes, and how.
func (s *Site) planDecision(ctx context.Context, request DecideRequest) (*DecideReport, sharedEdit, error) {
	old, err := s.readShared(ctx, decisionsFile)
	if err != nil {
		return nil, sharedEdit{}, err
	}
	doc, err := openDecisions(old)
	if err != nil {
		return nil, sharedEdit{}, err
	}
	decisions, _, err := parseDecisions(old)
	if err != nil {
		return nil, sharedEdit{}, err
	}
	who, err := s.Repo.Ident(ctx)
	if err != nil {
		return nil, sharedEdit{}, err
	}
	decision := Decision{
		Decision: request.Decision, Reason: strings.TrimSpace(request.Reason),
		Who: fmt.Sprintf("%s <%s>", who.Name, who.Email), When: who.When.UTC().Truncate(time.Second),
	}
	report := &DecideReport{Decision: decision.Decision, Reason: decision.Reason, Line: request.Line, Decided: []Decided{}, Kept: []Decided{}}
	if decision.Decision == DecisionNone {
		report.Reason = ""
	}
	done := make(map[string]bool)
	var tables []decisionTable
	for _, on := range request.Fingerprints {
		if done[on.Fingerprint] {
			continue
		}
		done[on.Fingerprint] = true
		d := Decided{Fingerprint: on.Fingerprint, Place: At(on.Path), Line: on.Line, Class: on.Class}
		if was, ok := decisions[on.Fingerprint]; ok {
			d.Was = &was
		}
		if d.Changed = isDecidedAnew(doc, on.Fingerprint, d.Was, decision); d.Changed {
			report.Changed++
			tables = append(tables, tableOf(doc, d, decision))
		}
		report.Decided = append(report.Decided, d)
	}
	if report.Changed == 0 {
		return report, sharedEdit{}, nil
	}
	if err := writeDecisions(doc, tables); err != nil {
		return nil, sharedEdit{}, err
	}
	return report, sharedEdit{Files: []fileEdit{changeFile(decisionsFile, old, doc.Bytes())}}, nil
}

// isDecidedAnew reports whether the decision says something that the file does
// not. An entry that cannot be read says nothing, and can be taken out.
func isDecidedAnew(doc *config.Document, print string, was *Decision, now Decision) bool {
	if now.Decision == DecisionNone {
		_, exists := doc.Get("decision", print)
		return exists
	}
	return was == nil || was.Decision != now.Decision || was.Reason != now.Reason
}
