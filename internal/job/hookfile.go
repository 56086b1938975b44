package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Hook says how one hook stands.
type Hook struct {
	Name  string `json:"name"`
	File  string `json:"file"`  // where git looks for it, absolute
	State string `json:"state"` // one of the constants below
	// Before is the hook that was there before ours and is called after it; "" for none.
	Before string `json:"before"`
	// Manager is the program that looks after the hook, where one is known; "" otherwise.
	Manager string `json:"manager"`
	// Reason says more of the state, in words without a full stop; "" for nothing.
	Reason string `json:"reason"`
	// Outcome is what became of it, one of the constants below; "" where nobody asked for a change.
	Outcome string `json:"outcome"`

	text string
	// behind is our hook where a manager has kept it and calls it; "" otherwise. mayChain says that the manager's does not
	// mind being called by ours, and byName that it cannot be.
	behind           string
	mayChain, byName bool
}

// The states of a hook.
const (
	HookAbsent    = "absent"
	HookInstalled = "installed"
	HookOutdated  = "outdated" // of an older mgit
	HookChanged   = "changed"  // ours, and somebody has changed it
	HookAsleep    = "asleep"   // ours, and git does not run it
	HookForeign   = "foreign"  // somebody's own
	HookCalls     = "calls"    // somebody's own, and calls mgit
)

// The outcomes of a hook.
const (
	HookMade      = "installed"
	HookRenewed   = "renewed"
	HookRemoved   = "removed"
	HookRestored  = "restored" // removed, and the one that was there before is back
	HookUnchanged = "unchanged"
	HookLeft      = "left" // it is not ours to change
)

// maxHook is how much of a hook is read.
const maxHook = 1 << 20

// readHook looks at one hook.
func (s *Site) readHook(place hookPlace, name string) (Hook, error) {
	h := Hook{Name: name, File: filepath.Join(place.dir, name), State: HookAbsent}
	if kept, err := os.Lstat(h.File + keptSuffix); err == nil && !kept.IsDir() { // no folder was ever kept
		h.Before = h.File + keptSuffix
	}
	info, err := os.Lstat(h.File)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		if h.Before != "" {
			h.Reason = "it is gone, and " + name + keptSuffix + " is there, which nobody calls"
		}
		return h, nil
	}
	if err != nil {
		return h, fmt.Errorf("look at the hook %s: %w", name, err)
	}
	h.State = HookForeign
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(h.File)
		if err != nil {
			return h, fmt.Errorf("look at the hook %s: %w", name, err)
		}
		h.Reason = "it is a link to " + target
		if info, err = os.Stat(h.File); err != nil {
			h.Reason += ", which is not there"
			return h, nil
		}
		if !info.Mode().IsRegular() {
			return h, nil
		}
	case !info.Mode().IsRegular():
		h.Reason = "it is no file"
		return h, nil
	}
	text, err := readStart(h.File, maxHook)
	if err != nil {
		return h, fmt.Errorf("read the hook %s: %w", name, err)
	}
	h.text = string(text)
	s.judgeHook(&h, info)
	return h, nil
}

// judgeHook tells whose a hook is by its text.
func (s *Site) judgeHook(h *Hook, info fs.FileInfo) {
	ours, intact := isOurHook(h.text)
	isLink := strings.HasPrefix(h.Reason, "it is a link")
	runs := info.Mode()&0o111 != 0
	switch {
	case ours && !isLink && !intact:
		h.State, h.Reason = HookChanged, "somebody has changed it since it was installed"
		if !runs {
			h.Reason += ", and git does not run it, since it is not executable"
		}
	case ours && !isLink && !runs:
		h.State, h.Reason = HookAsleep, "git does not run it, since it is not executable"
	case ours && !isLink:
		h.State = HookInstalled
		if now := (hookScript{name: h.Name, made: madeFolders(h.text)}); withoutProgram(now.text()) != withoutProgram(h.text) {
			h.State, h.Reason = HookOutdated, "it is of another version of mgit; `mgit hooks install` renews it"
		}
	default:
		if !runs {
			h.Reason = joinReasons(h.Reason, "git does not run it, since it is not executable")
		}
		s.judgeForeign(h, runs)
	}
}

