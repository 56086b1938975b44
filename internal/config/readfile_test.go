package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/config"
)

// A home that is a file (/dev/null in a container) holds no settings.
func TestFileThatCannotBeThere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "home")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "mgit", "config.toml"), file + "-absent", ""} {
		if got, err := config.ReadFile(path); err != nil || got.Name != "" {
			t.Errorf("ReadFile(%q) = %+v, %v", path, got, err)
		}
	}
}
