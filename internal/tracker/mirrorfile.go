package tracker

import "errors"

// MirrorFormat is the newest format of mirrors that this version reads, and the one it
// writes.
const MirrorFormat = 1

// ParseMirror reads a mirror; name is its file's, for errors.
func ParseMirror(name string, data []byte) (*Mirror, error) { return nil, errors.ErrUnsupported }

// Encode writes the mirror as ParseMirror reads it.
func (m *Mirror) Encode() ([]byte, error) { return nil, errors.ErrUnsupported }
