package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// Stream runs the command and hands its standard output to read while it runs,
// so that an answer of any size is never whole in memory. Once read returns, a
// command that still has something to say is stopped, and that is no error; read
// sees nothing of a command that failed, so what it made of the output counts
// only when Stream returns nil. The errors are those of [Cmd.Output] and of read;
// when both fail, git's own is the better answer and comes alone.
func (c *Cmd) Stream(ctx context.Context, read func(io.Reader) error) error {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var stderr bytes.Buffer
	cmd := c.process(within)
	cmd.Stderr = &stderr
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("git %s: %w", c.name(), err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		c.repo.log(c, nil, time.Since(start))
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("%w: %w", ErrNoGit, err)
		}
		return fmt.Errorf("git %s: %w", c.name(), err)
	}
	// A grandchild may keep the pipe open when git is gone.
	stop := context.AfterFunc(within, func() { _ = stdout.Close() })
	readErr := read(stdout)
	if n, _ := stdout.Read(make([]byte, 1)); n > 0 {
		cancel()
	}
	stop()
	waitErr := cmd.Wait()
	c.repo.log(c, cmd.ProcessState, time.Since(start))
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("git %s: %w", c.name(), context.Cause(ctx))
	case errors.Is(within.Err(), context.DeadlineExceeded):
		return fmt.Errorf("git %s: no end after %v: %w", c.name(), c.timeout, within.Err())
	case within.Err() != nil:
		return readErr // we stopped it
	case errors.As(waitErr, &exit):
		return &ExitError{Args: redact(c.args), Code: exit.ExitCode(), Stderr: redactText(stderr.String())}
	case waitErr != nil && readErr == nil:
		return fmt.Errorf("git %s: %w", c.name(), waitErr)
	}
	return readErr
}

// Blobs reads the files of ids and calls each in their order, with found false
// where there is no such blob. Data is the callee's own. In each the store must
// not be asked for anything: it is busy with this answer.
func (s *Store) Blobs(ctx context.Context, ids []ID, each func(i int, data []byte, found bool) error) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return s.reader.contents(ctx, names, func(i int, o Object, found bool) error {
		if fresh, ok := s.inMemory(ids[i]); ok {
			o, found = fresh, true
			o.Data = bytes.Clone(o.Data)
		}
		if !found || o.Type != "blob" {
			return each(i, nil, false)
		}
		return each(i, o.Data, true)
	})
}

// BlobsUpTo is Blobs without the data of files that are longer than most, which never come into memory. The size
// is that of the file.
func (s *Store) BlobsUpTo(ctx context.Context, ids []ID, most int64, each func(i int, size int64, data []byte, found bool) error) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return s.reader.contentsUpTo(ctx, names, most, func(i int, o Object, found bool) error {
		if fresh, ok := s.inMemory(ids[i]); ok {
			o, found = fresh, true
			o.Size, o.Data = int64(len(fresh.Data)), bytes.Clone(fresh.Data)
		}
		switch {
		case !found || o.Type != "blob":
			return each(i, 0, nil, false)
		case o.Size > most:
			return each(i, o.Size, nil, true)
		}
		return each(i, o.Size, o.Data, true)
	})
}

// FetchPromised makes a partial clone get those of ids that are promised and not
// there, in one request instead of one for each. Elsewhere it does nothing.
func (r *Repo) FetchPromised(ctx context.Context, ids []ID) error {
	if len(ids) == 0 || !r.Partial() {
		return nil
	}
	var in bytes.Buffer
	for _, id := range ids {
		fmt.Fprintf(&in, "%s\n", id)
	}
	// Of the commands that fetch in bulk, packing is the one that takes bare ids
	// and asks whichever remotes made the promise. The pack itself is not wanted.
	err := r.Cmd("pack-objects", "--stdout", "-q", "--window=0").Stdin(in.Bytes()).Stream(ctx, func(pack io.Reader) error {
		_, err := io.Copy(io.Discard, pack)
		return err
	})
	if err != nil {
		return fmt.Errorf("fetch %d promised objects: %w", len(ids), err)
	}
	return nil
}
