// Package git is the only package that starts git or touches a repository.
//
// A [Repo] is one opened repository. Its [Store] reads objects through one
// long-lived `git cat-file` and holds new ones in memory; a [Scratch] is a
// temporary object directory in which git's own merges may write; WritePack and
// InstallPack are the one way from memory into the repository. References are
// read with `git for-each-ref` and moved in one `git update-ref` transaction.
// Everything else runs through [Repo.Cmd], with an environment in which git
// asks nothing, pages nothing, starts no background work and takes no lock for
// a mere reading.
//
// Where the repository is, the caller says: variables such as GIT_DIR or
// GIT_INDEX_FILE in the process's environment are not passed on, because they
// would send a command for a linked worktree to another repository. A caller
// that wants them (a hook that must see the index git prepared for it) puts
// them into Options.Env. Replacement objects (git-replace(1)) are off: an id
// means the bytes it is the hash of.
//
// What Moodle is, which references matter, and when to write are left to
// others.
package git

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// ID is the name of an object, its SHA-1. Repositories with other hashes are
// refused by [Open].
type ID = plumbing.Hash

// ZeroID is no object. In a [RefUpdate] it means that the reference is absent.
var ZeroID ID

// EmptyTree is the tree without entries. Git knows it in every repository,
// stored or not.
var EmptyTree = plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

// Errors of [Open] and of look-ups. They come wrapped in a text that says what
// is wrong with which repository; compare with errors.Is.
var (
	ErrNotRepository = errors.New("not a git repository")
	ErrNoGit         = errors.New("git was not found")
	ErrTooOld        = errors.New("git is too old")
	ErrUnsafe        = errors.New("git does not trust this repository")
	ErrUnsupported   = errors.New("this kind of repository is not supported")
	ErrNotFound      = errors.New("not found")
	ErrNoIdent       = errors.New("git does not know who you are")
)

// ParseID reads the 40 hexadecimal digits of an object's name.
func ParseID(s string) (ID, error) {
	if !plumbing.IsHash(s) {
		return ZeroID, fmt.Errorf("%q is not an object id", s)
	}
	return plumbing.NewHash(s), nil
}

// Version is the version of the git program.
type Version struct{ Major, Minor, Patch int }

// minimum is the oldest git with `merge-tree --write-tree`.
var minimum = Version{Major: 2, Minor: 38}

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// String is "2.39.5".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// parseVersion reads what `git version` prints: "git version 2.39.5", with
// whatever a distribution adds ("2.39.5 (Apple Git-154)", "2.45.1.windows.1",
// "2.50.0-rc1").
func parseVersion(s string) (Version, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "git version ")
	if !ok {
		return Version{}, fmt.Errorf("%q is not the version of a git", s)
	}
	var numbers [3]int
	word, _, _ := strings.Cut(rest, " ")
	for i, part := range strings.SplitN(word, ".", 4) {
		if i == len(numbers) {
			break
		}
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil && i < 2 {
			return Version{}, fmt.Errorf("%q is not the version of a git", s)
		}
		numbers[i] = n
	}
	return Version{numbers[0], numbers[1], numbers[2]}, nil
}

// NameError says why a name may not be handed to git.
type NameError struct{ Name, Reason string }

func (e *NameError) Error() string { return fmt.Sprintf("the name %q %s", e.Name, e.Reason) }

// CheckName refuses names that git could take for something else: an option
// ("--upload-pack=…" in place of a URL executes), a remote helper ("ext::…"
// executes too), or several lines of a protocol. It is for revisions, reference
// names, remotes and URLs alike; whether such a thing exists it does not say.
// The error is a *NameError.
func CheckName(name string) error {
	if name == "" {
		return &NameError{name, "is empty"}
	}
	if name[0] == '-' {
		return &NameError{name, "begins with a dash and would be an option"}
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] == 0x7f {
			return &NameError{name, "holds a control character"}
		}
	}
	if helper, _, ok := strings.Cut(name, "::"); ok && helper != "" && strings.Trim(helper, transportChars) == "" {
		return &NameError{name, "names a remote helper (" + helper + "::), which may run a program"}
	}
	if strings.Contains(name, "://-") {
		return &NameError{name, "has a host that begins with a dash and would be an option"}
	}
	return nil
}

// transportChars are the characters of a remote helper's name.
const transportChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."
