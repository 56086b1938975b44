package config_test

import (
	"strings"
	"testing"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// rules are those that job hands in.
func rules() config.Rules {
	return config.Rules{
		SharedURL: remote.CheckShared,
		OwnURL:    remote.CheckOwn,
		Role:      func(text string) error { _, err := remote.ParseRole(text); return err },
		Record:    func(key string) error { _, _, err := branches.ParseKey(key); return err },
		Scheme: func(n config.Naming) error {
			if n.Customer == "" {
				return nil
			}
			s, err := branches.ParseScheme(n.Scheme, n.Types, n.Customer)
			if err != nil {
				return err
			}
			_, err = s.WithTargets(n.TargetScheme, n.Targets)
			return err
		},
	}
}

func gitConfig(pairs ...string) *git.ConfigValues {
	values := &git.ConfigValues{}
	for i := 0; i < len(pairs); i += 2 {
		values.Entries = append(values.Entries, git.ConfigEntry{Key: pairs[i], Value: pairs[i+1], Scope: "local", Origin: "file:.git/config"})
	}
	return values
}

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func user(text string) config.File {
	return config.File{Name: "/home/ann/.config/mgit/config.toml", Data: []byte(text)}
}

func clone(text string) config.File {
	return config.File{Name: ".git/mgit/config.toml", Data: []byte(text)}
}

func shared(text string) config.SharedFiles {
	return config.SharedFiles{Commit: strings.Repeat("a1", 20), Main: []byte("format = 1\n" + text)}
}

func load(t *testing.T, src config.Sources) *config.Config {
	t.Helper()
	src.Rules = rules()
	cfg, err := config.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
