package job

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"mgit/internal/git"
)

// NoKeyError says that nobody has given a key for the tracker.
type NoKeyError struct {
	Address  string
	Protocol string // as git credential knows it
	Host     string
}

func (e *NoKeyError) Error() string { return "there is no key for " + e.Address }

// trackerKey is a key, and what becomes of it once it is known to be right or wrong.
type trackerKey struct {
	secret string
	kept   *git.Credential // git's; nil for that of the environment
	typed  bool
}

// keyOwner is the name under which mgit lets git keep a key. Most trackers ask for none.
const keyOwner = "mgit"

// trackerKey finds the key for an address: that of the environment, else git's, else a
// person's. The error is a *NoKeyError, a *Refusal or a *UsageError.
func (s *Site) trackerKey(ctx context.Context, address *url.URL, request TrackerRequest) (*trackerKey, error) {
	if secret := strings.TrimSpace(request.Key); secret != "" {
		if strings.ContainsFunc(secret, unicode.IsControl) {
			return nil, &UsageError{Text: "MGIT_TRACKER_TOKEN has a line break or another control character in it, and a key has none"}
		}
		return &trackerKey{secret: secret}, s.bindKey(secret, hostOf(address), request.Elsewhere)
	}
	kept, err := s.Repo.Credential(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("ask git for the tracker's key: %w", err)
	}
	if kept != nil && strings.ContainsFunc(kept.Secret(), unicode.IsControl) {
		return nil, &UsageError{Text: "the key that git keeps for " + hostOf(address) + " has a control character in it, and a key has none", Hint: "let git forget it: `git credential reject`"}
	}
	if kept != nil {
		return &trackerKey{secret: kept.Secret(), kept: kept}, nil
	}
	if request.Ask == nil {
		return nil, &NoKeyError{Address: hostOf(address), Protocol: address.Scheme, Host: address.Host}
	}
	typed, err := request.Ask(ctx, hostOf(address))
	if err != nil {
		return nil, err
	}
	kept, err = git.NewCredential(address, keyOwner, typed)
	if err != nil {
		return nil, &UsageError{Text: err.Error()}
	}
	return &trackerKey{secret: typed, kept: kept, typed: true}, nil
}

func hostOf(address *url.URL) string { return address.Scheme + "://" + address.Host }

// proved tells git what the tracker said to the key. One that git kept under another name
// than mgit's may be the password of something else on that host, and is not forgotten.
func (k *trackerKey) proved(ctx context.Context, repo *git.Repo, right bool) error {
	switch {
	case k.kept == nil:
		return nil
	case right:
		return repo.ApproveCredential(ctx, k.kept)
	case !k.typed && k.kept.Username == keyOwner:
		return repo.RejectCredential(ctx, k.kept)
	}
	return nil
}

// trackerClone is what this clone knows about its tracker. It holds no key: a key's host is
// found by a salted hash.
type trackerClone struct {
	Format int    `json:"format"`
	Clone  string `json:"clone"` // random
	Salt   string `json:"salt"`
	// Hosts are those to which keys of the environment were first sent, by hash.
	Hosts map[string]string `json:"hosts"`
}

const trackerCloneFile = "tracker.json"

// trackerClone reads the file, or begins it.
func (s *Site) trackerClone() (*trackerClone, error) {
	name := filepath.Join(s.Repo.StateDir(), trackerCloneFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &trackerClone{Format: 1, Clone: rand.Text(), Salt: rand.Text(), Hosts: make(map[string]string)}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read to which host the key belongs: %w", err)
	}
	state := &trackerClone{}
	if err := json.Unmarshal(data, state); err != nil || state.Format != 1 || state.Salt == "" || state.Hosts == nil {
		return nil, &UsageError{
			Text: name + " cannot be read, so that it is not known to which host your key belongs",
			Hint: "look whether tracker.url is right, and remove the file",
		}
	}
	return state, nil
}

// store writes the file in one step, for nobody else to read.
func (t *trackerClone) store(dir string) error {
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, trackerCloneFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, trackerCloneFile))
}

func (t *trackerClone) nameOf(secret string) string {
	h := hmac.New(sha256.New, []byte(t.Salt))
	h.Write([]byte(secret))
	return hex.EncodeToString(h.Sum(nil))
}

// bindKey makes sure that the key of the environment goes to one host only. It notes the
// host before anything is sent there, also for a dry run: what was sent was sent.
func (s *Site) bindKey(secret, host string, elsewhere bool) error {
	state, err := s.trackerClone()
	if err != nil {
		return err
	}
	name := state.nameOf(secret)
	known, isKnown := state.Hosts[name]
	switch {
	case known == host:
		return nil
	case isKnown && !elsewhere:
		return &Refusal{
			ID:   "token-elsewhere",
			Text: fmt.Sprintf("the key in MGIT_TRACKER_TOKEN was given for %s, and the tracker is at %s now", known, host),
		}
	}
	state.Hosts[name] = host
	if err := state.store(s.Repo.StateDir()); err != nil {
		return fmt.Errorf("note to which host the key belongs: %w", err)
	}
	return nil
}

// cloneName names this clone in the tracker: neither a copy of it nor another one has the
// same.
func (s *Site) cloneName(store bool) (string, error) {
	state, err := s.trackerClone()
	if err != nil {
		return "", err
	}
	if store {
		if err := state.store(s.Repo.StateDir()); err != nil {
			return "", fmt.Errorf("name this clone: %w", err)
		}
	}
	host, _ := os.Hostname() // "" is as good
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte(state.Clone), []byte(host), []byte(s.Repo.StateDir())}, []byte{0}))
	return hex.EncodeToString(sum[:6]), nil
}
