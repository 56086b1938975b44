package job

import (
	"time"

	"mgit/internal/moodle"
)

// PlanRequest asks for the whole upgrade to an upstream tag on one page.
type PlanRequest struct {
	Tag string // "v4.5.0"
	// From is the series to move from; the zero Series is the newest older one
	// that has branches.
	From moodle.Series
	// Now is the day on which support dates are looked at.
	Now time.Time
	// Live is the folder of the live tree to look into; "" for none.
	Live string
}
