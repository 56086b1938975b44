package upstream

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Where core's version.php stands; the later one comes first.
const (
	publicVersion = "public/version.php"
	rootVersion   = "version.php"
)

// Readings of a version.php in the table of versions.
const (
	notCore   = 0              // a plugin's, or nothing that parses
	missing   = math.MaxUint32 // the repository did not have the blob
	firstRead = 1              // the text number, plus this
)

// saying is what the table says holds for a commit: a text number and the path.
func saying(text uint32, public bool) uint32 {
	s := 1 + 2*text
	if public {
		s++
	}
	return s
}

// unsay takes apart what saying put together, which was not 0.
func unsay(s uint32) (text int, public bool) { return int((s - 1) / 2), s%2 == 0 }

// reading is what a version.php says.
type reading struct {
	moodle.Version
	state uint32 // notCore, missing or firstRead
}

// readVersions reads the new blobs of version.php. One that the repository lacks
// is remembered as missing and looked for again when the index is next extended.
func (b *builder) readVersions(ctx context.Context, repo *git.Repo) error {
	wanted := b.unreadVersions()
	ids := make([]git.ID, len(wanted))
	for i, n := range wanted {
		ids[i] = git.ID(b.blobID(n))
	}
	if err := repo.FetchPromised(ctx, ids); err != nil {
		return fmt.Errorf("read upstream's versions: %w", err)
	}
	readings, err := parseVersions(ctx, repo.Store(), ids)
	if err != nil {
		return fmt.Errorf("read upstream's versions: %w", err)
	}
	for i, n := range wanted {
		b.versions[n] = readings[i]
	}
	return nil
}

// parseVersions reads the version.php of each id. Understanding one takes longer
// than getting it from git, so that is done aside.
func parseVersions(ctx context.Context, store *git.Store, ids []git.ID) ([]reading, error) {
	type source struct {
		at   int
		data []byte
	}
	readings := make([]reading, len(ids))
	sources := make(chan source, 16)
	var all crew.Group
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for s := range sources {
				all.Do(func() {
					if v, err := moodle.ParseVersion(s.data); err == nil {
						readings[s.at] = reading{Version: v, state: firstRead}
					}
				})
			}
		})
	}
	err := store.Blobs(ctx, ids, func(i int, data []byte, found bool) error {
		if found {
			sources <- source{i, data}
		} else {
			readings[i].state = missing
		}
		return nil
	})
	close(sources)
	all.Wait()
	return readings, err
}

// unreadVersions are the blobs at the places of version.php that are not known,
// or were missing when they were looked for.
func (b *builder) unreadVersions() []uint32 {
	var wanted []uint32
	for blob, r := range b.versions {
		if r.state == missing {
			wanted = append(wanted, blob)
		}
	}
	root, public := b.pathNo([]byte(rootVersion)), b.pathNo([]byte(publicVersion))
	for _, d := range b.deltas {
		if d.new == 0 || d.path != root && d.path != public {
			continue
		}
		if _, known := b.versions[d.new]; !known {
			b.versions[d.new] = reading{state: missing}
			wanted = append(wanted, d.new)
		}
	}
	return wanted
}

// compareVersions orders what version.php says, in no order of any meaning.
func compareVersions(a, b moodle.Version) int {
	for _, c := range []int{
		strings.Compare(a.Version, b.Version),
		strings.Compare(a.Release, b.Release),
		strings.Compare(a.Branch, b.Branch),
	} {
		if c != 0 {
			return c
		}
	}
	return strings.Compare(a.Maturity, b.Maturity)
}
