package live_test

import (
	"os"
	"testing"

	"mgit/internal/git/gittest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Main(m)) }
