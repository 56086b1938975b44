// Package resolution keeps how people resolved conflicts, and resolves the same
// conflicts again.
//
// The work is Git's rerere (git-rerere(1)): it knows a conflict by the hash of
// its two sides, whatever their order and labels, and keeps the conflicted file
// (the preimage) and what a person made of it (the postimage). Here such pairs
// are shared by a team as files below resolutions/:
//
//	resolutions/<id>/preimage
//	resolutions/<id>/postimage
//	resolutions/<id>/meta.toml      whence it comes
//
// A second resolution of the same two sides in another surrounding is a
// variant, as in Git's rr-cache: preimage.1, postimage.1, meta.1.toml.
//
// A [Set] is read from such files and written to them. A [Replayer] applies it
// to what `git merge-tree` left conflicted. [Feed] hands it to the rerere of a
// repository, where a person resolves with ordinary git commands, and [Collect]
// takes from there what the person has added.
//
// Where the files are kept, and when a resolution is recorded, is left to
// others. A user's own rr-cache is read and added to, never changed otherwise.
package resolution

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Folder is where the files of a set stand.
const Folder = "resolutions"

// Resolution is one conflict and what a person made of it.
type Resolution struct {
	// ID is Git's name of the conflict, 40 hexadecimal digits.
	ID string
	// Variant tells resolutions of the same ID apart; mostly 0.
	Variant int
	// Preimage is the conflicted file as rerere keeps it: without labels, the
	// sides in the order of their bytes, without a base.
	Preimage []byte
	// Postimage is the resolved file.
	Postimage []byte
	Meta      Meta
}

// Name is the name of the resolution, as files and reports have it: the ID,
// with the variant behind a dot unless it is 0.
func (r Resolution) Name() string { return r.ID + suffix(r.Variant) }

// Check says why the resolution must not be used: its preimage holds no
// conflict, or its postimage still does. The error is a *MarkerError in the
// second case.
func (r Resolution) Check() error {
	if hunks, plain := conflicts(r.Preimage); plain && len(hunks) == 0 {
		return fmt.Errorf("resolution %s: the preimage holds no conflict", r.Name())
	}
	if line := leftover(r.Preimage, r.Postimage); line > 0 {
		return &MarkerError{Name: r.Name(), Line: line}
	}
	return nil
}

// equal reports whether both say the same of the same conflict.
func (r Resolution) equal(other Resolution) bool {
	return r.ID == other.ID && bytes.Equal(r.Preimage, other.Preimage) && bytes.Equal(r.Postimage, other.Postimage)
}

// MarkerError says that a recorded resolution still holds conflict markers:
// somebody committed before the conflict was resolved.
type MarkerError struct {
	Name string // of the resolution
	Line int    // of the postimage, from 1
}

func (e *MarkerError) Error() string {
	return fmt.Sprintf("resolution %s still holds conflict markers (line %d)", e.Name, e.Line)
}

// Set is a number of resolutions, ordered by ID and variant. The zero value is
// an empty set.
type Set []Resolution

// Add returns the set with more added. What the set holds already is left out,
// what bears the name of another resolution gets the next free variant.
func (s Set) Add(more Set) Set {
	all := slices.Clone(s)
	taken := make(map[string]bool, len(all)+len(more))
	for _, r := range all {
		taken[r.Name()] = true
	}
	for _, r := range more {
		if slices.ContainsFunc(all, r.equal) {
			continue
		}
		for taken[r.Name()] {
			r.Variant++
		}
		taken[r.Name()] = true
		all = append(all, r)
	}
	all.sort()
	return all
}

func (s Set) sort() {
	slices.SortFunc(s, func(a, b Resolution) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Variant, b.Variant))
	})
}

// Files returns the content of every file of the set by its path.
func (s Set) Files() (map[string][]byte, error) {
	files := make(map[string][]byte, 3*len(s))
	for _, r := range s {
		meta, err := r.Meta.encode()
		if err != nil {
			return nil, fmt.Errorf("write the origin of resolution %s: %w", r.Name(), err)
		}
		dir := path.Join(Folder, r.ID)
		files[path.Join(dir, preimage+suffix(r.Variant))] = r.Preimage
		files[path.Join(dir, postimage+suffix(r.Variant))] = r.Postimage
		files[path.Join(dir, "meta"+suffix(r.Variant)+".toml")] = meta
	}
	return files, nil
}

// Parse reads a set from its files, given by path; others are passed over. A
// file that cannot be read or a pair that is not complete does not stop the
// rest: the set holds what is good, the error names everything that is not. A
// newer format is a [FormatError].
func Parse(files map[string][]byte) (Set, error) {
	found := make(map[string]*parts)
	for name, data := range files {
		if id, file, ok := split(name); ok {
			kind, variant, ok := kindOf(file)
			if !ok {
				continue
			}
			key := id + suffix(variant)
			if found[key] == nil {
				found[key] = &parts{id: id, variant: variant}
			}
			found[key].put(kind, data)
		}
	}
	var set Set
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(found)) {
		r, err := found[key].resolution()
		if err != nil {
			faults = append(faults, fmt.Errorf("read %s/%s: %w", Folder, key, err))
			continue
		}
		set = append(set, r)
	}
	set.sort()
	return set, errors.Join(faults...)
}

// The kinds of files a resolution consists of.
const (
	preimage  = "preimage"
	postimage = "postimage"
	metaFile  = "meta"
)

func suffix(variant int) string {
	if variant == 0 {
		return ""
	}
	return "." + strconv.Itoa(variant)
}

// split takes "resolutions/<id>/<file>" apart.
func split(name string) (id, file string, ok bool) {
	rest, ok := strings.CutPrefix(name, Folder+"/")
	if !ok {
		return "", "", false
	}
	id, file, ok = strings.Cut(rest, "/")
	return id, file, ok && isID(id)
}

// isID reports whether s is a conflict's id. It becomes the name of a folder,
// so nothing else may pass.
func isID(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == ""
}

// kindOf reads the name of a file of a resolution: "preimage", "postimage.1",
// "meta.1.toml".
func kindOf(file string) (kind string, variant int, ok bool) {
	if meta, isMeta := strings.CutSuffix(file, ".toml"); isMeta {
		kind, variant, ok = cutVariant(meta)
		return kind, variant, ok && kind == metaFile
	}
	kind, variant, ok = cutVariant(file)
	return kind, variant, ok && (kind == preimage || kind == postimage)
}

func cutVariant(s string) (kind string, variant int, ok bool) {
	kind, number, has := strings.Cut(s, ".")
	if !has {
		return kind, 0, true
	}
	variant, err := strconv.Atoi(number)
	return kind, variant, err == nil && variant > 0 && strconv.Itoa(variant) == number
}

// parts are the files of one resolution as far as they were found.
type parts struct {
	id        string
	variant   int
	pre, post []byte
	meta      []byte
	has       map[string]bool
}

func (p *parts) put(kind string, data []byte) {
	if p.has == nil {
		p.has = make(map[string]bool)
	}
	p.has[kind] = true
	switch kind {
	case preimage:
		p.pre = data
	case postimage:
		p.post = data
	case metaFile:
		p.meta = data
	}
}

func (p *parts) resolution() (Resolution, error) {
	for _, kind := range []string{preimage, postimage} {
		if !p.has[kind] {
			return Resolution{}, fmt.Errorf("the %s is missing", kind)
		}
	}
	meta, err := parseMeta(p.meta)
	if err != nil {
		return Resolution{}, err
	}
	return Resolution{ID: p.id, Variant: p.variant, Preimage: p.pre, Postimage: p.post, Meta: meta}, nil
}
