package job

import (
	"bytes"
	"errors"
	"fmt"

	"mgit/internal/envfile"
	"mgit/internal/git"
)

// EnvChange is a pin that gets another value.
type EnvChange struct {
	Line       int              `json:"line"`
	Variable   string           `json:"variable"`
	Component  string           `json:"component"`
	Old        string           `json:"old"` // "" where there was none
	New        string           `json:"new"`
	OldRelease string           `json:"old_release"`
	NewRelease string           `json:"new_release"`
	Claims     []EnvClaimChange `json:"claims"`
}

// EnvClaimChange is a comment that says something else now.
type EnvClaimChange struct {
	Line       int    `json:"line"`
	OldBranch  string `json:"old_branch"`
	NewBranch  string `json:"new_branch"`
	OldRelease string `json:"old_release"`
	NewRelease string `json:"new_release"`
}

// EnvKept is a pin that stays, and why.
type EnvKept struct {
	Line      int    `json:"line"`
	Variable  string `json:"variable"`
	Component string `json:"component"`
	Value     string `json:"value"`
	ID        string `json:"id"`
	Text      string `json:"text"`
}

// envEdit is a file on its way to other values.
type envEdit struct {
	from    *openedEnv
	now     *envfile.File
	changes []EnvChange
	stale   []Warning // comments that could not be brought in line
}

func (e *envEdit) isChanged() bool { return !bytes.Equal(e.now.Bytes(), e.from.file.Bytes()) }

// envValue is what a pin becomes.
type envValue struct {
	value                  string
	component              string
	oldRelease, newRelease string
	// claim gives the words of a comment about it; nil where they are not known.
	claim func(old envfile.Claim) (branch, release string)
}

// duplicateRefusal is about a variable that is set twice to different values: which of them
// somebody means cannot be told.
const duplicateRefusal = "duplicate-key"

// set gives a variable another value, at all its places, so that whoever reads the file
// gets the same. The error is a *Refusal where these say different things and that was
// not allowed, and a *UsageError where a value cannot be written.
func (e *envEdit) set(variable string, to envValue, allowDuplicate bool) error {
	var at []int
	pins := e.now.Pins()
	for i, p := range pins {
		if p.Variable != variable {
			continue
		}
		if len(at) > 0 && !allowDuplicate && (pins[at[0]].State != p.State || pins[at[0]].Value != p.Value) {
			return &Refusal{
				ID:   duplicateRefusal,
				Text: fmt.Sprintf("%s sets %s twice, in lines %d and %d, to different values", ShowPath(e.from.Path), variable, pins[at[0]].Line, p.Line),
				Hint: "the last one counts; take the other line out",
			}
		}
		at = append(at, i)
	}
	for _, i := range at {
		if err := e.setAt(i, to); err != nil {
			return err
		}
	}
	return nil
}

func (e *envEdit) setAt(i int, to envValue) error {
	p := e.now.Pins()[i]
	if p.State == envfile.Literal && p.Value == to.value {
		return nil
	}
	now, err := e.now.Set(i, to.value)
	switch {
	case errors.Is(err, envfile.ErrValue):
		return &UsageError{Text: fmt.Sprintf("%s: %q %v", p.Variable, to.value, err)}
	case err != nil:
		return &UsageError{Text: fmt.Sprintf("%s:%d: %s %v", ShowPath(e.from.Path), p.Line, p.Variable, err), Hint: "change that line by hand"}
	}
	change := EnvChange{
		Line: p.Line, Variable: p.Variable, Component: to.component, Old: p.Value, New: to.value,
		OldRelease: to.oldRelease, NewRelease: to.newRelease, Claims: []EnvClaimChange{},
	}
	for n, claim := range p.Claims {
		if to.claim == nil {
			e.leave(claim, "what the new value is cannot be told")
			continue
		}
		branch, release := to.claim(claim)
		said, err := now.SetClaim(i, n, branch, release)
		if err != nil {
			e.leave(claim, "what it would have to say, "+release+", does not look like a release")
			continue
		}
		now = said
		after := now.Pins()[i].Claims[n]
		if after.Branch != claim.Branch || after.Release != claim.Release {
			change.Claims = append(change.Claims, EnvClaimChange{claim.Line, claim.Branch, after.Branch, claim.Release, after.Release})
		}
	}
	e.now = now
	e.changes = append(e.changes, change)
	return nil
}

// leave notes that a comment stays, although it may be wrong now.
func (e *envEdit) leave(claim envfile.Claim, why string) {
	e.stale = append(e.stale, Warning{"claim-stale", fmt.Sprintf("%s:%d: the comment stays as it is, and may be wrong now: %s", ShowPath(e.from.Path), claim.Line, why)})
}

// checkDowngrade refuses an older version.php in place of a newer one: Moodle does not start
// with code that is older than its database.
func (k *envKnowledge) checkDowngrade(e *openedEnv, variable string, from, to git.ID) error {
	old, hasOld := k.build(from)
	now, hasNow := k.build(to)
	if !hasOld || !hasNow || now.Compare(old.Version) >= 0 {
		return nil
	}
	return &Refusal{
		ID:   refuseDowngrade,
		Text: fmt.Sprintf("%s: %s would go back from %s to %s, and Moodle does not start with code older than its database", ShowPath(e.Path), variable, old.Release, now.Release),
	}
}

// coreValue is a commit of upstream's as the new value of a pin, in the form that the old one has.
func (k *envKnowledge) coreValue(old envfile.Pin, was EnvPin, id git.ID) envValue {
	value := id.String()
	if ref := k.coreRef(readEnvRef(old.Value)); ref.kind == EnvTag {
		if tag := k.site.refs.tagOf[id]; tag != "" {
			value = ref.prefix + tag
		}
	}
	v := envValue{value: value, component: coreComponent, oldRelease: was.Release}
	if b, ok := k.build(id); ok {
		v.newRelease = validText(b.Release)
		v.claim = func(c envfile.Claim) (string, string) { return k.claimFor(c, id, b.Version) }
	}
	return v
}
