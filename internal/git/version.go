package git

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

type versionAnswer struct {
	version Version
	err     error
}

// gitBinary is a program as it lies on the disk: another git in its place is another one.
type gitBinary struct {
	path    string
	size    int64
	changed time.Time
}

// askedVersions remembers what each git program of this process said. It is a cache and
// nothing else: who finds it empty asks, and gets the same answer.
var askedVersions sync.Map // of gitBinary, Version

// knownVersion is [askVersion] where that program has not answered before. Only a version
// that will do is remembered, and a program that is not found by its path never is.
func knownVersion(ctx context.Context, ask *Cmd) versionAnswer {
	program, found := findBinary(ask.repo.program)
	if said, ok := askedVersions.Load(program); found && ok {
		return versionAnswer{version: said.(Version)}
	}
	answer := askVersion(ctx, ask)
	if found && answer.err == nil {
		askedVersions.Store(program, answer.version)
	}
	return answer
}

// findBinary looks the program up as os/exec does.
func findBinary(program string) (gitBinary, bool) {
	path, err := exec.LookPath(program)
	if err != nil || !filepath.IsAbs(path) {
		return gitBinary{}, false
	}
	info, err := os.Stat(path)
	if err != nil {
		return gitBinary{}, false
	}
	return gitBinary{path, info.Size(), info.ModTime()}, true
}

func askVersion(ctx context.Context, ask *Cmd) versionAnswer {
	out, err := ask.Output(ctx)
	if err != nil {
		return versionAnswer{err: fmt.Errorf("ask git for its version: %w", err)}
	}
	v, err := parseVersion(string(out))
	if err == nil && !v.AtLeast(minimum.Major, minimum.Minor) {
		err = fmt.Errorf("%w: this is git %v, mgit needs %d.%d or newer", ErrTooOld, v, minimum.Major, minimum.Minor)
	}
	return versionAnswer{v, err}
}
