package config_test

import (
	"testing"

	"mgit/internal/config"
	"mgit/internal/git"
)

// What a rule weighs on the branches of a type goes before what it weighs everywhere, from whichever file.
func TestSeverityOfRules(t *testing.T) {
	t.Parallel()
	cfg := load(t, config.Sources{
		User: user("[check.rules]\nscope = \"warning\"\n[check.types.hack]\nscope = \"off\"\n"),
		Git: &git.ConfigValues{Entries: []git.ConfigEntry{
			{Key: "mgit.check.rules.secret", Value: "off", Scope: "local"},
			{Key: "mgit.check.types.feature.debug-output", Value: "warning", Scope: "local"},
		}},
	})
	for _, test := range []struct{ rule, branch, want string }{
		{"scope", "", "warning"},
		{"scope", "feature", "warning"},
		{"scope", "hack", "off"},
		{"secret", "hack", "off"},
		{"debug-output", "feature", "warning"},
		{"debug-output", "hack", ""},
	} {
		if got := cfg.Check.Severity(test.rule, test.branch); got != test.want {
			t.Errorf("%s on %q weighs %q, want %q", test.rule, test.branch, got, test.want)
		}
	}
	if cfg.Check.MaxFileKB != 1024 || cfg.Check.SubjectLength != 72 || cfg.Check.Tickets != nil {
		t.Errorf("built-in: %+v", cfg.Check)
	}
	if _, err := config.Load(config.Sources{User: user("[check.rules]\nscope = \"fatal\"\n")}); err == nil {
		t.Error("a severity that does not exist was taken")
	}
}

// What arrives by a push cannot make a check blind, and may make it stricter.
func TestWeakerChecksWaitForTrust(t *testing.T) {
	t.Parallel()
	files := shared("[check]\nmax_file_kb = 9999\n[check.rules]\nsecret = \"off\"\nbuilt-js = \"error\"\n[check.types.hack]\nscope = \"warning\"\n")
	cfg := load(t, config.Sources{Shared: files})
	if cfg.Check.Severity("secret", "") != "" || cfg.Check.Severity("scope", "hack") != "" || cfg.Check.MaxFileKB != 1024 {
		t.Errorf("in force before it is confirmed: %+v", cfg.Check)
	}
	if cfg.Check.Severity("built-js", "") != "error" {
		t.Error("what makes a check stricter waits, too")
	}
	cfg = load(t, config.Sources{Shared: files, Trust: confirmed(t, files)})
	if cfg.Check.Severity("secret", "") != "off" || cfg.Check.Severity("scope", "hack") != "warning" || cfg.Check.MaxFileKB != 9999 {
		t.Errorf("confirmed: %+v", cfg.Check)
	}
}
