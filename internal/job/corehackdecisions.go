package job

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mgit/internal/config"
	"mgit/internal/hunk"
	"mgit/internal/journal"
)

// Decisions are what the team decided about findings and hunks, by fingerprint.
type Decisions map[string]Decision

// of is the decision on what has the fingerprint, nil when there is none.
func (d Decisions) of(print string) *Decision {
	decision, ok := d[print]
	if !ok {
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

// fingerprintDigits is how long a fingerprint is: 64 bits in hexadecimal.
const fingerprintDigits = 16

// isFingerprint reports whether text is what hunkFingerprint makes.
func isFingerprint(text string) bool {
	return len(text) == fingerprintDigits && strings.Trim(text, "0123456789abcdef") == ""
}

// hunkFingerprint names a change of a file by its content: it is the same wherever in
// the file the lines stand and however they end, and another when one of them changes.
// Of a file without lines, the ids of its two contents can stand in their places.
func hunkFingerprint(path, class string, removed, added []string) string {
	return fingerprintOf("hunk", path, class, removed, added)
}

// fingerprints names a finding and each of its hunks. The finding's does not depend
// on how the hunks are cut up between branches. Hunks with the same lines in one
// file are told apart by their order.
func fingerprints(path, class string, hunks []hunk.Piece) (finding string, each []string) {
	var groups [][]string
	for _, h := range joined(hunks) {
		groups = append(groups, h.Old, h.New)
	}
	finding = fingerprintOf("finding", path, class, groups...)
	seen := make(map[string]int)
	for _, h := range hunks {
		print := hunkFingerprint(path, class, h.Old, h.New)
		if seen[print]++; seen[print] > 1 {
			twin := fmt.Sprintf("twin %d", seen[print])
			each = append(each, fingerprintOf(twin, path, class, h.Old, h.New))
			continue
		}
		each = append(each, print)
	}
	return finding, each
}

// joined puts the pieces of one hunk together again.
func joined(pieces []hunk.Piece) []hunk.Hunk {
	var all []hunk.Hunk
	for _, p := range pieces {
		if n := len(all) - 1; n >= 0 && all[n].OldStart+len(all[n].Old) == p.OldStart && all[n].NewStart+len(all[n].New) == p.NewStart {
			all[n].Old = slices.Concat(all[n].Old, p.Old)
			all[n].New = slices.Concat(all[n].New, p.New)
			continue
		}
		all = append(all, p.Hunk)
	}
	return all
}

// fingerprintOf hashes fields that each say how long they are, so that no two
// lists of fields run together into the same bytes.
func fingerprintOf(kind, path, class string, groups ...[]string) string {
	h := sha256.New()
	for _, text := range []string{kind, path, class} {
		hashField(h, text)
	}
	for _, lines := range groups {
		hashLength(h, len(lines))
		for _, line := range lines {
			hashField(h, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:fingerprintDigits]
}

func hashField(h hash.Hash, text string) {
	hashLength(h, len(text))
	h.Write([]byte(text)) // a hash never fails
}

func hashLength(h hash.Hash, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

// DecideOn names what is decided on. Path and Class are for people who read the
// shared file.
type DecideOn struct {
	Fingerprint string
	Path        string // raw bytes
	Class       string
}

// DecideRequest is a decision on findings or hunks.
type DecideRequest struct {
	Fingerprints []DecideOn
	Decision     string // one of DecisionWords, or DecisionNone
	Reason       string // needed for all but DecisionNone
	DryRun       bool
}

// DecideReport is what a decision changes on the mgit branch.
type DecideReport struct {
	Decision string    `json:"decision"`
	Reason   string    `json:"reason"`
	Decided  []Decided `json:"decided"` // in the order of the request
	Changed  int       `json:"changed"`
}

// Decided is one finding or hunk that was decided on.
type Decided struct {
	Fingerprint string `json:"fingerprint"`
	Place
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

func (r DecideRequest) command() string {
	text := "decide " + r.Decision + " " + r.Fingerprints[0].Fingerprint
	if more := len(r.Fingerprints) - 1; more > 0 {
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
	report := &DecideReport{Decision: decision.Decision, Reason: decision.Reason, Decided: []Decided{}}
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
		d := Decided{Fingerprint: on.Fingerprint, Place: At(on.Path), Class: on.Class}
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
