package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// samples are the reports that every format is tried with.
func samples() map[string]*job.CorehackReport {
	return map[string]*job.CorehackReport{
		"empty": reporttest.Empty(), "rich": reporttest.Sample(), "hostile": reporttest.Hostile(),
	}
}

func render(t *testing.T, format string, r *job.CorehackReport, opt report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, format, r, opt); err != nil {
		t.Fatalf("write %s: %v", format, err)
	}
	return b.Bytes()
}

// TestSamples writes every report in every format. With MGIT_REPORT_SAMPLES=DIR they are
// left there, to be looked at.
func TestSamples(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MGIT_REPORT_SAMPLES")
	if dir == "" {
		dir = t.TempDir()
	}
	for name, r := range samples() {
		for _, format := range report.Formats() {
			data := render(t, format, r, report.Options{Version: "0.3.0", Diff: true})
			if len(data) == 0 {
				t.Errorf("%s of %s is empty", format, name)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"."+format), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}
