package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// notRunnable is the least exit code with which a shell says that it found no program to run.
const notRunnable = 126

// page writes text to standard output, through a pager when it is longer than the terminal.
// Where the pager cannot be started the text comes without.
func (c *call) page(ctx context.Context, text []byte) error {
	command := c.pagerCommand(text)
	if command == "" || ctx.Err() != nil {
		return c.write(text)
	}
	// Ctrl-C belongs to the pager, which stays open as people are used to; mgit must outlive it, or
	// two programs would read from the terminal.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	// Through a shell, as Git does it, because the settings hold options.
	pager := exec.Command("sh", "-c", command)
	pager.Stdin = bytes.NewReader(text)
	pager.Stdout, pager.Stderr = c.stdout, c.stderr
	pager.Env = c.pagerEnv()
	err := pager.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() < notRunnable || err == nil {
		return nil
	}
	c.trace("pager %q: %v", command, err)
	return c.write(text)
}

func (c *call) write(text []byte) error {
	if _, err := c.stdout.Write(text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// pagerCommand returns what to run for text, "" for no pager: nobody looks, or it fits. The order
// is Git's, with a variable of our own in front.
func (c *call) pagerCommand(text []byte) string {
	if !c.stdoutTTY || c.flags.noPager || c.isDumb() {
		return ""
	}
	if _, height := c.size(); bytes.Count(text, []byte{'\n'}) < height || height == 0 {
		return ""
	}
	command := c.firstPager()
	if command == "cat" {
		return ""
	}
	return command
}

// firstPager returns the first setting there is; one that is set and empty means no pager.
func (c *call) firstPager() string {
	for _, name := range []string{"MGIT_PAGER", "GIT_PAGER"} {
		if command, ok := c.lookup(name); ok {
			return command
		}
	}
	if c.corePager != "" {
		return c.corePager
	}
	if command, ok := c.lookup("PAGER"); ok {
		return command
	}
	return "less"
}

// pagerEnv gives less the options Git gives it, unless the user has some: leave when the text fits,
// show colours, keep the screen.
func (c *call) pagerEnv() []string {
	vars := c.childVars()
	for _, setting := range [][2]string{{"LESS", "FRX"}, {"LV", "-c"}} {
		if _, ok := c.lookup(setting[0]); !ok {
			vars = append(vars, setting[0]+"="+setting[1])
		}
	}
	return vars
}
