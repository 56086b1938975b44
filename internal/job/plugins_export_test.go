package job

import "context"

// PlanPluginsOf is the section of a plan about plugins.
func PlanPluginsOf(ctx context.Context, site *Site, request PlanRequest) (*PlanPlugins, error) {
	return planPlugins(ctx, site, request)
}