// judgeForeign finds out whether somebody else's hook asks mgit.
func (s *Site) judgeForeign(h *Hook, runs bool) {
	if callsMgit(h.text, h.Name) && runs {
		h.State, h.Reason = HookCalls, joinReasons(h.Reason, "it calls mgit by itself")
		return
	}
	for _, m := range hookManagers(h.Name) {
		if !strings.Contains(h.text, m.mark) {
			continue
		}
		h.Manager = m.name
		h.Reason = joinReasons(h.Reason, "it belongs to "+m.describe())
		h.mayChain, h.byName = slices.Contains(m.partial, h.Name), m.byName
		if m.keptAs != "" && runs && isOurProgram(h.File+m.keptAs) {
			h.behind = h.File + m.keptAs
			h.State, h.Reason = HookCalls, "it belongs to "+m.name+", which calls mgit's as "+filepath.Base(h.behind)
			if h.Before != "" && !h.isKept() {
				h.Reason += "; nobody calls " + filepath.Base(h.Before)
			}
			return
		}
		if h.mayChain {
			return
		}
		for _, file := range m.files {
			text, err := readStart(filepath.Join(s.Repo.WorkTree(), file), maxHook)
			if s.Repo.WorkTree() == "" || err != nil || !runs {
				continue // there is none, or what it says does not count
			}
			if callsMgit(string(text), h.Name) || holdsWord(string(text), m.ids[h.Name]) {
				h.State, h.Reason = HookCalls, "it belongs to "+m.name+", and "+file+" calls mgit"
			}
		}
		return
	}
}

func joinReasons(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", and " + b
}

// readStart reads a file, or the beginning of one that is larger than any hook.
func readStart(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fs.ErrInvalid)
	}
	text := make([]byte, min(info.Size(), limit))
	n, err := f.ReadAt(text, 0)
	if n == len(text) {
		err = nil
	}
	return text[:n], err
}

// install writes our hook. What is there is kept under another name: by a second name for the same file, so that
// it stays in place until ours is; where a file system has no such thing, by moving it.
func (h *Hook) install(text string) error {
	if h.State == HookForeign {
		err := os.Link(h.File, h.File+keptSuffix)
		switch {
		case errors.Is(err, fs.ErrExist) && h.isKept():
			err = nil
		case err != nil && !errors.Is(err, fs.ErrExist):
			err = os.Rename(h.File, h.File+keptSuffix)
		}
		if err != nil {
			return fmt.Errorf("keep the hook %s that is there: %w", h.Name, err)
		}
	}
	if err := writeProgram(h.File, text); err != nil {
		return fmt.Errorf("write the hook %s: %w", h.Name, err)
	}
	return nil
}

// remove takes our hook away and puts back what was there before it.
func (h *Hook) remove() error {
	var err error
	if h.behind != "" {
		if err = os.Remove(h.behind); err == nil && h.isKept() {
			err = os.Remove(h.Before)
		}
	} else if h.isKept() && h.State != HookInstalled {
		err = os.Remove(h.Before)
	} else if h.Before != "" {
		err = os.Rename(h.Before, h.File)
	} else if err = os.Remove(h.File); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("remove the hook %s: %w", h.Name, err)
	}
	dir := filepath.Dir(h.File)
	for range madeFolders(h.text) {
		if os.Remove(dir) != nil {
			break // it stays while something else is in it
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// isKept reports whether what was kept when ours was installed is the hook that is there: a manager that was set up anew
// has written it again, or ours was never written, since somebody ended mgit in between.
func (h *Hook) isKept() bool {
	if h.Before == "" {
		return false
	}
	kept, err := os.Lstat(h.Before)
	if err != nil {
		return false
	}
	there, err := os.Lstat(h.File)
	if err != nil || kept.Mode() != there.Mode() {
		return false
	}
	if os.SameFile(kept, there) {
		return true
	}
	text, err := readStart(h.Before, maxHook)
	isWhole := len(text) < maxHook // of a longer one only the start was read
	return err == nil && isWhole && kept.Mode().IsRegular() && string(text) == h.text
}

// writeProgram makes an executable file in one step.
func writeProgram(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o755); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// isOurProgram reports whether a file is a hook of mgit's, as it was installed, and can be run.
func isOurProgram(file string) bool {
	text, err := readStart(file, maxHook)
	if err != nil || !isProgram(file) {
		return false
	}
	ours, intact := isOurHook(string(text))
	return ours && intact
}

// isProgram reports whether git would run the hook in a file.
func isProgram(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&0o111 != 0
}
