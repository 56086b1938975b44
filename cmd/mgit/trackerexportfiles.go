package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/job"
)

// exportMark is the first line of every file that an export writes. What has another one
// is not touched.
const exportMark = "<!-- written by mgit tracker export -->\n"

// exportIndex is the file with the list of all branches.
const exportIndex = "index.md"

// exportDraft is a file that is being written. No branch has such a name.
const exportDraft = ".draft.md"

// exportFiles are the files of an export, by name.
func exportFiles(x *job.TrackerExport) map[string]string {
	names := exportNames(x.Branches)
	files := make(map[string]string, len(x.Branches)+1)
	var b strings.Builder
	b.WriteString(exportMark)
	writeExportHead(&b, x, func(e job.ExportedBranch) string { return "[" + commonMark(e.Name) + "](" + names[e.Name] + ")" })
	files[exportIndex] = b.String()
	for _, e := range x.Branches {
		b.Reset()
		fmt.Fprintf(&b, "%s# %s\n\n[%s](%s)\n", exportMark, commonMark(e.Name), commonMark(x.Subject), exportIndex)
		writeExportBranch(&b, e)
		files[names[e.Name]] = b.String()
	}
	return files
}

// exportNames gives each branch a file that every file system takes. A name in which
// something had to give way, or that differs from another one in case only, ends with a
// hash of the branch's name.
func exportNames(branches []job.ExportedBranch) map[string]string {
	const longest = 100
	stem := func(name string) string {
		safe := strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
				return r
			}
			return '-'
		}, name)
		return strings.Trim(safe[:min(len(safe), longest)], ".-")
	}
	same := make(map[string]int)
	for _, e := range branches {
		same[strings.ToLower(stem(e.Name))]++
	}
	names := make(map[string]string, len(branches))
	for _, e := range branches {
		s := stem(e.Name)
		if s != e.Name || same[strings.ToLower(s)] > 1 || isReserved(s) {
			sum := sha256.Sum256([]byte(e.Name))
			s = strings.TrimPrefix(s+"-"+hex.EncodeToString(sum[:4]), "-")
			if isReserved(s) {
				s = "branch-" + s // what is before the first dot counts
			}
		}
		names[e.Name] = s + ".md"
	}
	return names
}

// isReserved reports whether a name without its ending means something else: to us, or
// to Windows.
func isReserved(stem string) bool {
	first, _, _ := strings.Cut(strings.ToLower(stem), ".")
	device := len(first) == 4 && (strings.HasPrefix(first, "com") || strings.HasPrefix(first, "lpt")) && '0' <= first[3] && first[3] <= '9'
	return device || slices.Contains([]string{"index", "con", "prn", "aux", "nul"}, first)
}

// exportPlan is what becomes of a folder.
type exportPlan struct {
	folder          string
	files           map[string]string
	written, remove []string // names; what is there already is in neither
}

// planExport compares a folder, which need not be there, with what is to be in it. The
// error is a *usageError where something stands in it that no export wrote.
func planExport(folder string, files map[string]string) (*exportPlan, error) {
	p := &exportPlan{folder: folder, files: files}
	there := make(map[string]bool)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{text: fmt.Sprintf("%s cannot be used as a folder: %v", printable(folder), errors.Unwrap(err))}
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == exportDraft && entry.Type().IsRegular() {
			p.remove = append(p.remove, name) // of an export that was killed
			continue
		}
		text, err := readExported(filepath.Join(folder, name), entry)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(text, exportMark) {
			return nil, &usageError{text: fmt.Sprintf("%s in %s was not written by an export, and nothing of it may be lost", printable(name), printable(folder)), hint: "name an empty folder, or one that is not there"}
		}
		want, ok := files[name]
		switch {
		case !ok:
			p.remove = append(p.remove, name)
		case want == text:
			there[name] = true
		}
	}
	for name := range files {
		if !there[name] {
			p.written = append(p.written, name)
		}
	}
	slices.Sort(p.written)
	return p, nil
}

// readExported reads a file of an earlier export; what is none is "".
func readExported(path string, entry fs.DirEntry) (string, error) {
	if !entry.Type().IsRegular() || !strings.HasSuffix(path, ".md") {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read an earlier export: %w", err)
	}
	return string(data), nil
}

func (p *exportPlan) names() []string {
	names := make([]string, 0, len(p.files))
	for name := range p.files {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	return names
}

// rank puts the index first.
func rank(name string) int {
	if name == exportIndex {
		return 0
	}
	return 1
}

// changes says what is new, for people.
func (p *exportPlan) changes() []string {
	var lines []string
	if n := len(p.files) - len(p.written); n > 0 {
		lines = append(lines, plural(n, "file")+" as before")
	}
	if len(p.remove) > 0 {
		lines = append(lines, plural(len(p.remove), "file")+" of an earlier export removed")
	}
	return lines
}

// apply writes the files, each whole or not at all, and the index last, so that it never
// names one that is not there.
func (p *exportPlan) apply(ctx context.Context) error {
	if err := os.MkdirAll(p.folder, 0o777); err != nil {
		return fmt.Errorf("make the folder of an export: %w", err)
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return fmt.Errorf("open the folder of an export: %w", err)
	}
	defer root.Close()
	ordered := slices.Clone(p.written)
	slices.SortStableFunc(ordered, func(a, b string) int { return rank(b) - rank(a) })
	for _, name := range ordered {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeWhole(root, name, p.files[name]); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	for _, name := range p.remove {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}

func writeWhole(root *os.Root, name, text string) error {
	err := root.WriteFile(exportDraft, []byte(text), 0o666)
	if err == nil {
		err = root.Rename(exportDraft, name)
	}
	if err != nil {
		_ = root.Remove(exportDraft) // the error says enough
	}
	return err
}
