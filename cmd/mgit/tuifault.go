package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"mgit/tui"
)

// faultError is a panic of the screen, and where the report about it lies.
type faultError struct {
	fault  *tui.Fault
	report string // "" where none could be written
}

func (e *faultError) Error() string { return e.fault.Error() }

// Unwrap returns the fault.
func (e *faultError) Unwrap() error { return e.fault }

func adviseFault(err error) string {
	var fault *faultError
	if !errors.As(err, &fault) || fault.report == "" {
		return "no report could be written; what led here would help whoever mends it"
	}
	return "the report lies in " + fault.report + "; it holds no text of yours"
}

// reported writes a report about a panic of the screen below .git/mgit, or in the folder for temporary files.
func (c *call) reported(stateDir string, err error) error {
	var fault *tui.Fault
	if !errors.As(err, &fault) {
		return err
	}
	text := fmt.Sprintf("mgit %s, %s, %s/%s, TERM=%s\n\n%s", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, c.get("TERM"), fault.Report())
	name := "fault-" + time.Now().UTC().Format("20060102-150405") + ".txt"
	for _, dir := range []string{stateDir, os.TempDir()} {
		path := filepath.Join(dir, name)
		if os.MkdirAll(dir, 0o777) == nil && os.WriteFile(path, []byte(text), 0o600) == nil {
			return &faultError{fault, path}
		}
	}
	return &faultError{fault, ""}
}
