package job

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"

	"mgit/internal/hunk"
)

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
// on how the hunks are cut up between branches.
//
// Twins, which are hunks with the same lines in one file, are told apart by the lines
// before and after them in pristine, or in the tree where pristine has no such file;
// those that are alike in that too, by their order. None of them has the fingerprint
// that it would have alone, and order counts only among as many: a decision about one
// never passes to another when one goes or comes. It has to be made again then.
func fingerprints(path, class string, hunks []hunk.Piece, pristine, tree []byte) (finding string, each []string) {
	var groups [][]string
	for _, h := range joined(hunks) {
		groups = append(groups, h.Old, h.New)
	}
	finding = fingerprintOf("finding", path, class, groups...)
	each = make([]string, len(hunks))
	alike := make(map[string][]int)
	for i, h := range hunks {
		each[i] = hunkFingerprint(path, class, h.Old, h.New)
		alike[each[i]] = append(alike[each[i]], i)
	}
	around := sync.OnceValue(func() func(hunk.Piece) []string { return surroundings(pristine, tree) })
	for _, twins := range alike {
		if len(twins) == 1 {
			continue
		}
		placed := make(map[string][]int)
		for _, i := range twins {
			print := fingerprintOf("twin", path, class, hunks[i].Old, hunks[i].New, around()(hunks[i]))
			placed[print] = append(placed[print], i)
		}
		for print, same := range placed {
			tellTwins(each, print, same)
		}
	}
	return finding, each
}

// tellTwins gives those hunks that have the same fingerprint one each.
func tellTwins(each []string, print string, same []int) {
	for n, i := range same {
		each[i] = print
		if len(same) > 1 {
			each[i] = fingerprintOf(fmt.Sprintf("twin %d of %d", n+1, len(same)), "", "", []string{print})
		}
	}
}

// surroundings returns what says which lines are before and after a hunk: those of
// pristine, or of the tree where pristine is nil. Beyond the file they are empty.
func surroundings(pristine, tree []byte) func(hunk.Piece) []string {
	lines := slices.Collect(strings.Lines(cmp.Or(string(pristine), string(tree))))
	at := func(i int) string {
		if i < 0 || i >= len(lines) {
			return ""
		}
		return lines[i]
	}
	return func(h hunk.Piece) []string {
		if len(pristine) > 0 {
			return []string{at(h.OldStart - 2), at(h.OldStart - 1 + len(h.Old))}
		}
		return []string{at(h.NewStart - 2), at(h.NewStart - 1 + len(h.New))}
	}
}

// contentFingerprint names a change of something that has no lines: a binary or very
// large file, a link, a folder. The sides are what its two contents are told apart by,
// such as the ids of blobs, modes, where links point, and sizes; their order counts. A
// side that is "" is not known: then two contents could not be told apart, and the
// fingerprint is "", which no decision and no baseline has.
func contentFingerprint(path, class string, sides ...string) string {
	if len(sides) == 0 || slices.Contains(sides, "") {
		return ""
	}
	return fingerprintOf("content", path, class, sides)
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
