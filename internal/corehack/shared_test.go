package corehack

import (
	"testing"

	"mgit/internal/git/gittest"
)

// Deployments share config.php between releases by a link. It is expected, and not
// something of which nothing is known.
func TestSharedConfigIsExpected(t *testing.T) {
	t.Parallel()
	u := gittest.New(t)
	u.Write("version.php", "<?php\n$version = 2013051400.00;\n$release = '2.5 (Build: 20130514)';\n$branch = '25';\n")
	u.Write("lib/lib.php", "<?php\n")
	s := newWorld(t, u, u.Commit("pin")).site(t)
	s.link("config.php", "/srv/shared/config.php")
	s.link("lib/ours.php", "/srv/shared/ours.php")
	r := s.compare()
	if r.Counts.ExpectedFiles != 1 || r.Counts.Unread != 1 || len(r.Unread) != 1 || r.Unread[0].Path != "lib/ours.php" {
		t.Errorf("expected %d, unread %d: %v", r.Counts.ExpectedFiles, r.Counts.Unread, r.Unread)
	}
}
