package git

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Credential is a name and a secret that git keeps, or is to keep, for a server
// (gitcredentials(7)). Printing one shows no secret.
type Credential struct {
	Username string
	secret   string
	// lines are what git knows it by, and what it said beside it: they go back whole.
	lines []string
}

// NewCredential is a credential for an address, to be kept once it has proved right.
func NewCredential(address *url.URL, username, secret string) (*Credential, error) {
	lines, err := credentialLines(address)
	if err != nil {
		return nil, err
	}
	c := &Credential{Username: username, secret: secret, lines: lines}
	return c, c.check()
}

// Secret is the password or key.
func (c *Credential) Secret() string { return c.secret }

func (c *Credential) String() string   { return "credential of " + c.Username }
func (c *Credential) GoString() string { return c.String() }

// credentialWait is how long a program that keeps credentials may take.
const credentialWait = 30 * time.Second

// Credential returns what git keeps for an address, by whatever helper the user's settings
// name; nil when it keeps nothing. Nobody is asked: neither on the terminal nor in a
// window.
func (r *Repo) Credential(ctx context.Context, address *url.URL) (*Credential, error) {
	lines, err := credentialLines(address)
	if err != nil {
		return nil, err
	}
	out, err := r.credential("fill", lines).Output(ctx)
	var said *ExitError
	if errors.As(err, &said) {
		return nil, nil // git would have had to ask
	}
	if err != nil {
		return nil, err
	}
	c := &Credential{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "username":
			c.Username = value
		case "password":
			c.secret = value
		case "":
		default:
			c.lines = append(c.lines, key+"="+value)
		}
	}
	if c.secret == "" {
		return nil, nil
	}
	return c, nil
}

// ApproveCredential tells git that a credential proved right, so that its helpers keep it.
func (r *Repo) ApproveCredential(ctx context.Context, c *Credential) error {
	return r.credential("approve", c.said()).Run(ctx)
}

// RejectCredential tells git that a credential is wrong, so that its helpers forget it.
func (r *Repo) RejectCredential(ctx context.Context, c *Credential) error {
	return r.credential("reject", c.said()).Run(ctx)
}

func (c *Credential) said() []string {
	return append(append([]string{}, c.lines...), "username="+c.Username, "password="+c.secret)
}

// credential prepares `git credential`, which reads what it is about, so that no list of
// processes shows it, and which can ask nobody.
func (r *Repo) credential(what string, lines []string) *Cmd {
	return r.Cmd("-c", "credential.interactive=never", "credential", what).
		Stdin([]byte(strings.Join(lines, "\n")+"\n\n")).
		Env("GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never").
		Timeout(credentialWait)
}

func credentialLines(address *url.URL) ([]string, error) {
	lines := []string{"protocol=" + address.Scheme, "host=" + address.Host}
	if path := strings.Trim(address.Path, "/"); path != "" {
		lines = append(lines, "path="+path)
	}
	return lines, checkLines(lines)
}

func (c *Credential) check() error { return checkLines(c.said()) }

// checkLines refuses what would end a line early and say something else in the next.
func checkLines(lines []string) error {
	for _, line := range lines {
		if strings.ContainsAny(line, "\n\r\x00") {
			key, _, _ := strings.Cut(line, "=")
			return fmt.Errorf("a credential's %s has a line break in it", key)
		}
	}
	return nil
}
