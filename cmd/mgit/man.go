//go:build man

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// extraCommands adds the writer of the manual pages, which only `make man` builds: it brings a
// Markdown parser that mgit itself has no use for.
func extraCommands() []*cobra.Command {
	return []*cobra.Command{{
		Use:    "man DIR",
		Short:  "Write the manual pages",
		Hidden: true,
		Args:   words("DIR"),
		RunE:   func(cmd *cobra.Command, args []string) error { return writeManuals(cmd.Root(), args[0]) },
	}}
}

// writeManuals writes one page for each command, and git-mgit.1 for `git help mgit`.
func writeManuals(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Title: "MGIT", Section: "1", Source: "mgit " + buildVersion(), Manual: "mgit manual"}
	if err := doc.GenManTree(root, header, dir); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "git-mgit.1"), []byte(".so man1/mgit.1\n"), 0o644)
}
