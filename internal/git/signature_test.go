package git

import (
	"strings"
	"testing"
)

func TestSignaturesAreJudged(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]Trust{
		"[GNUPG:] NEWSIG\n[GNUPG:] BADSIG 12 A\n":                       TrustBad,
		"[GNUPG:] NEWSIG\n[GNUPG:] REVKEYSIG 12 A\n[GNUPG:] VALIDSIG\n": TrustBad,
		"Signature verification failed: incorrect signature\n":          TrustBad,
		"[GNUPG:] NEWSIG\n[GNUPG:] EXPKEYSIG 12 A\n":                    TrustUnknown,
		"[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 12\n[GNUPG:] NO_PUBKEY 12\n":  TrustUnknown,
		"[GNUPG:] NEWSIG\n": TrustUnknown,
		"":                  TrustUnknown,
		"error: gpg.ssh.allowedSignersFile needs to be configured and exist for this\n": TrustUnknown,
	} {
		trust, text := judgeSignature(said)
		if trust != want || text == "" || strings.Contains(text, "GNUPG") {
			t.Errorf("%q: %s, %q; want %s", said, trust, text, want)
		}
	}
}
