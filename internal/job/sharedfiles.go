package job

import (
	"context"
	"strings"

	"mgit/internal/config"
)

// mergeSettings changes in a file of settings what differs between old and now,
// key by key, and leaves alone what somebody else changed meanwhile: it is
// newer than what the run saw. Other files stay as they are.
func (w *sharedWriter) mergeSettings(ctx context.Context, path string, old, now, present []byte) error {
	if path == decisionsFile {
		merged, _, err := mergeDecisions(old, present, now)
		if err != nil {
			return nil // a run past its commit point must not fail over it
		}
		return w.write(ctx, path, merged)
	}
	if path == supportFile && now != nil && present != nil {
		merged, err := mergeSupport(old, present, now)
		if err != nil {
			return nil
		}
		return w.write(ctx, path, merged)
	}
	if isMirrorFile(path) {
		merged, err := mergeMirrors(path, old, present, now)
		if err != nil {
			return nil
		}
		return w.write(ctx, path, merged)
	}
	if !strings.HasSuffix(path, ".toml") {
		return nil
	}
	merged, ok := mergeDocuments(path, old, now, present)
	if !ok {
		return nil
	}
	return w.write(ctx, path, merged)
}

// mergeDocuments returns present with the differences between old and now. It is
// false where one of them cannot be read or edited.
func mergeDocuments(name string, old, now, present []byte) ([]byte, bool) {
	docs, err := parseSettings(name, old, now, present)
	if err != nil {
		return nil, false
	}
	_, err = docs[2].Merge(docs[0], docs[1])
	return docs[2].Bytes(), err == nil
}

// parseSettings reads versions of one settings file; one that is missing says
// nothing.
func parseSettings(name string, versions ...[]byte) ([]*config.Document, error) {
	docs := make([]*config.Document, len(versions))
	for i, data := range versions {
		if len(data) == 0 {
			data = []byte("format = 1\n")
		}
		d, err := config.ParseDocument(name, data)
		if err != nil {
			return nil, err
		}
		docs[i] = d
	}
	return docs, nil
}

// changeFile is the edit that gives the file at path another content; nil is "no
// file".
func changeFile(path string, old, now []byte) fileEdit {
	e := fileEdit{Path: path}
	if old != nil {
		e.Old = &old
	}
	if now != nil {
		e.New = &now
	}
	return e
}
