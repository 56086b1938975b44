package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// mostValues is how many values the JSON of an answer may have. A list of a million
// empty issues is short to write, and fills the memory of whoever reads it.
const mostValues = 250_000

// Read reads JSON, or a part of it, that r was answered with. The error is an
// *AnswerError.
func (s *Server) Read(r Request, data []byte, v any) error {
	if tooMany(data) {
		return &AnswerError{s.Host(), fmt.Sprintf("%s was answered with JSON of more than %d values", r.Path, mostValues)}
	}
	if err := json.Unmarshal(data, v); err != nil {
		return &AnswerError{s.Host(), fmt.Sprintf("%s was answered with JSON that cannot be read: %s", r.Path, misread(err))}
	}
	return nil
}

// tooMany counts the values of a text that may be JSON.
func tooMany(data []byte) bool {
	values, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	return values > mostValues
}

// misread says what is wrong with JSON. What package json says may hold a number of
// any length, and the names of our types.
func misread(err error) string {
	var kind *json.UnmarshalTypeError
	var when *time.ParseError
	if errors.As(err, &when) {
		return Line(fmt.Sprintf("no time: %.40q", when.Value))
	}
	if errors.As(err, &kind) {
		is, _, _ := strings.Cut(kind.Value, " ")
		if kind.Field == "" {
			return "it is of another kind: " + is
		}
		return Line(fmt.Sprintf("%s is of another kind: %s", kind.Field, is))
	}
	return Line(err.Error())
}

// Lines are the first of several texts that a server wrote, each by Line.
func Lines(texts []string) []string {
	lines := make([]string, 0, 10)
	for _, text := range texts[:min(len(texts), cap(lines))] {
		lines = append(lines, Line(text))
	}
	return lines
}
