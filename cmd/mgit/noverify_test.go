package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asksNoHook is the flag by which git asks no hook, in pieces, since it must not stand here.
const asksNoHook = "no-" + "verify"

// Nobody is told to go around the hooks: what a rule finds is mended, or waived by its name. The flag may stand where
// mgit itself runs git for a commit that is none yet, and where a test does.
func TestNobodyIsToldToGoAroundHooks(t *testing.T) {
	t.Parallel()
	read := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == ".git" || name == "bin" || name == "dist" {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".go", ".md", ".txtar", ".yml", ".yaml", ".sh", ".json", ".toml", "":
		default:
			return nil
		}
		text, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(name)))
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		read++
		for i, line := range strings.Split(string(text), "\n") {
			if advises(line) {
				t.Errorf("%s:%d tells somebody to ask no hook: %s", name, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || read < 500 {
		t.Errorf("%d files were read, %v", read, err)
	}
}

// isRun are the ways in which the flag is given to a git that is run: as a word of its own in Go, and in a story.
var isRun = regexp.MustCompile(`"--` + asksNoHook + `(-signatures)?"|^(! )?exec git .*--` + asksNoHook)

func advises(line string) bool {
	return strings.Contains(isRun.ReplaceAllString(line, ""), asksNoHook)
}

func TestAdviceToGoAroundHooksIsSeen(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"hint: `git push --" + asksNoHook + "` asks no hook":   true,
		`echo "; --` + asksNoHook + ` pushes all the same"`:    true,
		"// git commit --" + asksNoHook + " helps":             true,
		`b.command("merge", "--` + asksNoHook + `", "--stat")`: false,
		"exec git push --quiet --" + asksNoHook + " origin":    false,
		"# as with git push --" + asksNoHook:                   true,
	} {
		if advises(line) != want {
			t.Errorf("advises: %t, want %t: %s", !want, want, line)
		}
	}
}
