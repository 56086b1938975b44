package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// attributesDir returns a folder that holds the .gitattributes files of tree
// and nothing else. Git started inside it takes its attributes from there.
func (s *Scratch) attributesDir(ctx context.Context, tree ID) (string, error) {
	s.attributesLock.Lock()
	defer s.attributesLock.Unlock()
	if dir, ok := s.attributes[tree]; ok {
		return dir, nil
	}
	dir := filepath.Join(s.Dir(), "attributes-"+tree.String())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for attributes: %w", err)
	}
	if tree != ZeroID && tree != EmptyTree {
		if err := s.writeAttributes(ctx, tree, dir); err != nil {
			return "", fmt.Errorf("read the attributes of tree %s: %w", tree, err)
		}
	}
	if s.attributes == nil {
		s.attributes = make(map[ID]string)
	}
	s.attributes[tree] = dir
	return dir, nil
}

func (s *Scratch) writeAttributes(ctx context.Context, tree ID, dir string) error {
	if err := s.Spill(ctx, tree); err != nil {
		return err
	}
	out, err := s.repo.Cmd("ls-tree", "-r", "-z", "--full-tree", tree.String()).Env(s.Env()...).Output(ctx)
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(string(out), "\x00") {
		info, path, _ := strings.Cut(line, "\t")
		if path != ".gitattributes" && !strings.HasSuffix(path, "/.gitattributes") || !filepath.IsLocal(path) {
			continue
		}
		words := strings.Fields(info)
		if len(words) != 3 || words[1] != "blob" || words[0] == "120000" {
			continue
		}
		id, err := ParseID(words[2])
		if err != nil {
			return err
		}
		data, err := s.Blob(ctx, id)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
