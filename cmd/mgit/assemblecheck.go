package main

import (
	"context"
	"fmt"
	"io"

	"mgit/internal/job"
	"mgit/internal/report"
)

// checkTarget proves a target.
func (c *call) checkTarget(ctx context.Context, request job.AssembleRequest) error {
	site, err := c.openToLook(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	proof, err := job.CheckTarget(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range proof.Warnings {
		c.warn(w.ID, w.Text)
	}
	a := answer{result: proof, text: func(w io.Writer, p palette) error {
		c.writeProof(w, p, proof)
		return nil
	}}
	if !proof.Proven {
		a.exit = exitFound
	}
	return c.answer(ctx, a)
}

// writeProof says what is wrong with a target, the worst first.
func (c *call) writeProof(w io.Writer, p palette, proof *job.TargetProof) {
	fmt.Fprintln(w, p.strong(wrapWords(printable(report.ProofSummary(proof)), c.width(c.stdoutTTY), 0, 0)))
	for _, line := range report.ProofLines(proof) {
		fmt.Fprintln(w, wrapWords("  "+printable(line), c.width(c.stdoutTTY), 0, 6))
	}
}
