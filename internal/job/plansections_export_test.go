package job

import "context"

// PlanStepsOf is the section of a plan about the steps of the database.
func PlanStepsOf(ctx context.Context, site *Site, request PlanRequest) (*PlanSteps, error) {
	return planSteps(ctx, site, request)
}

// PlanComponentsOf is the section of a plan about components that come and go.
func PlanComponentsOf(ctx context.Context, site *Site, request PlanRequest) (*PlanComponents, error) {
	return planComponents(ctx, site, request)
}
