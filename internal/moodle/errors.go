package moodle

import (
	"errors"
	"fmt"
)

// ErrNotCore says that a version.php belongs to a plugin (it sets
// $module->version or $plugin->version) and tells nothing about core.
var ErrNotCore = errors.New("version.php of a plugin, not of core")

// FormatError says why a text is not the series, tag, release or file that it
// was read as.
type FormatError struct {
	What   string // what was expected: "series", "tag", "release", "version.php", …
	Text   string // the text as given; empty for whole files
	Reason string
}

func (e *FormatError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %s", e.What, e.Reason)
	}
	return fmt.Sprintf("%s %q: %s", e.What, e.Text, e.Reason)
}
