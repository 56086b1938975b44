package debian

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is the version of a package, taken apart.
type Version struct {
	Epoch    string // "" for none
	Upstream string
	Revision string // "" for none, as native packages have it
}

// ParseVersion reads a version such as 1:4.5.5-0-1: what stands before the first
// colon is the epoch, what follows the last hyphen the revision.
func ParseVersion(text string) (Version, error) {
	v := Version{Upstream: text}
	if epoch, rest, ok := strings.Cut(text, ":"); ok {
		if _, err := strconv.ParseUint(epoch, 10, 31); err != nil {
			return Version{}, fmt.Errorf("version %q: the epoch is not a number", text)
		}
		v.Epoch, v.Upstream = epoch, rest
	}
	if at := strings.LastIndexByte(v.Upstream, '-'); at >= 0 {
		v.Upstream, v.Revision = v.Upstream[:at], v.Upstream[at+1:]
		if v.Revision == "" || !consistsOf(v.Revision, alnum+"+.~") {
			return Version{}, fmt.Errorf("version %q: %q is no revision", text, v.Revision)
		}
	}
	allowed := alnum + ".+-~"
	if v.Epoch != "" {
		allowed += ":"
	}
	if v.Upstream == "" || v.Upstream[0] < '0' || v.Upstream[0] > '9' || !consistsOf(v.Upstream, allowed) {
		return Version{}, fmt.Errorf("version %q: %q is no version of an upstream release: it begins with a digit and has letters, digits and . + - ~ only", text, v.Upstream)
	}
	return v, nil
}

const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func consistsOf(text, alphabet string) bool {
	return strings.Trim(text, alphabet) == ""
}

// String puts the version together.
func (v Version) String() string {
	text := v.Upstream
	if v.Epoch != "" {
		text = v.Epoch + ":" + text
	}
	if v.Revision != "" {
		text += "-" + v.Revision
	}
	return text
}

// Compare orders versions as dpkg does; see deb-version(7).
func (v Version) Compare(w Version) int {
	number := func(epoch string) uint64 {
		n, _ := strconv.ParseUint(cmp.Or(epoch, "0"), 10, 31) // ParseVersion took it
		return n
	}
	return cmp.Or(cmp.Compare(number(v.Epoch), number(w.Epoch)), comparePart(v.Upstream, w.Upstream), comparePart(v.Revision, w.Revision))
}

// comparePart compares what is no number and what is one in turn.
func comparePart(a, b string) int {
	const digits = "0123456789"
	cut := func(text string, isDigit bool) (part, rest string) {
		at := strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune(digits, r) != isDigit })
		if at < 0 {
			at = len(text)
		}
		return text[:at], text[at:]
	}
	for a != "" || b != "" {
		var x, y string
		x, a = cut(a, false)
		y, b = cut(b, false)
		if c := compareText(x, y); c != 0 {
			return c
		}
		x, a = cut(a, true)
		y, b = cut(b, true)
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}

// compareText compares what is no number: ~ comes before the end, letters before
// all else.
func compareText(a, b string) int {
	order := func(text string, at int) int {
		switch {
		case at >= len(text):
			return 0
		case text[at] == '~':
			return -1
		case strings.IndexByte(alnum, text[at]) >= 0:
			return int(text[at])
		default:
			return int(text[at]) + 0x100
		}
	}
	for i := range max(len(a), len(b)) {
		if c := cmp.Compare(order(a, i), order(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

// Next returns the version of the next package of an upstream version: revision 1,
// or one higher than the highest number among the revisions that it was packaged
// with. The epoch is that of the newest of taken, which stands first; packages
// without it would count as older.
func Next(upstream string, taken []Version) (Version, error) {
	next := Version{Upstream: upstream}
	if len(taken) > 0 {
		next.Epoch = taken[0].Epoch
	}
	highest := 0
	for _, v := range taken {
		if v.Upstream != upstream {
			continue
		}
		// 2ubuntu1 and 2+deb12u1 come behind 2.
		digits := v.Revision[:len(v.Revision)-len(strings.TrimLeft(v.Revision, "0123456789"))]
		if n, err := strconv.Atoi(digits); err == nil {
			highest = max(highest, n)
		}
	}
	next.Revision = strconv.Itoa(highest + 1)
	back, err := ParseVersion(next.String())
	if err == nil && back != next {
		err = fmt.Errorf("version %q would be read as something else", next)
	}
	return next, err
}
