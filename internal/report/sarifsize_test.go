package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"mgit/internal/report/reporttest"
)

// TestSARIFSize: a compressed file that is too big is refused by GitHub, so what does
// not fit is left out, and that is said.
func TestSARIFSize(t *testing.T) {
	t.Parallel()
	const findings, size = 1_500, 1 << 20
	r := reporttest.Large(findings)
	random := rand.New(rand.NewPCG(7, 7))
	for i := range r.Findings {
		noise := make([]byte, 1_000)
		for j := range noise {
			noise[j] = byte('!' + random.IntN(90))
		}
		r.Findings[i].Evidence = string(noise)
	}
	var data, packed bytes.Buffer
	if err := writeSARIFWithin(&data, r, Options{}, size); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(data.Bytes()); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if packed.Len() > size || packed.Len() < size*9/10 {
		t.Errorf("%d bytes compressed, want a little less than %d", packed.Len(), size)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Message sarifText `json:"message"`
			} `json:"results"`
			Invocations []sarifInvocation `json:"invocations"`
		} `json:"runs"`
	}
	if err := json.Unmarshal(data.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	kept := len(run.Results) - 1
	want := count(findings-kept, "more result is", "more results are") + " left out"
	for _, text := range []string{run.Results[kept].Message.Text, run.Invocations[0].Notifications[0].Message.Text} {
		if !strings.HasPrefix(text, want) {
			t.Errorf("%d of %d are kept, and it says %q", kept, findings, text)
		}
	}
}
