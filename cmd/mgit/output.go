package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// warning is something the user should know that did not stop the command.
type warning struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// answer is what a command has to say when it did its job.
type answer struct {
	// result becomes the JSON result: a value with snake_case keys.
	result any
	// run is the number of the run that was made; 0 for none.
	run int
	// exit is the exit code: a command that did its job may still end with exitParked or exitFound.
	exit int
	// text writes the same answer for a person.
	text func(w io.Writer, p palette) error
}

// envelope is the one object that --json prints.
type envelope struct {
	Schema   string    `json:"schema"`
	Command  string    `json:"command"`
	Run      *int      `json:"run"`
	DryRun   bool      `json:"dry_run"`
	Exit     int       `json:"exit"`
	Result   any       `json:"result,omitempty"`
	Error    *failure  `json:"error,omitempty"`
	Warnings []warning `json:"warnings"`
}

// envelopeSchema names the version of the JSON contract.
const envelopeSchema = "mgit/1"

// encode writes the envelope as indented JSON with a newline, leaving <, > and & as they are.
func (e envelope) encode(w io.Writer) error {
	if e.Warnings == nil {
		e.Warnings = []warning{}
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	_, err := w.Write(buffer.Bytes())
	return err
}
