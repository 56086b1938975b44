package job

import (
	"context"

	"mgit/internal/config"
)

// PlanHopsOf is the section of a plan about hops.
func PlanHopsOf(ctx context.Context, site *Site, request PlanRequest) (*PlanHops, error) {
	return planHops(ctx, site, request)
}

// HopsPlanner plans many upgrades of one site and reads each environment.xml once.
type HopsPlanner struct{ read environments }

// Plan is PlanHopsOf.
func (h *HopsPlanner) Plan(ctx context.Context, site *Site, request PlanRequest) (*PlanHops, error) {
	if h.read == nil {
		h.read = make(environments)
	}
	return planHopsReading(ctx, site, request, h.read)
}

// MeasureServer holds a server against what a release asks for.
func MeasureServer(site config.Site, n Requirements) HopSite { return measure("live", site, n) }

// SharedPHP is what suits two releases.
func SharedPHP(a, b PHPRange) (PHPRange, bool) { return sharedPHP(a, b) }
