//go:build !man

package main

import "github.com/spf13/cobra"

// extraCommands are those of special builds: none in this one.
func extraCommands() []*cobra.Command { return nil }
