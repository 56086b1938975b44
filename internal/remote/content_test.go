package remote

import (
	"strings"
	"testing"
)

type prefixes []string

func (p prefixes) Match(path string) bool {
	for _, prefix := range p {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func TestContentRules(t *testing.T) {
	t.Parallel()
	rules, err := NewContentRules([]string{`LU-\d+`}, []string{"lu", "Luvle.ac.uk", " ", "größe"}, prefixes{"local/luvle/"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                          "",
		"value of a plus":           "",
		"fixes LU-12 at last":       `"LU-12", an internal ticket`,
		"see lu.":                   `"lu", an internal word`,
		"local_lu":                  `"lu", an internal word`,
		"valu lux LU9 9lu":          "",
		"valu and LU":               `"lu", an internal word`,
		"http://moodle.LUVLE.ac.uk": `"luvle.ac.uk", an internal word`,
		"luvle.ac.uki":              "",
		"Schuhgrößen":               "",
		"GRÖßE 42":                  `"größe", an internal word`,
		"\xfflu\xff":                `"lu", an internal word`,
	} {
		if got := rules.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for path, want := range map[string]string{
		"mod/forum/lib.php":       "",
		"local/luvle/version.php": "an internal path",
		"theme/lu/lib.php":        `its path holds "lu", an internal word`,
	} {
		if got := rules.Path(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	if _, err := NewContentRules([]string{"("}, nil, nil); err == nil {
		t.Error("an expression that is none was taken")
	}
	if got := new(ContentRules).Path("local/luvle/version.php"); got != "" {
		t.Errorf("without rules: %q", got)
	}
}

func TestCommunityName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"MDL-12345-main": true, "MDL-1-MOODLE_405_STABLE": true, "MDL-12345-main-2": true, "MDL-12345_main": false,
		"MDL-0-main": false, "MDL-12345": false, "mdl-12345-main": false, "MDL-12345-": false, "MDL-1-a..b": false,
		"MDL-1-main.lock": false, "MDL-1-main.": false, "MDL-1-main/x": false, "main": false, "": false, "MDL-1-main\n": false,
	} {
		if got := IsCommunityName(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
