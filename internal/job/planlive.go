package job

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
)

// PlanLive is what stands in a live tree beside Moodle, its plugins and the site's
// branches: it does not come along in an upgrade that puts a new tree in its place.
type PlanLive struct {
	Tree string    `json:"tree"` // an absolute path
	Pin  PinReport `json:"pin"`
	// Foreign are files and folders that are no part of Moodle nor of a plugin.
	Foreign []PlanFile `json:"foreign"`
	// Orphans are differences in core that no branch explains and nobody has
	// decided on.
	Orphans []PlanFile `json:"orphans"`
	// Missing counts changes of branches that the deployment target has and the
	// tree lacks.
	Missing int `json:"missing"`
	Plugins int `json:"plugins"`
	Unread  int `json:"unread"`
	// Problem says why the tree could not be looked into; "" when it was.
	Problem string `json:"problem"`
}

// PlanFile is a finding in a live tree.
type PlanFile struct {
	Path  Path   `json:"path"`
	Class string `json:"class"`
}

// planLive compares the live tree with its pin, as corehack-report does.
func planLive(ctx context.Context, site *Site, request PlanRequest) (*PlanLive, error) {
	tree := request.Live
	if request.SkipLive {
		return nil, nil
	}
	if tree == "" {
		if tree = site.productionTree(); tree == "" {
			return nil, nil
		}
	}
	r, err := Corehack(ctx, site, CorehackRequest{Tree: tree, Jobs: site.Config.Jobs})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		if request.Live != "" {
			return nil, fmt.Errorf("look into the live tree: %w", err)
		}
		return &PlanLive{Tree: tree, Foreign: []PlanFile{}, Orphans: []PlanFile{}, Problem: err.Error()}, nil
	}
	l := &PlanLive{
		Tree: r.Tree, Pin: r.Pin, Foreign: []PlanFile{}, Orphans: []PlanFile{},
		Missing: len(r.MissingFromLive), Plugins: len(r.Plugins), Unread: len(r.Unread),
	}
	for _, f := range r.Findings {
		at := PlanFile{Path: Path(f.Raw), Class: f.Class}
		switch {
		case f.Class == ClassForeign:
			l.Foreign = append(l.Foreign, at)
		case f.Orphan && f.Decision == nil:
			l.Orphans = append(l.Orphans, at)
		}
	}
	return l, nil
}

// productionTree is the folder that sites.toml gives for production, "" where it
// gives none that is on this machine.
func (s *Site) productionTree() string {
	for _, name := range slices.Sorted(maps.Keys(s.Config.Sites)) {
		site := s.Config.Sites[name]
		if site.Environment != "production" || site.Path == "" {
			continue
		}
		if info, err := os.Stat(site.Path); err == nil && info.IsDir() {
			return site.Path
		}
	}
	return ""
}
