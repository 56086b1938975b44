package config_test

import (
	"strings"
	"testing"

	"mgit/internal/config"
)

// A record that they removed leaves no empty one behind; one that has something
// of ours stays with that.
func TestMergeRemovesRecords(t *testing.T) {
	t.Parallel()
	parse := func(text string) *config.Document {
		d, err := config.ParseDocument("mgit.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const a, b = "\n[branch.mod_a]\nreason = \"a\"\n", "\n[branch.mod_b]\nreason = \"b\"\n"
	ours := parse("format = 1\n" + a + b + "owner = \"ann\"\n")
	if clashes, err := ours.Merge(parse("format = 1\n"+a+b), parse("format = 1\n")); err != nil || len(clashes) != 0 {
		t.Fatalf("%v, %v", clashes, err)
	}
	if got, want := string(ours.Bytes()), "format = 1\n\n\n[branch.mod_b]\nowner = \"ann\"\n"; got != want {
		t.Errorf("merged to\n%s\nwant\n%s", got, want)
	}
}

func TestMergeDocuments(t *testing.T) {
	t.Parallel()
	parse := func(text string) *config.Document {
		d, err := config.ParseDocument("mgit.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := parse("format = 1\ncustomer = \"LUVLE\"\nseries = \"4.1\"\n\n[branch.mod_a]\nreason = \"old\"\nowner = \"ann\"\n")
	ours := parse("format = 1\n# who we are\ncustomer = \"LUVLE\"\nseries = \"4.1\"\n\n[branch.mod_a]\nreason = \"ours\"\nowner = \"ann\"\n\n[branch.mod_b]\nreason = \"b\"\n")
	theirs := parse("format = 1\ncustomer = \"LUVLE\"\nseries = \"4.5\"\n\n[branch.mod_a]\nreason = \"theirs\"\n\n[branch.mod_c]\nreason = \"c\"\n")
	clashes, err := ours.Merge(base, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if len(clashes) != 1 || clashes[0].Key != "branch.mod_a.reason" || clashes[0].Ours != "ours" || clashes[0].Theirs != "theirs" {
		t.Errorf("clashes: %+v", clashes)
	}
	text := string(ours.Bytes())
	for _, want := range []string{"# who we are", `series = "4.5"`, `reason = "ours"`, "[branch.mod_b]", "[branch.mod_c]"} {
		if !strings.Contains(text, want) {
			t.Errorf("the merge lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "owner") {
		t.Errorf("what they removed is still there:\n%s", text)
	}
}
