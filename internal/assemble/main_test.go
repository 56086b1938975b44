package assemble_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"mgit/internal/git/gittest"
)

// begun is the repository that many tests copy, built once and when it is first wanted.
var begun struct {
	dir  string
	once sync.Once
}

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: templated{m}}.Run()) }

// templated is a testing.M with a place for what tests copy.
type templated struct{ m *testing.M }

func (t templated) Run() int {
	dir, err := os.MkdirTemp("", "mgit-assemble-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	begun.dir = dir
	return t.m.Run()
}
