package plugins

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// Limits of what a plugin's repository may cost.
type Limits struct {
	Timeout  time.Duration // for each answer; 0: half a minute
	MaxBytes int64         // on disk; 0: 256 MB
}

const (
	defaultTimeout  = 30 * time.Second
	defaultMaxBytes = 256 << 20
	// maxTags are looked at; who has more gets the newest by name.
	maxTags = 300
	// atOnce repositories are asked side by side: they wait for the network.
	atOnce = 6
)

// TooBigError says that a repository sends more than it may.
type TooBigError struct {
	Size, Limit int64 // bytes; Size is how much had come when it was stopped
}

func (e *TooBigError) Error() string {
	return fmt.Sprintf("it is too big: %d MB had come, and the limit is %d MB (sources.max_mb)", e.Size>>20, e.Limit>>20)
}

// Fetcher brings releases from the repositories of plugins. Git fetches them into
// caches of mgit's own, without hooks and over https, ssh and file only; the site's
// references and objects are not touched.
type Fetcher struct {
	repo   *git.Repo
	limits Limits
	now    time.Time
	local  func() [][2]string // settings of the site's own repository; see [Fetcher.access]
}

// NewFetcher returns a fetcher for the site at repo.
func NewFetcher(repo *git.Repo, limits Limits, now time.Time) *Fetcher {
	limits.Timeout = cmp.Or(limits.Timeout, defaultTimeout)
	limits.MaxBytes = cmp.Or(limits.MaxBytes, int64(defaultMaxBytes))
	f := &Fetcher{repo: repo, limits: limits, now: now}
	f.local = sync.OnceValue(f.access)
	return f
}

// access reads how the site's own repository reaches servers: by which proxy, certificates and
// ssh. Git would not look there when it works in a cache.
func (f *Fetcher) access() [][2]string {
	out, err := f.repo.Cmd("config", "--local", "--list", "--null").Output(context.Background())
	if err != nil {
		return nil // then the user's own settings have to do
	}
	var all [][2]string
	for item := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		key, value, hasValue := strings.Cut(item, "\n")
		section, _, _ := strings.Cut(key, ".")
		isAccess := key == "core.sshcommand" || key == "core.gitproxy"
		switch section {
		case "http", "credential", "ssh", "url":
			isAccess = true
		}
		if isAccess && hasValue {
			all = append(all, [2]string{key, value})
		}
	}
	return all
}

// Look asks the repositories side by side, each for what it has that is new, and returns
// what they have, in the order of sources. A repository that does not answer has its Err
// set, and what was seen there before; the error is for what stops all of them.
func (f *Fetcher) Look(ctx context.Context, sources []Source) ([]*Seen, error) {
	all := make([]*Seen, len(sources))
	var wait crew.Group
	free := make(chan struct{}, atOnce)
	for i, s := range sources {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			all[i] = f.lookOrRecall(ctx, s)
		})
	}
	wait.Wait()
	return all, ctx.Err()
}

func (f *Fetcher) lookOrRecall(ctx context.Context, s Source) *Seen {
	before, _ := ReadSeen(f.repo.StateDir(), s) // a cache that cannot be read is made anew
	seen, err := f.look(ctx, s, before)
	if err == nil {
		return seen
	}
	if before == nil {
		before = &Seen{Source: s}
	}
	before.Err = err
	return before
}

// cache is a source's cache, held against other processes.
type cache struct {
	*Fetcher
	source Source
	dir    string
	lock   *os.File
}

// open takes the cache of a source and makes it when there is none.
func (f *Fetcher) open(ctx context.Context, s Source) (*cache, error) {
	// URLs were checked when the settings were read; what is handed to a program is
	// checked where that happens.
	if err := errors.Join(remote.CheckShared(s.URL), git.CheckName(s.URL)); err != nil {
		return nil, err
	}
	dir, err := cacheDir(f.repo.StateDir(), s)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return nil, err
	}
	c := &cache{Fetcher: f, source: s, dir: dir}
	if c.lock, err = lockFile(ctx, dir+".busy"); err != nil {
		return nil, fmt.Errorf("wait for another mgit that asks %s: %w", s.Component, err)
	}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make a cache for %s: %w", s.Component, err), c.close())
	}
	return c, nil
}

func (c *cache) close() error { return c.lock.Close() }

