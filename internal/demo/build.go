package demo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// Today is when the demo plays, as Git reads a date. Commits made with it as the
// committer's date are the same on every machine.
const Today = "2025-11-03T09:00:00+0000"

// Params say how large the site is. The zero value is the demo's own size; what
// is smaller than that is taken as that.
type Params struct {
	Files        int    // of upstream's first tree, about; generated plugins make up the number
	Releases     int    // series from 4.1 on: 7 reach 5.1, 5 is the least and ends with 4.5
	Branches     int    // of the site; generated ones follow the listed ones, a twentieth of them in conflict
	Commits      int    // of each generated branch; 0 is 3
	MissingParts []Part // what is left out, for speed
}

// Part is a part of the demo that can be left out.
type Part int

// The parts. The upstream and the site's repository are always made.
const (
	PartInternal Part = iota // the institution's own remote
	PartWorkTree             // the checked-out files of the site
	PartLive                 // the live tree
)

// filled puts the demo's own sizes in place of zeros.
func (p Params) filled() Params {
	if p.Releases == 0 {
		p.Releases = 7
	}
	if p.Commits == 0 {
		p.Commits = 3
	}
	p.Releases = max(p.Releases, 5)
	return p
}

func (p Params) has(part Part) bool { return !slices.Contains(p.MissingParts, part) }

// Expected is a branch of the site, and what moving it to v4.5.0 must give.
type Expected struct {
	Name     string // the full name, LUVLE-4.1-…
	Shows    string // why the branch is there
	Outcome  string // what mgit makes of it: clean, conflict or landed
	Plain    string // what a plain `git rebase --onto` makes of it; differs where Git loses work or asks without need
	External bool   // somebody else's plugin
}

// Site says where everything was built. The paths are absolute.
type Site struct {
	Dir      string
	Upstream string // Moodle's repository, bare
	Internal string // the institution's own, bare; "" when it was left out
	Site     string // the clone people work in
	Live     string // the tree that a web server runs; "" when it was left out
	Branches []Expected
	Findings []Finding // what is odd about the live tree, by path
}

// ErrNotEmpty is returned for a folder that has something in it already.
var ErrNotEmpty = errors.New("the folder is not empty")

// Build makes the demo below dir, which must be empty or not exist yet. It needs
// nothing but Git, and neither reads nor changes anything outside dir.
func Build(ctx context.Context, dir string, p Params) (*Site, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("build the demo: %w", err)
	}
	if err := mustBeEmpty(dir); err != nil {
		return nil, err
	}
	b := &builder{params: p.filled(), site: &Site{Dir: dir, Upstream: filepath.Join(dir, "upstream.git"), Site: filepath.Join(dir, "site")}}
	if err := b.write(); err != nil {
		return nil, fmt.Errorf("build the demo: %w", err)
	}
	err = together(
		func() error {
			return inTurn(ctx, b.makeUpstream, b.makeClone, b.makeBranches, func(ctx context.Context) error {
				return together(func() error { return b.checkOut(ctx) }, func() error { return b.makeInternal(ctx) })
			})
		},
		b.makeLive,
	)
	if err != nil {
		return nil, fmt.Errorf("build the demo in %s: %w", dir, err)
	}
	return b.site, nil
}

func inTurn(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// together runs both at once, waits for both, and joins their errors.
func together(one, other func() error) error {
	var beside crew.Group
	var otherErr error
	beside.Go(func() { otherErr = other() })
	err := one()
	beside.Wait()
	return errors.Join(err, otherErr)
}

func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("build the demo: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("build the demo in %s: %w", dir, ErrNotEmpty)
	}
	return nil
}

// builder is a Build on its way: the streams are written first, in memory.
type builder struct {
	params   Params
	site     *Site
	upstream bytes.Buffer
	branches bytes.Buffer
	live     map[string]*file
}

func (b *builder) write() error {
	up, err := writeUpstream(&b.upstream, b.params.Releases, b.params.Files)
	if err != nil {
		return err
	}
	list := branches()
	list = append(list, generated(up, b.params.Branches-len(list), b.params.Commits)...)
	written, err := writeSite(&b.branches, up, list)
	if err != nil {
		return err
	}
	if b.params.has(PartInternal) {
		written.follow()
	}
	for _, br := range list {
		b.site.Branches = append(b.site.Branches, br.expected())
	}
	if b.params.has(PartLive) {
		b.site.Live = filepath.Join(b.site.Dir, "live")
		b.live, b.site.Findings, err = liveTree(written)
	}
	return cmp.Or(err, written.err)
}

