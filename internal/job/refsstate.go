package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// RefsState returns a text that stays the same as long as no reference of the repository moves, comes or
// goes, its HEAD included. It reads the references as they are now, not as they were when the site was opened.
func RefsState(ctx context.Context, site *Site) (string, error) {
	refs, err := site.Repo.Refs(ctx)
	if err != nil {
		return "", err
	}
	head, id, err := site.Repo.Head(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", head, id)
	for _, r := range refs {
		fmt.Fprintf(sum, "%s %s\n", r.Name, r.ID)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
