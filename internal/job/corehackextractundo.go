package job

import "mgit/internal/config"

// keepRecords leaves the records of branches out of an edit that is to be taken
// back without these branches: a branch that stays keeps its record.
func (s *Site) keepRecords(edit sharedEdit, stays map[string]bool) (sharedEdit, error) {
	if s.Scheme == nil || len(stays) == 0 {
		return edit, nil
	}
	var files []fileEdit
	for _, f := range edit.Files {
		if f.Path != settingsFile || f.New == nil {
			files = append(files, f)
			continue
		}
		var old []byte
		if f.Old != nil {
			old = *f.Old
		}
		docs, err := parseSettings(settingsFile, old, *f.New)
		if err != nil {
			return edit, err
		}
		if err := s.dropRecords(docs[0], docs[1], stays); err != nil {
			return edit, err
		}
		now := docs[1].Bytes()
		files = append(files, fileEdit{Path: f.Path, Old: f.Old, New: &now})
	}
	edit.Files = files
	return edit, nil
}

// dropRecords takes those records of the branches out of now that before has not.
func (s *Site) dropRecords(before, now *config.Document, branches map[string]bool) error {
	for _, branch := range sortedNames(branches) {
		name, err := s.Scheme.Parse(branch)
		if err != nil {
			continue // no branch that could have a record
		}
		if _, older := before.Get("branch", name.Key()); older {
			continue
		}
		if err := now.Remove("branch", name.Key()); err != nil {
			return err
		}
	}
	return nil
}
