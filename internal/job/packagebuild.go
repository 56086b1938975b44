package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"mgit/internal/git"
)

// PackageBuild says how a package is built.
type PackageBuild struct {
	Program string    // dpkg-buildpackage, as it is found
	Env     []string  // its environment
	Output  string    // the folder that the packages go to
	Log     io.Writer // what it says
}

// buildKillDelay is how long a build that was cancelled may take to end.
const buildKillDelay = 10 * time.Second

// BuildPackage builds the packages of a commit of the packaging branch, in a
// folder of its own that goes away again, and returns the files that it put into
// Output. The user's work tree is not touched.
func BuildPackage(ctx context.Context, site *Site, report *PackageReport, build PackageBuild) (files []string, err error) {
	room, err := os.MkdirTemp("", "mgit-package-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to build in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	source := filepath.Join(room, "source")
	if err := site.export(ctx, git.ID(report.NewTip), source, filepath.Join(room, "index")); err != nil {
		return nil, fmt.Errorf("write the files of %s: %w", report.Branch, err)
	}
	cmd := exec.CommandContext(ctx, build.Program, "-us", "-uc", "-b")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = source, build.Env, build.Log, build.Log
	// make and its children get the signal too: they would go on in a folder that is gone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = buildKillDelay
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("dpkg-buildpackage: %w", context.Cause(ctx))
		}
		return nil, fmt.Errorf("%s stands at %s, and does not build: dpkg-buildpackage: %w", report.Branch, report.Version, err)
	}
	return collect(room, build.Output)
}

// export writes the files of a commit into a folder, as a checkout would.
func (s *Site) export(ctx context.Context, commit git.ID, folder, index string) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	within := func(args ...string) error {
		return s.Repo.Cmd(args...).Env("GIT_DIR="+s.Repo.CommonDir(), "GIT_WORK_TREE="+folder, "GIT_INDEX_FILE="+index).Dir(folder).Run(ctx)
	}
	if err := within("read-tree", commit.String()); err != nil {
		return err
	}
	return within("checkout-index", "--all", "--quiet")
}

// collect moves what was built into a folder. A file of its name is not written
// over.
func collect(room, output string) ([]string, error) {
	entries, err := os.ReadDir(room)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains([]string{".deb", ".ddeb", ".udeb", ".changes", ".buildinfo"}, filepath.Ext(e.Name())) {
			continue
		}
		to := filepath.Join(output, e.Name())
		if err := copyNew(filepath.Join(room, e.Name()), to); err != nil {
			return files, fmt.Errorf("keep %s: %w", e.Name(), err)
		}
		files = append(files, to)
	}
	if !slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, "deb") }) {
		return files, errors.New("dpkg-buildpackage ended well and built no package")
	}
	return files, nil
}

func copyNew(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		err = errors.Join(err, os.Remove(to))
	}
	return err
}
