package gittest

import (
	"os"
	"runtime/debug"
	"strconv"
	"testing"
)

// Main is what the TestMain of a package with many repositories calls; it returns
// the exit code. Garbage is collected seldom, here and in the programs that tests
// start: memory is plenty, and most of them end before it would pay. The tests' temporary files are kept in memory where the system has
// a file system for that with plenty of room, unless TMPDIR says where they go: git
// makes hundreds of thousands of small ones, which takes a disk twice as long.
func Main(m *testing.M) int { return Memory{m}.Run() }

// seldom is GOGC of tests, in percent of what is live.
const seldom = 800

// Memory is a testing.M whose Run does what [Main] says.
type Memory struct{ M interface{ Run() int } }

// Run runs the tests and returns the exit code.
func (m Memory) Run() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(seldom)
		os.Setenv("GOGC", strconv.Itoa(seldom))
	}
	folder := memoryFolder()
	if folder == "" || os.Getenv("TMPDIR") != "" {
		return m.M.Run()
	}
	dir, err := os.MkdirTemp(folder, "mgit-test-")
	if err != nil {
		return m.M.Run()
	}
	defer os.RemoveAll(dir)
	_ = os.Chmod(dir, 0o711) // one test reads as somebody else, who has to get in
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return m.M.Run()
	}
	return m.M.Run()
}
