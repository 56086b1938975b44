package main

import (
	"github.com/spf13/cobra"

	"mgit/internal/crew"
)

// faultVariable gives the mgit of a story commands with a fault. The program that is shipped has none.
const faultVariable = "MGIT_TEST_FAULT"

// faults are commands that panic: in the goroutine of the command, and in one below it.
func faults() []*cobra.Command {
	return []*cobra.Command{
		{Use: "fault", RunE: func(*cobra.Command, []string) error { panic("a fault of the story") }},
		{Use: "fault-below", RunE: func(*cobra.Command, []string) error {
			var all crew.Group
			all.Go(func() { panic("a fault below the story") })
			all.Wait()
			return nil
		}},
	}
}
