package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/internal/live"
)

func TestFileProgress(t *testing.T) {
	t.Parallel()
	event := func(files int, bytes int64) job.CorehackProgress {
		return job.CorehackProgress{Step: "files", Progress: live.Progress{Files: files, TotalFiles: 100, Bytes: bytes << 20, TotalBytes: 100 << 20}}
	}
	for _, test := range []struct {
		name         string
		live, silent bool
		want         []string
		refuse       []string
	}{
		{"on a terminal", true, false, []string{"[##########..........]", "50 of 100 files", "50 of 100 MB", "20s left"}, []string{"\n"}},
		{"in a log", false, false, []string{"reading files  50 of 100 files  50 of 100 MB  20s left\n"}, []string{"\x1b", "[#"}},
		{"quiet", true, true, nil, []string{"files"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			f := &fileProgress{out: &out, live: test.live, silent: test.silent, width: func() int { return 120 }, now: func() time.Time { return at }, begun: at}
			f.report(event(0, 0))
			if out.Len() > 0 {
				t.Errorf("quick work shows %q", out.String())
			}
			at = at.Add(20 * time.Second)
			f.report(event(50, 50))
			f.report(event(51, 51)) // too soon
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q lacks %q", out.String(), want)
				}
			}
			for _, refuse := range append(test.refuse, "51 of") {
				if strings.Contains(out.String(), refuse) {
					t.Errorf("%q has %q", out.String(), refuse)
				}
			}
			f.finish()
			if test.live && !test.silent && !strings.HasSuffix(out.String(), "\r\x1b[K") {
				t.Errorf("the bar stays: %q", out.String())
			}
		})
	}
}
