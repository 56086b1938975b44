package main

import (
	"bytes"

	"mgit/internal/job"
	"mgit/internal/report"
)

// checkFormats are the formats of check: those that it writes itself, and those of package report.
func checkFormats() []string {
	return append([]string{formatText, formatJSON}, report.CheckFormats()...)
}

// answerCheckAs prints a report for machines. Other programs read it also when nothing was found.
func (c *call) answerCheckAs(format string, r *job.CheckReport, exit int, strict bool) error {
	c.exit = exit
	var out bytes.Buffer
	if err := report.WriteCheck(&out, format, r, report.Options{Version: buildVersion(), Strict: strict}); err != nil {
		return err
	}
	_, err := c.stdout.Write(out.Bytes())
	return err
}
