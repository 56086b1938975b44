package job

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// A key that cannot stand in a header is wrong usage, said without the key, and no tracker
// that does not answer.
func TestKeyWithControlCharacters(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"one-half\nother-half", "one-half\x01", "one-half\x7fother", "one-half\x00other"} {
		_, err := (&Site{}).trackerKey(t.Context(), &url.URL{Scheme: "https", Host: "redmine.example.org"}, TrackerRequest{Key: key})
		var usage *UsageError
		if !errors.As(err, &usage) || strings.Contains(err.Error(), "half") {
			t.Errorf("%q: %v", key, err)
		}
	}
}
