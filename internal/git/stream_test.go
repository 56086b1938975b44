package git_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

func TestStream(t *testing.T) {
	t.Parallel()
	errOurs := errors.New("ours")
	all := func(r io.Reader) error { _, err := io.ReadAll(r); return err }
	line := func(r io.Reader) error { _, err := bufio.NewReader(r).ReadString('\n'); return err }
	for _, tt := range []struct {
		name, body string
		read       func(io.Reader) error
		check      func(error) bool
	}{
		{"all is read", "cat", all, func(err error) bool { return err == nil }},
		{"an endless answer", "yes", line, func(err error) bool { return err == nil }},
		{"read gives up", "yes", func(io.Reader) error { return errOurs }, func(err error) bool { return errors.Is(err, errOurs) }},
		{"read gives up at the end", "echo x", func(r io.Reader) error { return errors.Join(all(r), errOurs) }, func(err error) bool { return errors.Is(err, errOurs) }},
		{"git refuses after a part", "echo x; echo no way >&2; exit 3", all, func(err error) bool {
			var exit *git.ExitError
			return errors.As(err, &exit) && exit.Code == 3 && strings.Contains(exit.Stderr, "no way") && exit.Args[0] == "x"
		}},
		{"git refuses, read is confused", "echo x; exit 3", func(r io.Reader) error { return errors.Join(all(r), errOurs) }, func(err error) bool {
			var exit *git.ExitError
			return errors.As(err, &exit) && !errors.Is(err, errOurs)
		}},
		{"git dies", "kill -ABRT $$", all, func(err error) bool {
			var exit *git.ExitError
			return errors.As(err, &exit) && exit.Code < 0
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			logged := 0
			r := openWith(t, gittest.New(t), git.Options{Program: script(t, tt.body), Log: func(c git.Command) {
				if c.Args[0] == "x" {
					logged++
				}
			}})
			start := time.Now()
			if err := r.Cmd("x").Stdin([]byte("some\n")).Stream(t.Context(), tt.read); !tt.check(err) {
				t.Errorf("the error is %v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if logged != 1 {
				t.Errorf("the command log has it %d times", logged)
			}
		})
	}
}

// What git says arrives while it still runs, and in full.
func TestStreamWhileItRuns(t *testing.T) {
	t.Parallel()
	r := openWith(t, gittest.New(t), git.Options{Program: script(t, `echo first; read -r answer; echo "$answer"`)})
	var got []string
	err := r.Cmd("x").Stdin([]byte("second\n")).Stream(t.Context(), func(out io.Reader) error {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			got = append(got, lines.Text())
		}
		return lines.Err()
	})
	if err != nil || !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStreamCancelled(t *testing.T) {
	t.Parallel()
	all := func(r io.Reader) error { _, err := io.ReadAll(r); return err }
	// The second one leaves a child behind that keeps the pipe open.
	for _, body := range []string{"exec sleep 60", "sleep 20 & echo x; wait"} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			r := openWith(t, gittest.New(t), git.Options{Program: script(t, body)})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			start := time.Now()
			if err := r.Cmd("x").Stream(ctx, all); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			err := r.Cmd("x").Timeout(50*time.Millisecond).Stream(t.Context(), all)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no end after 50ms") {
				t.Errorf("timed out: %v", err)
			}
			if took := time.Since(start); took > 18*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("a", "A\n")
	b.Write("b", "")
	commit := id(t, b.Commit("first"))
	r := open(t, b)
	fresh := r.Store().PutBlob([]byte("fresh"))
	ids := []git.ID{id(t, b.Git("rev-parse", ":a")), id(t, strings.Repeat("1", 40)), fresh, commit, id(t, b.Git("rev-parse", ":b"))}
	var got []string
	err := r.Store().Blobs(t.Context(), ids, func(i int, data []byte, found bool) error {
		got = append(got, fmt.Sprintf("%d %q %t", i, data, found))
		return nil
	})
	want := []string{`0 "A\n" true`, `1 "" false`, `2 "fresh" true`, `3 "" false`, `4 "" true`}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	errOurs := errors.New("ours")
	if err := r.Store().Blobs(t.Context(), ids, func(int, []byte, bool) error { return errOurs }); !errors.Is(err, errOurs) {
		t.Errorf("an error of the callee: %v", err)
	}
	if data, err := r.Store().Blob(t.Context(), ids[0]); string(data) != "A\n" || err != nil {
		t.Errorf("the store afterwards: %q, %v", data, err)
	}
}

// One request brings all that is asked for, and nothing else.
func TestFetchPromised(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	var ids []git.ID
	for i := range 3 {
		b.Write("wanted", fmt.Sprintf("wanted %d\n", i))
		b.Write("other", fmt.Sprintf("other %d\n", i))
		b.Commit("next")
		ids = append(ids, id(t, b.Git("rev-parse", ":wanted")))
	}
	b.Git("config", "uploadpack.allowFilter", "true")
	b.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "partial")
	b.Git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+b.Path, dir)
	partial := gittest.At(t, dir)
	lacking := func() int {
		return strings.Count("\n"+partial.Git("rev-list", "--objects", "--all", "--missing=print"), "\n?")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	r := openWith(t, partial, git.Options{Env: []string{"GIT_TRACE=" + trace}})
	if n := lacking(); n != 6 {
		t.Fatalf("the clone lacks %d objects", n)
	}
	if err := r.FetchPromised(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if n := lacking(); n != 3 {
		t.Errorf("afterwards the clone lacks %d objects, want the 3 nobody asked for", n)
	}
	said := slurp(t, trace)
	if n := bytes.Count(said, []byte("built-in: git fetch")); n != 1 {
		t.Errorf("%d requests\n%s", n, said)
	}
	if err := r.FetchPromised(t.Context(), ids); err != nil || bytes.Count(slurp(t, trace), []byte("built-in: git fetch")) != 1 {
		t.Errorf("what is there was fetched again, or %v", err)
	}
	b.Remove(".git")
	other := id(t, strings.Repeat("1", 40))
	if err := r.FetchPromised(t.Context(), []git.ID{other}); err == nil {
		t.Error("a remote that is gone delivered something")
	}
	whole := open(t, gittest.New(t))
	if err := whole.FetchPromised(t.Context(), []git.ID{other}); err != nil {
		t.Errorf("where nothing is promised: %v", err)
	}
}

func slurp(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
