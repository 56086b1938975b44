package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker (see the Makefile's LDFLAGS) and by nothing else.
var version string

func newVersionCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: groupSetUp,
		Args:    words(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runVersion(cmd.Context(), c) },
	}
}

// runVersion neither opens a repository nor starts Git: scripts ask often.
func runVersion(ctx context.Context, c *call) error {
	c.command = "version"
	result := struct {
		Version  string `json:"version"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
	}{buildVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return c.answer(ctx, answer{
		result: result,
		text: func(w io.Writer, _ palette) error {
			fmt.Fprintf(w, "mgit version %s\n", result.Version)
			if c.flags.verbose {
				fmt.Fprintf(w, "built with %s for %s\n", result.Go, result.Platform)
			}
			return nil
		},
	})
}

// buildVersion falls back to what `go install` and `go build` record.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "unreleased"
}
