package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/support"
)

// supportFile is the file of support dates on the mgit branch.
const supportFile = "support.json"

// builtInSupport is the source of the dates that mgit was built with.
const builtInSupport = "built in"

// supportData are the dates of support: those built in, and the file on the mgit branch,
// the newer of the two first. A file that cannot be read is a warning and does not
// count.
func (s *Site) supportData(ctx context.Context) (d *support.Data, warning string, err error) {
	builtIn := support.BuiltIn()
	stored, err := s.readShared(ctx, supportFile)
	if err != nil || stored == nil {
		return builtIn, "", err
	}
	shared, err := support.Parse(stored, time.Time{})
	switch {
	case errors.Is(err, support.ErrNewer):
		return builtIn, supportFile + " on the mgit branch is of a newer format, and does not count here.", nil
	case err != nil:
		return builtIn, fmt.Sprintf("%s on the mgit branch cannot be read, and does not count: %v.", supportFile, err), nil
	}
	return shared.Over(builtIn), "", nil
}

// SupportReport is until when Moodle supports each series.
type SupportReport struct {
	Data   SupportData     `json:"data"`
	Series []SupportSeries `json:"series"` // oldest first
	// Warnings are reasons why newer dates are not used.
	Warnings []Warning `json:"-"`
}

// SupportSeries is one series.
type SupportSeries struct {
	Series string `json:"series"`
	SupportStatus
	Experimental bool   `json:"experimental"`
	Newest       string `json:"newest"` // the newest release on the day of the data; "" where unknown
}

// SupportShow says until when Moodle supports the series; none named are all.
func SupportShow(ctx context.Context, site *Site, series []moodle.Series, now time.Time) (*SupportReport, error) {
	d, warning, err := site.supportData(ctx)
	if err != nil {
		return nil, err
	}
	r := &SupportReport{Data: describeSupport(d), Series: []SupportSeries{}}
	if warning != "" {
		r.Warnings = append(r.Warnings, Warning{ID: "support-file", Text: warning})
	}
	if len(series) == 0 {
		for _, s := range d.Series {
			series = append(series, s.Series)
		}
	}
	for _, name := range series {
		s, _ := d.Of(name)
		r.Series = append(r.Series, SupportSeries{
			Series: name.String(), SupportStatus: supportStatus(s, now), Experimental: s.Experimental, Newest: s.Newest.String(),
		})
	}
	return r, nil
}

func describeSupport(d *support.Data) SupportData {
	return SupportData{Date: dayText(d.Date), Source: cmp.Or(d.Source, builtInSupport)}
}
