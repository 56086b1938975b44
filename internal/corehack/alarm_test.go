package corehack

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mgit/internal/git"
)

func noFalseAlarm(t *testing.T, w *world) {
	for name, do := range map[string]func(s *site) Counts{
		"a package": func(s *site) Counts {
			s.remove(".gitignore")
			s.write("githash.php", "<?php\n$githash = '258610e';\n")
			return Counts{Identical: len(w.pristine) - 1, ExpectedFiles: 1}
		},
		"line ends of Windows": func(s *site) Counts {
			changed := s.checkoutCRLF()
			return Counts{Identical: len(w.pristine) - changed, Whitespace: changed}
		},
		"modes": func(s *site) Counts {
			for _, f := range w.pristine {
				s.chmod(f.Path, 0o777)
			}
			executable := 0
			for _, f := range w.pristine {
				if f.Mode == git.ModeExec {
					executable++
				}
			}
			return Counts{Identical: executable, Mode: len(w.pristine) - executable}
		},
		"what sites have, and twenty plugins": func(s *site) Counts {
			c := s.customise()
			c.Identical = len(w.pristine)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.site(t)
			want := do(s)
			want.CoreFiles = len(w.pristine)
			r := s.compare()
			if r.Counts != want {
				t.Errorf("counts %+v, want %+v", r.Counts, want)
				t.Logf("%q", w.lines(r)[:min(len(r.Findings), 20)])
			}
		})
	}
}

// checkoutCRLF is what Git for Windows checks out. It returns how many files differ.
func (s *site) checkoutCRLF() int {
	s.t.Helper()
	index := filepath.Join(s.t.TempDir(), "index")
	pin := s.w.index.ID(s.w.pin).String()
	for _, args := range [][]string{
		{"read-tree", pin},
		{"-c", "core.autocrlf=true", "checkout-index", "-a", "-f"},
	} {
		cmd := exec.CommandContext(s.t.Context(), "git", args...)
		cmd.Dir, cmd.Env = s.dir, append(s.w.built.Env(), "GIT_INDEX_FILE="+index, "GIT_DIR="+s.w.built.Git("rev-parse", "--absolute-git-dir"), "GIT_WORK_TREE="+s.dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	changed := 0
	for path, data := range s.w.files {
		now, err := os.ReadFile(s.path(path))
		s.check(err)
		if !bytes.Equal(data, now) {
			changed++
		}
	}
	if changed < len(s.w.files)/2 {
		s.t.Errorf("only %d of %d files changed", changed, len(s.w.files))
	}
	return changed
}

// customise adds what sites have beside Moodle.
func (s *site) customise() (c Counts) {
	for _, path := range []string{
		"config.php", "githash.php", ".htaccess", "robots.txt", "favicon.ico", "composer.phar", "behat.yml", ".gitmodules", ".DS_Store", "mod/.DS_Store",
		"vendor/autoload.php", "vendor/a/b/c.php", "node_modules/grunt/x.js", ".idea/workspace.xml",
		"lang/de/langconfig.php", "lang/de/moodle.php", "lang/de/mod_ours.php", "moodledata/filedir/ab/cd/abcd", "moodledata/cache/x.php",
	} {
		s.write(path, "<?php\n")
		c.ExpectedFiles++
	}
	plugin := func(path, text string) {
		s.write(path, text)
		c.PluginFiles++
	}
	for i := range 16 {
		dir := fmt.Sprintf([]string{"mod/ours%d", "blocks/ours%d", "local/ours%d", "theme/ours%d"}[i%4], i)
		plugin(dir+"/version.php", "<?php\n$plugin->version = 1;\n")
		plugin(dir+"/lib.php", "<?php\n")
		plugin(dir+"/pix/icon.gif", "GIF89a")
		plugin(dir+"/old.zip", "PK")
		plugin(dir+"/lib.php.bak", "<?php\n")
	}
	plugin("mod/ours0/db/subplugins.php", "<?php\n$subplugins = array('ourpart' => 'mod/ours0/part');\n")
	plugin("mod/ours0/part/one/version.php", "<?php\n$plugin->version = 1;\n")
	plugin("mod/quiz/accessrule/ours/version.php", "<?php\n$plugin->version = 1;\n")
	s.clone("local/cloned")
	plugin("local/cloned/version.php", "<?php\n$plugin->version = 1;\n")
	s.clone("modules/sub") // whose .git folder a submodule has elsewhere
	s.write("local/sub/.git", "gitdir: ../../modules/sub/.git\n")
	plugin("local/sub/lib.php", "<?php\n")
	s.remove("modules")
	return c
}
