package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mgit/internal/git/gittest"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata/script")

// TestMain makes the test binary be mgit when it is started under that name, and puts an
// mgit into PATH.
func TestMain(m *testing.M) {
	testscript.Main(gittest.Memory{M: workshop{m}}, map[string]func(){"mgit": func() {
		surroundings := processEnv()
		surroundings.claim = redmineClaim
		if _, wanted := os.LookupEnv(faultVariable); wanted {
			surroundings.extra = faults
		}
		runMain(surroundings)
	}})
}

// printed is what a run of mgit left behind.
type printed struct {
	code           int
	stdout, stderr string
}

// invoke runs one command line in process, without terminals and with an empty environment.
func invoke(t *testing.T, args ...string) printed {
	t.Helper()
	return invokeIn(t, env{stdin: strings.NewReader("")}, args...)
}

// invokeIn is invoke with surroundings; its streams for output are replaced.
func invokeIn(t *testing.T, surroundings env, args ...string) printed {
	t.Helper()
	var stdout, stderr bytes.Buffer
	surroundings.stdout, surroundings.stderr = &stdout, &stderr
	if surroundings.size == nil {
		surroundings.size = func() (int, int) { return 0, 0 }
	}
	code := run(context.Background(), surroundings, args)
	return printed{code, stdout.String(), stderr.String()}
}