// marks is the file in which fast-import leaves the marks of upstream's commits
// for the site's stream.
func (b *builder) marks() string { return filepath.Join(b.site.Upstream, "demo-marks") }

func (b *builder) makeUpstream(ctx context.Context) error {
	repo, err := create(ctx, b.site.Upstream, bare("main"))
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.Cmd("fast-import", "--quiet", "--export-marks="+b.marks()).Stdin(b.upstream.Bytes()).Run(ctx); err != nil {
		return fmt.Errorf("make upstream: %w", err)
	}
	return nil
}

// makeClone makes the site's repository and fetches upstream.
func (b *builder) makeClone(ctx context.Context) error {
	repo, err := create(ctx, b.site.Site, clone())
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.Cmd("fetch", "--quiet", "--tags", "upstream").Run(ctx); err != nil {
		return fmt.Errorf("fetch upstream: %w", err)
	}
	return nil
}

func (b *builder) makeBranches(ctx context.Context) error {
	repo, err := open(ctx, b.site.Site)
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.Cmd("fast-import", "--quiet", "--import-marks="+b.marks()).Stdin(b.branches.Bytes()).Run(ctx); err != nil {
		return fmt.Errorf("make the branches: %w", err)
	}
	return os.Remove(b.marks())
}

func (b *builder) checkOut(ctx context.Context) error {
	if !b.params.has(PartWorkTree) {
		return nil
	}
	repo, err := open(ctx, b.site.Site)
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.Cmd("read-tree", "-u", "--reset", "HEAD").Run(ctx); err != nil {
		return fmt.Errorf("check out the site: %w", err)
	}
	return nil
}

// makeInternal makes the institution's own remote. It holds the same branches.
func (b *builder) makeInternal(ctx context.Context) error {
	if !b.params.has(PartInternal) {
		return nil
	}
	b.site.Internal = filepath.Join(b.site.Dir, "internal.git")
	repo, err := create(ctx, b.site.Internal, bare(prefix+"deployment"))
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.Cmd("fetch", "--quiet", "--no-tags", filepath.Join("..", "site"), "refs/heads/*:refs/heads/*").Run(ctx); err != nil {
		return fmt.Errorf("make the internal remote: %w", err)
	}
	return os.Remove(filepath.Join(b.site.Internal, "FETCH_HEAD"))
}

func (b *builder) makeLive() error {
	if b.site.Live == "" {
		return nil
	}
	return writeTree(b.site.Live, b.live)
}

// layout are the files of a new repository: HEAD's branch, and the settings.
type layout struct {
	head, config string
	bare         bool
}

func bare(branch string) layout {
	return layout{branch, "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n", true}
}

// clone is the site's repository: Moodle is upstream, origin is the institution's
// own, and the branches follow origin's.
func clone() layout {
	return layout{prefix + "deployment", `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
	autocrlf = false
[gc]
	auto = 0
[user]
	name = Ruth Ashworth
	email = ruth.ashworth@luvle.example.org
[commit]
	gpgsign = false
[remote "upstream"]
	url = ../upstream.git
	fetch = +refs/heads/*:refs/remotes/upstream/*
[remote "origin"]
	url = ../internal.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[branch "` + prefix + `deployment"]
	remote = origin
	merge = refs/heads/` + prefix + `deployment
`, false}
}

// create makes an empty repository. It is written by hand since `git init` would
// look for templates and settings of the user.
func create(ctx context.Context, dir string, l layout) (*git.Repo, error) {
	gitDir := dir
	if !l.bare {
		gitDir = filepath.Join(dir, ".git")
	}
	for _, folder := range []string{"objects/info", "objects/pack", "refs/heads", "refs/tags", "info"} {
		if err := os.MkdirAll(filepath.Join(gitDir, filepath.FromSlash(folder)), 0o777); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/" + l.head + "\n", "config": l.config} {
		if err := os.WriteFile(filepath.Join(gitDir, name), []byte(text), 0o666); err != nil {
			return nil, err
		}
	}
	return open(ctx, dir)
}

// open opens a repository of the demo without the user's settings, which could
// change what is written: line endings, hooks, checks.
func open(ctx context.Context, dir string) (*git.Repo, error) {
	return git.Open(ctx, dir, git.Options{Env: []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}})
}
