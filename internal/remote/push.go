package remote

import "fmt"

// Kind is a kind of ref that somebody may want to push.
type Kind string

// The kinds of refs. What is none of these is Other and stays in its clone: refs/mgit/ above all.
const (
	Branch     Kind = "branch"
	Target     Kind = "target"
	ReleaseTag Kind = "release tag"
	State      Kind = "mgit branch" // configuration, ledgers, resolutions
	Other      Kind = "ref"
)

// Item is a ref to be pushed.
type Item struct {
	Ref    string // in full
	Kind   Kind
	Public bool // a Branch whose record says, in force, that the community may see it
}

// PushError says why something is not pushed.
type PushError struct {
	Remote string
	Role   Role
	Ref    string
	Reason string
}

func (e *PushError) Error() string {
	return fmt.Sprintf("push %s to %s: %s", e.Ref, e.Remote, e.Reason)
}

// MayPush returns nil when the role of r allows to push the item there, else a *PushError. It decides by
// role only: what the commits hold is for others to check.
//
//	              branch       target  release tag  mgit branch  anything else
//	internal      yes          yes     yes          yes          no
//	public        if public    no      no           no           no
//	upstream, integration, none: nothing
func (t *Table) MayPush(r Remote, item Item) error {
	role := t.PushRole(r)
	reason := ""
	switch {
	case role == None:
		reason = "the remote has no role"
		if len(r.PushURLs) > 1 {
			reason = "the remote's URLs have no role in common"
		}
	case role == Upstream || role == Integration:
		reason = fmt.Sprintf("a remote with the role %s is only fetched from", role)
	case item.Kind == Other || item.Kind == "":
		reason = "only branches, targets, release tags and the mgit branch are pushed"
	case role == Internal:
		return nil
	case item.Kind != Branch:
		reason = fmt.Sprintf("a %s is never pushed to a public remote", item.Kind)
	case !item.Public:
		reason = "its record does not say that it is public"
	default:
		return nil
	}
	return &PushError{Remote: r.Name, Role: role, Ref: item.Ref, Reason: reason}
}
