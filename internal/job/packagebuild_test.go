package job_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mgit/internal/job"
)

// builder writes a program that stands in for dpkg-buildpackage.
func builder(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "build")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a build has started ends with it.
func TestBuildIsCancelled(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	report, err := f.packaged()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := builder(t, "(touch '"+dir+"/begun'; sleep 1; touch '"+dir+"/survived') &\nwait\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "begun")); err == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if _, err := job.BuildPackage(ctx, f.open(""), report, job.PackageBuild{Program: program, Output: dir, Log: io.Discard}); !errors.Is(err, context.Canceled) {
		t.Errorf("want that it was cancelled, got %v", err)
	}
	time.Sleep(1500 * time.Millisecond)
	if _, err := os.Stat(filepath.Join(dir, "survived")); err == nil {
		t.Error("what the build had started went on")
	}
}
