package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/report"
)

// hostileNames are names of files that would steer a terminal, a browser, a table or a shell.
var hostileNames = []string{
	"<script>alert(1)</script>.php", "a\x1b[31mred\x1b[0m.php", "line\nbreak.php", "quote\"onload='x'.php", "back`tick|pipe.php",
	"bidi\u202egpj.php", "latin\xe9.php", "--upload-pack=x.php", "$(touch pwned).php", "]]>.php", "tab\tbed.php",
}

// Nothing in a hostile live tree is executed, nothing is missed in silence, and nothing is printed raw
// in any format.
func TestHostileTree(t *testing.T) {
	t.Parallel()
	built := demoSite(t)
	site := gittest.At(t, built.Site)
	canary := filepath.Join(t.TempDir(), "canary")
	makeHostile(t, built.Live, canary)
	for _, format := range append([]string{formatText, formatJSON}, report.Formats()...) {
		cmd := exec.CommandContext(t.Context(), program(t), "corehack-report", built.Live, "--format", format, "--diff", "--all", "--color", "never")
		cmd.Dir, cmd.Env = site.Path, append(site.Env(), "TERM=dumb", "HOME="+t.TempDir())
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitFound {
			t.Fatalf("%s: %v\n%s", format, err, stderr.Bytes())
		}
		checkTame(t, format, stdout.String())
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("something of the tree was executed")
	}
}

// checkTame checks that an answer names what is wrong with the tree and holds nothing of it raw.
func checkTame(t *testing.T, format, said string) {
	t.Helper()
	raws := []string{"\x1b", "line\nbreak", "\xe9", "s3cret", "root:x:0"}
	if format != formatJSON { // which has paths as they are
		raws = append(raws, "\u202e")
	}
	if format == report.HTML || format == report.JUnit { // elsewhere it is text
		raws = append(raws, "<script>alert")
	}
	for _, raw := range raws {
		if strings.Contains(said, raw) {
			t.Errorf("%s prints %q", format, raw)
		}
	}
	for _, told := range []string{"pipe", "passwd", "loop", "latin"} {
		if !strings.Contains(said, told) {
			t.Errorf("%s says nothing about %s", format, told)
		}
	}
}

// makeHostile puts into a live tree what an attacker, or an accident, could leave there.
func makeHostile(t *testing.T, live, canary string) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		full := filepath.Join(live, name)
		check(os.MkdirAll(filepath.Dir(full), 0o777))
		check(os.WriteFile(full, []byte(text), 0o777))
	}
	for _, name := range hostileNames {
		write(filepath.Join("lib", "classes", name), "<?php // s3cret\n")
	}
	write("config.php.bak", "<?php $CFG->dbpass = 's3cret';\n")
	write(".env", "PASSWORD=s3cret\n")
	check(os.Symlink("/etc/passwd", filepath.Join(live, "lib", "passwd.php")))
	check(os.Symlink("loop.php", filepath.Join(live, "lib", "loop.php")))
	check(syscall.Mkfifo(filepath.Join(live, "lib", "pipe.php"), 0o666))
	sparse, err := os.Create(filepath.Join(live, "backup.sql"))
	check(err)
	check(sparse.Truncate(4 << 30))
	check(sparse.Close())
	// A repository whose settings would run programs, if Git were started there.
	run := "#!/bin/sh\ntouch " + canary + "\n"
	write(".git/hooks/post-checkout", run)
	write(".git/evil.sh", run)
	write(".git/HEAD", "ref: refs/heads/main\n")
	write(".git/objects/info/alternates", "/etc\n")
	evil := filepath.Join(live, ".git", "evil.sh")
	write(".git/config", fmt.Sprintf("[core]\n\trepositoryformatversion = 0\n\tfsmonitor = %[1]s\n\tsshCommand = %[1]s\n[filter \"x\"]\n\tclean = %[1]s\n\tsmudge = %[1]s\n[diff \"x\"]\n\ttextconv = %[1]s\n[remote \"origin\"]\n\turl = ext::%[1]s\n", evil))
	write(".gitattributes", "* filter=x diff=x\n")
}
