package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mgit/internal/git"
)

// Params say how large the site is. The zero value is the demo's own size: what
// is smaller than that is taken as that.
type Params struct {
	Files    int    // of upstream's first tree, about; the rest is filled with generated plugins
	Releases int    // series from 4.1 on; 7 reaches 5.1, and 5 are needed for 4.5
	Branches int    // of the site; generated ones follow the listed ones
	Commits  int    // of each generated branch; 3 when it is 0
	Without  []Part // what is left out, for speed
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

func (p Params) has(part Part) bool { return !slices.Contains(p.Without, part) }

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
	p = p.filled()
	b := &builder{dir: dir, params: p, site: &Site{Dir: dir, Upstream: filepath.Join(dir, "upstream.git"), Site: filepath.Join(dir, "site")}}
	for _, step := range []func(context.Context) error{b.upstream, b.clone, b.branches, b.internal, b.live} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build the demo in %s: %w", dir, err)
		}
	}
	return b.site, nil
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

// builder is a Build on its way.
type builder struct {
	dir     string
	params  Params
	site    *Site
	up      *upstream
	written *site
}

func (b *builder) upstream(ctx context.Context) error {
	var stream bytes.Buffer
	var err error
	if b.up, err = writeUpstream(&stream, b.params.Releases, b.params.Files); err != nil {
		return err
	}
	repo, err := create(ctx, b.site.Upstream, bare("main"))
	if err != nil {
		return err
	}
	defer repo.Close()
	marks := filepath.Join(b.site.Upstream, "demo-marks")
	if err := repo.Cmd("fast-import", "--quiet", "--export-marks="+marks).Stdin(stream.Bytes()).Run(ctx); err != nil {
		return fmt.Errorf("make upstream: %w", err)
	}
	return nil
}

// clone makes the site's repository and fetches upstream.
func (b *builder) clone(ctx context.Context) error {
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

func (b *builder) branches(ctx context.Context) error {
	list := branches()
	list = append(list, generated(b.up, b.params.Branches-len(list), b.params.Commits)...)
	var stream bytes.Buffer
	var err error
	if b.written, err = writeSite(&stream, b.up, list); err != nil {
		return err
	}
	for _, br := range list {
		e := Expected{Name: prefix + br.name, Shows: br.shows, Outcome: br.outcome, Plain: br.plain, External: br.external}
		if e.Plain == "" {
			e.Plain = e.Outcome
		}
		b.site.Branches = append(b.site.Branches, e)
	}
	repo, err := git.Open(ctx, b.site.Site, git.Options{})
	if err != nil {
		return err
	}
	defer repo.Close()
	marks := filepath.Join(b.site.Upstream, "demo-marks")
	if err := repo.Cmd("fast-import", "--quiet", "--import-marks="+marks).Stdin(stream.Bytes()).Run(ctx); err != nil {
		return fmt.Errorf("make the branches: %w", err)
	}
	if err := os.Remove(marks); err != nil {
		return err
	}
	if !b.params.has(PartWorkTree) {
		return nil
	}
	if err := repo.Cmd("reset", "--quiet", "--hard").Run(ctx); err != nil {
		return fmt.Errorf("check out the site: %w", err)
	}
	return nil
}

// internal makes the institution's own remote. It holds the same branches.
func (b *builder) internal(ctx context.Context) error {
	if !b.params.has(PartInternal) {
		return nil
	}
	b.site.Internal = filepath.Join(b.dir, "internal.git")
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

func (b *builder) live(context.Context) error {
	if !b.params.has(PartLive) {
		return nil
	}
	b.site.Live = filepath.Join(b.dir, "live")
	tree, findings, err := liveTree(b.written)
	if err != nil {
		return err
	}
	b.site.Findings = findings
	return writeTree(b.site.Live, tree)
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
	return git.Open(ctx, dir, git.Options{})
}
