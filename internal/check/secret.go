package check

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// secrets finds keys and passwords in added lines. What it finds is never shown.
func secrets(j *Judge, f *File) {
	if !f.IsRegular() || f.IsBinary() {
		return
	}
	for _, line := range f.addedWith(secretSigns()) {
		what := secretIn(line.Text)
		if what == "" && isPrivateKey(f.After.Data, line) {
			what = "a private key"
		}
		if what == "" {
			continue
		}
		finding := Finding{Path: f.Path, Line: line.Number, Text: what}
		if isTest(f.Path) {
			finding.Severity = Warning // made for a test, as a rule
		}
		j.Report(finding)
	}
}

// isTest reports whether a file is one of a test, or data of one.
func isTest(path string) bool {
	dir := "/" + path
	return strings.Contains(dir, "/tests/") || strings.Contains(dir, "/fixtures/")
}

// secretSigns are in every line that holds a secret, and in few others.
func secretSigns() []string {
	return []string{
		"private key", "putty-user-key", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "hooks.slack.com",
		"cfg->dbpass", "cfg->smtppass", "cfg->proxypassword", "cfg->cronremotepassword", "cfg->upgradekey", "cfg->passwordsalt",
	}
}

// secretPattern is what one kind of token looks like.
type secretPattern struct {
	what    string
	pattern *regexp.Regexp
}

// secretPatterns are few, and each has a beginning that its maker chose so that it can be found.
var secretPatterns = sync.OnceValue(func() []secretPattern {
	return []secretPattern{
		{"a private key of PuTTY", regexp.MustCompile(`^PuTTY-User-Key-File-[0-9]+: `)},
		{"an access key of AWS", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)},
		{"a token of GitHub", regexp.MustCompile(`\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59})\b`)},
		{"a token of GitLab", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20,}`)},
		{"a token of Slack", regexp.MustCompile(`\bxox[abeoprs]-[0-9]+-[0-9A-Za-z-]{16,}`)},
		{"a webhook of Slack", regexp.MustCompile(`hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{20,}`)},
	}
})

// secretIn says what kind of secret a line holds, "" for none.
func secretIn(line []byte) string {
	for _, p := range secretPatterns() {
		if found := p.pattern.Find(line); found != nil && !bytes.Contains(found, []byte("EXAMPLE")) {
			return p.what
		}
	}
	if m := configuredSecret().FindSubmatch(line); m != nil && !isPlaceholder(string(m[2])+string(m[3]), len(m[3]) > 0) {
		return fmt.Sprintf("a value of $CFG->%s", m[1])
	}
	return ""
}

// configuredSecret finds a password that is set in the configuration: whether the line is a comment makes no
// difference to whoever reads it.
var configuredSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$CFG->(dbpass|smtppass|proxypassword|cronremotepassword|upgradekey|passwordsaltmain|passwordsaltalt[0-9]+)\s*=\s*(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)")`)
})

// isPlaceholder reports whether a value only shows where a password goes, or is one that everybody uses on a machine
// of nobody: passwords of that kind stand in documentation and in the settings of tests.
func isPlaceholder(value string, interpolated bool) bool {
	if interpolated && strings.ContainsRune(value, '$') {
		return true
	}
	lower := strings.ToLower(value)
	if strings.ContainsAny(lower, "<>{}%[]") && !strings.ContainsAny(lower, "0123456789") {
		return true // <password>, {{ dbpass }}, %DBPASS%
	}
	if strings.Trim(lower, lower[:1]) == "" {
		return true // xxxx, ****, ....
	}
	if slices.Contains([]string{"moodle", "moodleuser", "m@0dl3ing", "test", "root", "admin", "postgres", "mysql", "mariadb", "secret", "none", "dbpass", "pass", "password", "passwd", "pwd"}, lower) {
		return true
	}
	for _, word := range []string{"yourpass", "your_", "your-", "your ", "mypass", "changeme", "change_me", "change-me", "change me", "put_", "put ", "example", "placeholder", "some long", "a_very_long", "username", "insert "} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// keyHeader begins a private key; the text of a key follows, at once or behind the end of a line as a string writes it.
var keyHeader = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)
})

var keyText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[\s'"+.,]|\\[rn]|\\$|//|[#*])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n\\]*(?:[\s'"+.,]|\\[rn])*)*[0-9A-Za-z+/=]{40,}`)
})

// isPrivateKey reports whether a key begins in a line: the header alone stands in programs that read keys.
func isPrivateKey(data []byte, line Line) bool {
	at := keyHeader().FindIndex(line.Text)
	if at == nil {
		return false
	}
	rest := line.Text[at[1]:]
	return keyText().Match(rest) || len(bytes.TrimSpace(trimString(rest))) == 0 && keyText().Match(textBehind(data, line.Number))
}

// trimString takes off what ends a line in a string of a program.
func trimString(text []byte) []byte {
	text = bytes.TrimSpace(text)
	text = bytes.TrimRight(text, `'" .+,\`)
	return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte(`\n`)), []byte(`\r`))
}

// textBehind is what follows a line, as far as a header of a key may go.
func textBehind(data []byte, line int) []byte {
	const most = 512
	for range line {
		_, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return nil
		}
		data = rest
	}
	return data[:min(len(data), most)]
}
