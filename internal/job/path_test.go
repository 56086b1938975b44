package job_test

import (
	"encoding/json"
	"testing"

	"mgit/internal/job"
)

// The contract of JSON: what is UTF-8 is written as it is; what is not, as Git
// quotes it, with its bytes beside it. A terminal is shown nothing that steers it.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, shown, json string }{
		{"mod/forum/lib.php", "mod/forum/lib.php", `"path":"mod/forum/lib.php"`},
		{"a b/é.php", "a b/é.php", `"path":"a b/é.php"`},
		{`say "x" \y`, `say \"x\" \\y`, `"path":"say \"x\" \\y"`},
		{"caf\xe9\t\"\r.php", `caf\351\t\"\r.php`, `"path":"caf\\351\\t\\\"\\r.php","path_b64":"Y2Fm6QkiDS5waHA="`},
		{"\a\b\v\f\x1b", `\a\b\v\f\033`, `"path":"\u0007\b\u000b\f\u001b"`},
	} {
		if got := job.ShowPath(tt.path); got != tt.shown {
			t.Errorf("%q is shown as %s, want %s", tt.path, got, tt.shown)
		}
		data, err := json.Marshal(job.ConflictAt{Path: job.Path(tt.path), Kind: "CONFLICT"})
		if want := `{"commit":null,` + tt.json + `,"kind":"CONFLICT"}`; err != nil || string(data) != want {
			t.Errorf("%q: %s, want %s, %v", tt.path, data, want, err)
		}
	}
	data, err := json.Marshal(job.BranchReport{Rebuild: []string{"caf\xe9.min.js"}}.Rebuild)
	if err != nil || string(data) != `["caf\\351.min.js"]` {
		t.Errorf("rebuild: %s, %v", data, err)
	}
}
