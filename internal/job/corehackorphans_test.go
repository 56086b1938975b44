package job

import (
	"testing"

	"mgit/internal/corehack"
	"mgit/internal/hunk"
)

// Which pieces of a file were decided about otherwise is said once for the file.
func TestDecidedReason(t *testing.T) {
	t.Parallel()
	free, done := []hunk.Piece{piece(1, "a\n", "b\n")}, []hunk.Piece{{By: decidedBy + DecisionDrop}, {By: "LUVLE-4.1-hack-core"}}
	for _, tt := range []struct {
		words  []string
		pieces []hunk.Piece
		want   string
	}{
		{nil, free, ""},
		{[]string{DecisionDrop}, done, "it was decided to drop it"},
		{[]string{DecisionKeep, DecisionDrop, DecisionKeep}, done, "it was decided to drop or keep it"},
		{[]string{DecisionDrop}, free, "1 hunk of it was decided about: drop"},
		{[]string{DecisionKeep, DecisionDrop}, free, "2 hunks of it were decided about: drop or keep"},
	} {
		if got := decidedReason(tt.words, tt.pieces); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.words, got, tt.want)
		}
	}
}

// The version of a build is in no branch, that of a plugin can be.
func TestIsVersionFile(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"version.php": true, "public/version.php": true, "mod/forum/version.php": false, "public/mod/forum/version.php": false} {
		if got := isVersionFile(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

// A heap of files that upstream never had is named and not taken along.
func TestOrphansOfAHeap(t *testing.T) {
	t.Parallel()
	q := &inquiry{}
	files, reason, err := q.orphansBelow(t.Context(), corehack.Finding{Path: "lib/uploads", Class: corehack.Unknown, Folder: true, Files: 40})
	if err != nil || files != nil || reason != "it is a folder of 40 files that upstream never had: begin a branch with what belongs to Moodle" {
		t.Errorf("%+v, %q, %v", files, reason, err)
	}
}
