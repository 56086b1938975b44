// Package pin decides which upstream commit a tree was made from.
//
// It decides over values: what the tree's version.php and githash.php say, on
// which upstream commits the tree's repository stands, and which blobs the tree
// has at the paths that upstream knows. Whatever names a commit is checked
// against those blobs, because each of the others can be wrong: version.php is
// bumped by hand and copied, githash.php is left behind by whoever unpacks over
// it, and files are copied from other builds.
//
// Where the values come from, how a commit is shown, and what the differences
// mean is left to others.
package pin

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// ErrNotMoodle says that a tree has nothing of Moodle by which a commit could be
// found.
var ErrNotMoodle = errors.New("not a Moodle tree")

// Request is a tree as far as it tells where it comes from.
type Request struct {
	Index *upstream.Index
	// Repo is the repository that Index is about.
	Repo *git.Repo
	// Files are the paths of the tree, as far as upstream has or had a file
	// there, each with its blob; zero where it could not be read. Others do no harm.
	// They are asked for several times.
	Files iter.Seq2[string, git.ID]

	// Version is what public/version.php holds, or version.php where there is no
	// public/; nil when there is neither.
	Version []byte
	// Unreadable says why Version is nil although there is a file; "": there is none.
	Unreadable string
	// Githash is what githash.php holds, nil when there is none.
	Githash []byte
	// History are the upstream commits that the tree's own repository stands on.
	History []git.ID

	// CutOff says that the index lacks a part of upstream's history, as in a shallow
	// clone, so that the right commit may not be there.
	CutOff bool

	// Tags has the release tag of commits. It only decides between commits that
	// are alike otherwise.
	Tags map[git.ID]string
	// Normalised returns the blobs that files of the tree would have with LF line
	// ends. It is asked only when upstream knows few of the blobs as they are, for
	// those that it does not know; a path that is missing in the answer stays as it is.
	Normalised func(ctx context.Context, paths []string) (map[string]git.ID, error)
}

// Confidence says how sure a pin is.
type Confidence string

// The confidences, the surest first.
const (
	Exact  Confidence = "exact"  // one commit fits best, and version.php agrees
	Likely Confidence = "likely" // version.php agrees, and several commits fit alike; or something disagrees
	Guess  Confidence = "guess"  // nothing but a likeness
)

// Evidence is what a commit was found by.
type Evidence string

// The kinds of evidence, the strongest first.
const (
	ByGithash  Evidence = "githash"  // githash.php names it
	ByHistory  Evidence = "history"  // the tree's own repository stands on it
	ByTriple   Evidence = "triple"   // it is the one that brought the release, version and branch of version.php
	ByDistance Evidence = "distance" // of those that come into question none has more files in common
	ByContent  Evidence = "content"  // the files alone speak for it
)

// The ids of doubts.
const (
	GithashStale      = "githash-stale"
	GithashUnknown    = "githash-unknown"
	HistoryDisagrees  = "history-disagrees"
	VersionMissing    = "version-missing"
	VersionUnreadable = "version-unreadable"
	VersionBumped     = "version-bumped"
	VersionUnknown    = "version-unknown"
	VersionDisagrees  = "version-disagrees"
	LineEndings       = "line-endings"
	ContentUnlike     = "content-unlike"
	MixedBuilds       = "mixed"
	BetweenBuilds     = "between-builds"
	SeveralFitAlike   = "tied"
)

// Pin is the commit that a tree was made from.
type Pin struct {
	Commit     upstream.Commit
	Confidence Confidence
	Evidence   Evidence
	// Differing counts the files of the commit that the tree changed or lacks, of
	// Compared. Where a doubt is about line ends, they are left aside.
	Differing, Compared int
	// Candidates are the commits that the tree may have been made from, the pin
	// first, then those first of which the fewest files differ.
	Candidates []Candidate
	// Claims is what the tree itself says, nil when it says nothing.
	Claims *Claims
	// Disagrees is what speaks against the pin.
	Disagrees []Doubt
	// Mixed are the other commits that files of the tree come from, the one with
	// the most files first.
	Mixed []Candidate
}

// Candidate is a commit that a tree, or a part of it, may have been made from.
type Candidate struct {
	Commit    upstream.Commit
	Differing int // files of the commit that the tree changed or lacks
	// Files counts the files of the tree that are as the commit has them and not
	// as the pin has them.
	Files int
}

// Doubt is something that speaks against a pin. Text is for people; it may hold
// what the tree says, unescaped.
type Doubt struct{ ID, Text string }

// Find decides. The error is ErrNotMoodle when nothing of the tree is upstream's.
func Find(ctx context.Context, req Request) (*Pin, error) {
	f := newFinder(req)
	f.readClaims()
	if err := f.compare(ctx); err != nil {
		return nil, err
	}
	if f.isForeign() {
		return nil, fmt.Errorf("%w: %s", ErrNotMoodle, f.whyForeign())
	}
	if err := f.choose(ctx); err != nil {
		return nil, err
	}
	if err := f.judge(ctx); err != nil {
		return nil, err
	}
	return f.pin, nil
}
