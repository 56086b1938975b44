// Command mgit moves the branches of a Moodle site from one Moodle release to the next.
//
// This package turns words into requests for internal/job and reports into words: arguments, streams,
// colours, exit codes. Whatever a command does to a repository is done below.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { runMain(processEnv()) }

func runMain(surroundings env) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends what the first could not
	code := run(ctx, surroundings, os.Args[1:])
	stop()
	os.Exit(code)
}
