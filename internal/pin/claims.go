package pin

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// Claims is what a tree says of itself.
type Claims struct {
	moodle.Version
	// Local is a site's own suffix of the release.
	Local string
	// Githash is the id, or its first digits, that githash.php names.
	Githash string
}

// Packages of all eras have one assignment of 40 digits, or of the 7 and more to
// which `git log --abbrev` shortens them.
var githashLine = regexp.MustCompile(`(?mi)^[ \t]*\$githash[ \t]*=[ \t]*['"]([0-9a-f]{7,40})['"]`)

// readClaims reads version.php and githash.php. What cannot be read of the first
// is a doubt; a githash.php without a hash says nothing.
func (f *finder) readClaims() {
	var claims Claims
	if m := githashLine.FindSubmatch(f.Githash); m != nil {
		claims.Githash = string(bytes.ToLower(m[1]))
	}
	hasVersion := f.readVersion(&claims)
	if !hasVersion && claims.Githash == "" {
		return
	}
	f.pin.Claims = &claims
	if hasVersion {
		f.key = upstream.KeyOf(claims.Version)
		f.claims = true
		f.family = f.Index.Carrying(f.key)
		f.introduced = f.Index.Introduced(f.key)
	}
}

func (f *finder) readVersion(claims *Claims) bool {
	switch {
	case f.Unreadable != "":
		f.doubt(VersionUnreadable, "version.php cannot be read: %s", f.Unreadable)
		return false
	case f.Version == nil:
		f.doubt(VersionMissing, "there is no version.php")
		return false
	}
	v, err := moodle.ParseVersion(f.Version)
	if err != nil {
		f.doubt(VersionUnreadable, "version.php tells nothing: %s", reason(err))
		return false
	}
	claims.Version = v
	if r, err := moodle.ParseRelease(v.Release); err == nil {
		claims.Local = r.Local
	}
	return true
}

func reason(err error) string {
	if errors.Is(err, moodle.ErrNotCore) {
		return "it is that of a plugin"
	}
	var format *moodle.FormatError
	if errors.As(err, &format) {
		return format.Reason
	}
	return err.Error()
}

// agreement says how much of what version.php says a commit says too.
type agreement int

const (
	agreesNot     agreement = iota
	agreesSeries            // the same line of releases
	agreesPartly            // the same release, or the same version and branch
	agreesExactly           // the triple
)

func (f *finder) agreement(c upstream.Commit) agreement {
	b, ok := f.Index.Build(c)
	if !ok || !f.claims {
		return agreesNot
	}
	return f.agreementOf(upstream.KeyOf(b.Version))
}

func (f *finder) agreementOf(k upstream.Key) agreement {
	switch {
	case k == f.key:
		return agreesExactly
	case k.Release == f.key.Release && k.Release != "", k.Version == f.key.Version && k.Branch == f.key.Branch:
		return agreesPartly
	}
	claimed, err := f.pin.Claims.Series()
	if err != nil {
		return agreesNot
	}
	series, err := moodle.Version{Release: k.Release, Branch: k.Branch}.Series()
	if err != nil || series != claimed {
		return agreesNot
	}
	return agreesSeries
}

// byGithash is the commit that githash.php names, None when it names none that
// is known. Of several with the same first digits it is the one that agrees with
// version.php.
func (f *finder) byGithash() upstream.Commit {
	if f.pin.Claims == nil || f.pin.Claims.Githash == "" {
		return upstream.None
	}
	prefix := f.pin.Claims.Githash
	found := f.withPrefix(prefix)
	if len(found) == 0 {
		f.doubt(GithashUnknown, "githash.php names %s, which is no commit of upstream as it was fetched", prefix)
		return upstream.None
	}
	for _, c := range found {
		if !f.isUpstreams() || f.agreement(c) == agreesExactly {
			return c
		}
	}
	f.named = append(f.named, found[0])
	f.doubt(GithashStale, "githash.php names %s, which is %s; it was left behind by an older package", prefix, f.name(found[0]))
	return upstream.None
}

// withPrefix finds commits by the first digits of their ids. There is no order to
// search by; looking at all takes a millisecond.
func (f *finder) withPrefix(prefix string) []upstream.Commit {
	var want [20]byte
	for i := range len(prefix) {
		want[i/2] |= hexDigit(prefix[i]) << (4 * (1 - i%2))
	}
	whole := len(prefix) / 2
	var found []upstream.Commit
	for c := range upstream.Commit(f.Index.Len()) {
		id := f.Index.ID(c)
		if !bytes.Equal(id[:whole], want[:whole]) {
			continue
		}
		if len(prefix)%2 == 0 || id[whole]>>4 == want[whole]>>4 {
			found = append(found, c)
		}
	}
	return found
}

func hexDigit(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// byHistory is the commit that the tree's repository stands on: of several that
// agree with version.php the one that fits best. None when there is none.
func (f *finder) byHistory() upstream.Commit {
	best, other := upstream.None, upstream.None
	for _, id := range f.History {
		c, ok := f.Index.Find(id)
		switch {
		case !ok:
		case f.isUpstreams() && f.agreement(c) != agreesExactly:
			f.named = append(f.named, c)
			other = c
		case best == upstream.None || f.compareFit(c, best) < 0:
			best = c
		}
	}
	if best == upstream.None && other != upstream.None {
		f.doubt(HistoryDisagrees, "its repository stands on %s, which is another build", f.name(other))
	}
	return best
}

// isUpstreams reports whether version.php names a build of upstream's.
func (f *finder) isUpstreams() bool { return len(f.family) > 0 }

// name is a commit for people: its first digits and its release.
func (f *finder) name(c upstream.Commit) string {
	short := f.Index.ID(c).String()[:10]
	b, ok := f.Index.Build(c)
	switch {
	case ok && b.Release != "":
		return fmt.Sprintf("%s (%s)", short, b.Release)
	case ok:
		return fmt.Sprintf("%s (%s)", short, b.Version.Version)
	}
	return short
}
