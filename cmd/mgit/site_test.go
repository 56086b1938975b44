package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"mgit/internal/demo"
)

// workshop is a testing.M with what many tests share: the built program, and a place
// for the sites that they copy.
type workshop struct{ m *testing.M }

// Run runs the tests and returns the exit code.
func (w workshop) Run() int {
	dir, err := os.MkdirTemp("", "mgit-cmd-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	sites.dir = dir
	if err := buildProgram(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return w.m.Run()
}

// buildProgram puts the program as people have it in the place of the test binary, which is
// in PATH as mgit. The stories start it fifteen hundred times, and the test binary takes
// three times as long to begin: schemas and comparers want to be initialised. Where the
// test binary can what the program cannot (it finds races, it counts statements), or there
// is no go to build with, the test binary stays.
func buildProgram() error {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" || s.Key == "-cover" || s.Key == "-asan" || s.Key == "-msan" {
				return nil
			}
		}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return nil
	}
	program, err := exec.LookPath("mgit")
	if err != nil {
		return err
	}
	built := program + ".built"
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-s -w -X main.claim="+redmineClaim.String(), "-o", built, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build mgit: %w\n%s", err, out)
	}
	return os.Rename(built, program)
}

// program is the path of mgit.
func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("mgit")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// sites are the demo sites that tests copy, each built once and when it is first wanted.
// Their remotes are relative, so that copies are whole.
var sites struct {
	dir                                 string
	begun, initialised, carried, demoed shownSite
}

// shownSite is a site that tests copy.
type shownSite struct {
	once sync.Once
	err  error
}

// copyTo copies the site to a folder that must not exist yet. build makes it in a folder of that name, once.
func (s *shownSite) copyTo(dir, name string, build func(dir string) error) error {
	template := filepath.Join(sites.dir, name)
	s.once.Do(func() {
		if s.err = build(template); s.err == nil {
			s.err = repack(template)
		}
	})
	if s.err != nil {
		return s.err
	}
	return copyTree(template, dir)
}

// demoSite is a copy of the demo site on which nothing was done yet.
func demoSite(t *testing.T) *demo.Site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	site, err := copyDemo(dir)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// copyDemo is demoSite in a folder that must not exist yet.
func copyDemo(dir string) (*demo.Site, error) {
	err := sites.begun.copyTo(dir, "begun", func(dir string) error {
		_, err := demo.Build(context.Background(), dir, demo.Params{})
		return err
	})
	return &demo.Site{
		Dir: dir, Upstream: filepath.Join(dir, "upstream.git"), Internal: filepath.Join(dir, "internal.git"),
		Site: filepath.Join(dir, "site"), Live: filepath.Join(dir, "live"),
	}, err
}

// copyDemoed copies the site that `mgit demo` leaves, with its records and its branches moved to v4.5.0. mgit runs that program.
func copyDemoed(dir string, mgit func(args ...string) error) error {
	return sites.demoed.copyTo(dir, "demoed", func(dir string) error { return mgit("demo", dir) })
}

// copyInitialised copies the demo site after `mgit init --yes`.
func copyInitialised(dir string, mgit func(args ...string) error) error {
	return sites.initialised.copyTo(dir, "initialised", func(dir string) error {
		site, err := copyDemo(dir)
		if err != nil {
			return err
		}
		return mgit("-C", site.Site, "init", "--yes")
	})
}

// copyCarried copies the demo site after `mgit init --yes` and `mgit rebase-all v4.5.0`.
func copyCarried(dir string, mgit func(args ...string) error) error {
	return sites.carried.copyTo(dir, "carried", func(dir string) error {
		if err := copyInitialised(dir, mgit); err != nil {
			return err
		}
		return mgit("-C", filepath.Join(dir, "site"), "rebase-all", "v4.5.0", "--quiet")
	})
}

// repack makes one pack of each repository of a site, which is not compressed: a git that
// walks the history takes a fifth of the time then, and stories start some ten thousand.
// What nobody moves one by one, the remotes' references and tags, is one file to copy.
func repack(dir string) error {
	for name, refs := range map[string]string{"upstream.git": "--all", "internal.git": "--all", "site": "--no-all"} {
		for _, args := range [][]string{{"repack", "-a", "-d", "-F", "-q"}, {"pack-refs", refs}} {
			cmd := exec.Command("git", append([]string{"-C", filepath.Join(dir, name), "-c", "pack.compression=0", "-c", "core.compression=0"}, args...)...)
			cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("git %s in %s: %w\n%s", args[0], name, err, out)
			}
		}
	}
	return nil
}

// copyTree copies a folder; cp takes a third of the time of os.CopyFS.
func copyTree(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if out, err := exec.Command("cp", "-R", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s: %w\n%s", from, err, out)
	}
	return nil
}
