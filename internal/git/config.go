package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ConfigEntry is one setting of git config. Key is canonical: the section and
// the name in lower case, a subsection as it was written. Scope is "system",
// "global", "local", "worktree" or "command"; Origin says where it stands, for
// example "file:/home/ann/.gitconfig".
type ConfigEntry struct {
	Key, Value    string
	Implicit      bool // a name without "=", which means true
	Scope, Origin string
}

// ConfigValues is the whole git configuration at one moment, least important
// first.
type ConfigValues struct{ Entries []ConfigEntry }

// Config reads the configuration that git uses here, without the settings that
// mgit itself gives to git.
func (r *Repo) Config(ctx context.Context) (*ConfigValues, error) {
	out, err := r.Cmd("config", "--list", "-z", "--show-scope", "--show-origin").Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("read git config: %w", err)
	}
	fields := strings.Split(string(out), "\x00")
	values := new(ConfigValues)
	for ; len(fields) >= 3; fields = fields[3:] {
		e := ConfigEntry{Scope: fields[0], Origin: fields[1]}
		var explicit bool
		e.Key, e.Value, explicit = strings.Cut(fields[2], "\n")
		e.Implicit = !explicit
		values.Entries = append(values.Entries, e)
	}
	if len(fields) != 1 || fields[0] != "" {
		return nil, fmt.Errorf("read git config: its list ends in %q", fields)
	}
	return values.without(fixedConfig()), nil
}

// without takes out the entries that our own command line put last.
func (v *ConfigValues) without(ours []string) *ConfigValues {
	for i := len(ours) - 1; i > 0; i -= 2 {
		last := len(v.Entries) - 1
		if last < 0 || v.Entries[last].Scope != "command" {
			break
		}
		key, value, _ := strings.Cut(ours[i], "=")
		if e := v.Entries[last]; e.Key == canonicalKey(key) && e.Value == value {
			v.Entries = v.Entries[:last]
		}
	}
	return v
}

// Get returns the value that counts for key, the last one.
func (v *ConfigValues) Get(key string) (string, bool) {
	key = canonicalKey(key)
	for _, e := range slices.Backward(v.Entries) {
		if e.Key == key {
			return e.Value, true
		}
	}
	return "", false
}

// All returns all values of key, in the order in which git reads them.
func (v *ConfigValues) All(key string) []string {
	key = canonicalKey(key)
	var all []string
	for _, e := range v.Entries {
		if e.Key == key {
			all = append(all, e.Value)
		}
	}
	return all
}

// Bool returns key as git understands truth: true, yes, on, a number other than
// 0, or a name without a value. A key that is not set, or is neither true nor
// false, gives def.
func (v *ConfigValues) Bool(key string, def bool) bool {
	key = canonicalKey(key)
	for _, e := range slices.Backward(v.Entries) {
		if e.Key != key {
			continue
		}
		if e.Implicit {
			return true
		}
		switch strings.ToLower(e.Value) {
		case "true", "yes", "on":
			return true
		case "false", "no", "off", "":
			return false
		}
		if n, err := strconv.Atoi(e.Value); err == nil {
			return n != 0
		}
		return def
	}
	return def
}

// canonicalKey lowers the section and the name and keeps the subsection.
func canonicalKey(key string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	if first < 0 {
		return strings.ToLower(key)
	}
	return strings.ToLower(key[:first]) + key[first:last] + strings.ToLower(key[last:])
}

// SetConfig sets key in the repository's own configuration, in place of all
// values it has there.
func (r *Repo) SetConfig(ctx context.Context, key, value string) error {
	if err := CheckName(key); err != nil {
		return fmt.Errorf("set git config: %w", err)
	}
	if err := r.Cmd("config", "--local", "--replace-all", "--", key, value).Run(ctx); err != nil {
		return fmt.Errorf("set git config %s: %w", key, err)
	}
	return nil
}

// UnsetConfig removes key from the repository's own configuration, with all
// values it has there. It is no error when there is none.
func (r *Repo) UnsetConfig(ctx context.Context, key string) error {
	if err := CheckName(key); err != nil {
		return fmt.Errorf("unset git config: %w", err)
	}
	err := r.Cmd("config", "--local", "--unset-all", "--", key).Run(ctx)
	var exit *ExitError
	if err != nil && !(errors.As(err, &exit) && exit.Code == 5) { // 5: nothing there; git-config(1)
		return fmt.Errorf("unset git config %s: %w", key, err)
	}
	return nil
}
