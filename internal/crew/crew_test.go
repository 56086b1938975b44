package crew_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"mgit/internal/crew"
)

// fallen is what f panics with; nil: it does not.
func fallen(f func()) (p *crew.Panic) {
	defer func() { p, _ = recover().(*crew.Panic) }()
	f()
	return nil
}

func breaks() { panic(errors.New("broken")) }

// A panic waits until all others have ended, and is then that of whoever waits, with the place where it was.
func TestPanic(t *testing.T) {
	t.Parallel()
	var g crew.Group
	var ended atomic.Int32
	broke := make(chan bool)
	g.Go(func() {
		defer close(broke)
		breaks()
	})
	for range 3 {
		g.Go(func() {
			<-broke
			ended.Add(1)
		})
	}
	p := fallen(g.Wait)
	if p == nil || ended.Load() != 3 {
		t.Fatalf("%v; %d others ended", p, ended.Load())
	}
	if text := p.Error(); !strings.HasPrefix(text, "broken\n") || !strings.Contains(text, "crew_test.breaks") {
		t.Errorf("it does not say what happened where:\n%s", text)
	}
}

// One that came through another crew still says where it happened first.
func TestPanicThroughTwo(t *testing.T) {
	t.Parallel()
	var outer crew.Group
	outer.Go(func() {
		var inner crew.Group
		inner.Go(breaks)
		inner.Wait()
	})
	p := fallen(outer.Wait)
	if p == nil || strings.Count(p.Error(), "broken") != 1 || !strings.Contains(string(p.Stack), "crew_test.breaks") {
		t.Errorf("%v", p)
	}
}

// A loop goes on after a panic in one of its turns.
func TestDo(t *testing.T) {
	t.Parallel()
	var g crew.Group
	var ended []bool
	for i := range 3 {
		ended = append(ended, g.Do(func() {
			if i == 1 {
				breaks()
			}
		}))
	}
	if !ended[0] || ended[1] || !ended[2] {
		t.Errorf("%v", ended)
	}
	if fallen(g.Wait) == nil {
		t.Error("the panic is lost")
	}
	var quiet crew.Group
	quiet.Go(func() {})
	if p := fallen(quiet.Wait); p != nil {
		t.Errorf("%v out of nothing", p)
	}
}

// Nothing else begins goroutines below the screen: a panic in one would end mgit without a report.
func TestNobodyElseBeginsGoroutines(t *testing.T) {
	t.Parallel()
	begins := regexp.MustCompile(`(?m)^\s*go [^\n]*\(|sync\.WaitGroup|errgroup\.`)
	for _, root := range []string{"..", "../../tui"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			isTest := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test")
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || isTest || path == "crew/crew.go" {
				return err
			}
			code, err := os.ReadFile(filepath.Join(root, path))
			if at := begins.Find(code); at != nil {
				t.Errorf("%s: %q is for a crew", path, bytes.TrimSpace(at))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
