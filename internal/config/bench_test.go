package config_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/config"
)

// Every command loads the configuration, so 600 branch records must cost little.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	text.WriteString(site)
	for i := range 600 {
		fmt.Fprintf(&text, "[branch.local_plugin%d]\norigin = \"local\"\npaths = [\"local/plugin%d\"]\nreason = \"because\"\nticket = \"LU-%d\"\nowner = \"Ann\"\n\n", i, i, i)
	}
	files := shared(text.String())
	for b.Loop() {
		if _, err := config.Load(config.Sources{Shared: files, Rules: rules()}); err != nil {
			b.Fatal(err)
		}
	}
}
