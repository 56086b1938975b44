package job

import (
	"errors"
	"strings"

	"mgit/internal/tracker"
)

// isMirrorFile reports whether a file of the mgit branch holds what an upgrade's ledger and
// the tracker both said when they last agreed.
func isMirrorFile(name string) bool {
	return strings.HasPrefix(name, "trackers/") && strings.HasSuffix(name, ".toml")
}

// mergeMirrors merges three versions of a mirror's file; nil is one that is not there, and
// so is a merged one that knows of no issue any more while a side has no file.
func mergeMirrors(name string, was, ours, theirs []byte) ([]byte, error) {
	versions := make([]*tracker.Mirror, 3)
	for i, data := range [][]byte{was, ours, theirs} {
		if data == nil {
			continue
		}
		m, err := tracker.ParseMirror(name, data)
		if err != nil {
			return nil, err
		}
		versions[i] = m
	}
	merged := tracker.MergeMirrors(versions[0], versions[1], versions[2])
	if (ours == nil || theirs == nil) && merged.IsEmpty() {
		return nil, nil
	}
	return merged.Encode()
}

// checkMirror names what is wrong in the file of a mirror.
func (r *ConfigCheck) checkMirror(name string, data []byte) {
	_, err := tracker.ParseMirror(name, data)
	bad := (*tracker.FileError)(nil)
	if !errors.As(err, &bad) {
		return
	}
	for _, p := range bad.Problems {
		r.Problems = append(r.Problems, ConfigProblem{File: name, Line: p.Line, Key: p.Key, Text: p.Text})
	}
}