// lockFile waits for the lock on a file. It ends with the process.
func lockFile(ctx context.Context, name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// prepare makes the cache, and removes the lock files that a killed git left in it: we
// hold the cache, so nobody works there.
func (c *cache) prepare(ctx context.Context) error {
	isWhole := true
	for _, part := range []string{"HEAD", "objects", "refs"} { // without one of them it is no repository
		isWhole = isWhole && exists(filepath.Join(c.dir, part))
	}
	if !isWhole {
		if err := os.RemoveAll(c.dir); err != nil {
			return err
		}
		if err := c.repo.Cmd("init", "--quiet", "--bare", "--template=", "--", c.dir).Dir(filepath.Dir(c.dir)).Run(ctx); err != nil {
			return err
		}
	}
	return filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		isLeft := err == nil && (strings.HasSuffix(path, ".lock") || strings.HasPrefix(d.Name(), "tmp_"))
		if isLeft && !d.IsDir() {
			return os.Remove(path)
		}
		return nil
	})
}

// command prepares git in the cache: no hooks, no transport that could run a command, and
// objects in packs whose growth can be watched.
func (c *cache) command(args ...string) *git.Cmd {
	settings := []string{
		"core.hooksPath=" + os.DevNull,
		"protocol.allow=never", "protocol.https.allow=always", "protocol.ssh.allow=always", "protocol.file.allow=always",
		"protocol.version=2",
		"fetch.unpackLimit=1", "fetch.recurseSubmodules=false", "fetch.writeCommitGraph=false", "fetch.output=full",
		"remote.origin.url=" + c.source.URL, "remote.origin.promisor=true", "remote.origin.partialclonefilter=blob:none",
		"remote.origin.tagOpt=--no-tags",
	}
	var all []string
	for _, s := range settings {
		all = append(all, "-c", s)
	}
	cmd := c.repo.Cmd(append(all, args...)...).Dir(c.dir).Env("GIT_DIR=" + c.dir)
	for _, s := range c.local() {
		cmd.Setting(s[0], s[1])
	}
	return cmd
}

// fetch brings what the lines ask for, each a refspec or an object id, and stops a
// repository that sends too much.
func (c *cache) fetch(ctx context.Context, lines []string, flags ...string) error {
	watched, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var watch crew.Group
	watch.Go(func() { c.watch(watched, stop) })
	args := append([]string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"}, flags...)
	err := c.command(append(args, "--stdin", "origin")...).Stdin([]byte(strings.Join(lines, "\n") + "\n")).
		Timeout(10 * c.limits.Timeout).Run(watched)
	var big *TooBigError
	if errors.As(context.Cause(watched), &big) {
		err = big
	} else if size := c.size(); err == nil && size > c.limits.MaxBytes {
		big, err = &TooBigError{size, c.limits.MaxBytes}, &TooBigError{size, c.limits.MaxBytes}
	}
	stop(nil)
	watch.Wait()
	if big != nil {
		err = errors.Join(err, os.RemoveAll(c.dir)) // what has come is of no use
	}
	return err
}

// watch ends a fetch whose cache grows beyond the limit.
func (c *cache) watch(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if size := c.size(); size > c.limits.MaxBytes {
				stop(&TooBigError{size, c.limits.MaxBytes})
				return
			}
		}
	}
}

// size is how much the cache takes on disk.
func (c *cache) size() int64 {
	var size int64
	// Files come and go while git writes; what is gone counts nothing.
	_ = filepath.WalkDir(filepath.Join(c.dir, "objects"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// read opens the cache for reading. Nothing is fetched on demand: what is missing was not
// sent, and is said to be.
func (c *cache) read(ctx context.Context) (*git.Repo, error) {
	return c.repo.OpenOther(ctx, c.dir, offlineEnv()...)
}

// offlineEnv keeps git from fetching what is missing.
func offlineEnv() []string { return []string{"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"} }

// missing lists the objects that commits need and the cache lacks.
func (c *cache) missing(ctx context.Context, commits ...git.ID) (map[git.ID]bool, error) {
	lacks := make(map[git.ID]bool)
	if len(commits) == 0 {
		return lacks, nil
	}
	var stdin strings.Builder
	for _, id := range commits {
		stdin.WriteString(id.String() + "^{tree}\n")
	}
	out, err := c.command("rev-list", "--objects", "--no-object-names", "--missing=print", "--stdin").Stdin([]byte(stdin.String())).Output(ctx)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		hex, ok := strings.CutPrefix(strings.TrimSpace(line), "?")
		if id, err := git.ParseID(hex); ok && err == nil {
			lacks[id] = true
		}
	}
	return lacks, nil
}

// bring fetches objects one by one, which every server of protocol 2 does; where one does not, all of the commits is
// fetched.
func (c *cache) bring(ctx context.Context, ids map[git.ID]bool, refspecs []string) error {
	if len(ids) == 0 {
		return nil
	}
	var lines []string
	for id := range ids {
		lines = append(lines, id.String())
	}
	err := c.fetch(ctx, lines, "--depth=1", "--filter=blob:none")
	var exit *git.ExitError
	if err == nil || !errors.As(err, &exit) || len(refspecs) == 0 {
		return err
	}
	return c.fetch(ctx, refspecs, "--depth=1", "--no-filter", "--refetch")
}
