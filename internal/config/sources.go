package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"mgit/internal/git"
)

// Sources is everything that the configuration is made from. The zero value of each field means that there is none.
type Sources struct {
	Git    *git.ConfigValues
	User   File
	Shared SharedFiles
	Clone  File
	// Env looks up an environment variable, as os.Getenv does.
	Env func(string) string
	// Flags holds the flags that were given, by the dotted key they set.
	Flags map[string]string
	Trust *Trust
	Rules Rules
}

// File is a file that was read. A File without a Name is not there.
type File struct {
	Name string // for messages
	Data []byte
}

// SharedFiles is what the mgit branch holds.
type SharedFiles struct {
	Commit  string // the commit they were read from, in full hexadecimal
	Main    []byte // mgit.toml; nil when there is none
	Plugins []byte // plugins.toml
	Sites   []byte // sites.toml
}

// Rules are what packages above know about values. A rule that is nil accepts nothing, except Scheme, Record and
// Screen, whose values are judged again where they are used.
type Rules struct {
	// SharedURL judges the URL of a repository in any file: nothing dangerous, no secret, no local path.
	SharedURL func(string) error
	// OwnURL judges one in git config, where a local path is allowed.
	OwnURL func(string) error
	// Role judges the role of a remote.
	Role func(string) error
	// Scheme judges the naming of branches and targets as a whole.
	Scheme func(Naming) error
	// Record judges the key of a branch record.
	Record func(string) error
	// Screen judges the settings of the screen as a whole.
	Screen func(Screen) []Fault
}

// Fault is what a rule finds wrong.
type Fault struct {
	Path  []string // of the key, below the table that was judged
	Err   error
	Meant string // the name that was probably meant; "" for none
}

// Naming is all that the names of branches and targets follow from.
type Naming struct {
	Customer     string // "" while nobody has set it
	Scheme       string
	TargetScheme string
	Types        []string
	Targets      []string // the short names for all series
}

// UserPath returns the path of the user's file: $XDG_CONFIG_HOME/mgit/config.toml. It is "" when there is no home.
func UserPath(env func(string) string) string {
	base := env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(base) { // the XDG specification has relative ones ignored
		home := env("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "mgit", "config.toml")
}

// ClonePath returns the path of this clone's own file in the directory where mgit keeps its state (.git/mgit).
func ClonePath(stateDir string) string { return filepath.Join(stateDir, "config.toml") }

// ReadFile reads one of the user's own files. It is no error when there is none.
func ReadFile(path string) (File, error) {
	if path == "" {
		return File{}, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return File{}, nil
	}
	if err != nil {
		return File{}, fmt.Errorf("read settings: %w", err)
	}
	return File{Name: path, Data: data}, nil
}
