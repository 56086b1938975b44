package assemble

import (
	"bytes"
	"context"
	"slices"

	"mgit/internal/git"
)

// upstream answers about upstream's history. Most branches of a site stand on
// the same few releases, so every answer is kept: sixty branches are a question
// or two.
type upstream struct {
	bases       Bases
	common      map[[2]git.ID][]git.ID
	independent []independent
}

// independent is an answer about a set, which is sorted.
type independent struct{ set, newest []git.ID }

// mergeBases returns the best common ancestors of two commits of upstream.
func (u *upstream) mergeBases(ctx context.Context, a, b git.ID) ([]git.ID, error) {
	if a == b {
		return []git.ID{a}, nil
	}
	if compareIDs(a, b) > 0 {
		a, b = b, a
	}
	if known, ok := u.common[[2]git.ID{a, b}]; ok {
		return known, nil
	}
	ids, err := u.bases.MergeBases(ctx, a, b)
	if err != nil {
		return nil, err
	}
	u.common[[2]git.ID{a, b}] = ids
	return ids, nil
}

// reaches reports whether one of from reaches id.
func (u *upstream) reaches(ctx context.Context, from []git.ID, id git.ID) (bool, error) {
	if slices.Contains(from, id) {
		return true, nil
	}
	for _, f := range from {
		bases, err := u.mergeBases(ctx, f, id)
		if err != nil || slices.Contains(bases, id) {
			return err == nil, err
		}
	}
	return false, nil
}

// newest returns those of ids that no other of them reaches, each once.
func (u *upstream) newest(ctx context.Context, ids []git.ID) ([]git.ID, error) {
	set := slices.Clone(ids)
	slices.SortFunc(set, compareIDs)
	set = slices.Compact(set)
	switch len(set) {
	case 0, 1:
		return set, nil
	case 2: // what finds merge bases has asked about this pair, or will
		bases, err := u.mergeBases(ctx, set[0], set[1])
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(set, func(id git.ID) bool { return slices.Contains(bases, id) }), nil
	}
	for _, known := range u.independent {
		if slices.Equal(known.set, set) {
			return slices.Clone(known.newest), nil
		}
	}
	newest, err := u.bases.Independent(ctx, set)
	if err != nil {
		return nil, err
	}
	u.independent = append(u.independent, independent{set, newest})
	return slices.Clone(newest), nil
}

func compareIDs(a, b git.ID) int { return bytes.Compare(a[:], b[:]) }
