package job

import (
	"os"
	"strings"
	"testing"
)

// The example of the list of disputes is read as it stands in the text for users.
func TestExampleOfDisputes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```toml disputes.toml\n")
	text, _, ok := strings.Cut(rest, "```")
	all := disputesIn([]byte(text))
	if !ok || len(all) != 1 {
		t.Fatalf("%d disputes in %q", len(all), text)
	}
	d := all[0]
	if d.ID == "" || d.File == "" || d.Entry == "" || d.Key == "" || d.Kept == "" || d.Other == "" || d.Who == "" || d.When.IsZero() || d.Commit == (ID{}) {
		t.Errorf("%+v", d)
	}
}

// A list of disputes that somebody spoilt keeps nobody from anything.
func TestSpoiltDisputes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "no toml", "format = 1\ndispute = 3\n", "format = 1\n[dispute.a]\nfile = \"x\"\ncommit = \"HEAD\"\n", "format = 1\n[dispute]\na = 1\n",
	} {
		if all := disputesIn([]byte(text)); len(all) != 0 {
			t.Errorf("%q: %+v", text, all)
		}
	}
}
