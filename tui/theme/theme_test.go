package theme_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/tui/theme"
)

func TestRolesHaveNames(t *testing.T) {
	t.Parallel()
	// Match is the last role.
	if got, want := len(theme.Roles()), int(theme.Match); got != want {
		t.Fatalf("%d roles have names, of %d", got, want)
	}
	if name := theme.Roles()[theme.AddedWord-1]; name != "added-word" {
		t.Errorf("the name of AddedWord is %q", name)
	}
}

func TestThemes(t *testing.T) {
	t.Parallel()
	for _, name := range theme.Names() {
		look, err := theme.New(name)
		if err != nil {
			t.Fatal(err)
		}
		for role := theme.Text; role <= theme.Match; role++ {
			text := look.Render(role, "text")
			if !strings.Contains(text, "text") {
				t.Errorf("%s: role %d is drawn as %q", name, role, text)
			}
			if hasColor := strings.ContainsAny(colorsOf(text), "349"); hasColor && name == "plain" {
				t.Errorf("plain: role %d has a colour: %q", role, text)
			}
			// Yellow, cyan and blue cannot be read on every background.
			for _, code := range []string{"[33", ";33", "[36", ";36", "[34", ";34"} {
				if name == "auto" && strings.Contains(text, code) {
					t.Errorf("auto: role %d has a colour that cannot be read everywhere: %q", role, text)
				}
			}
		}
		for _, pair := range [][2]theme.Role{{theme.Added, theme.AddedWord}, {theme.Text, theme.Selected}, {theme.Text, theme.Match}} {
			if look.Render(pair[0], "x") == look.Render(pair[1], "x") {
				t.Errorf("%s: roles %d and %d look the same", name, pair[0], pair[1])
			}
		}
	}
}

// colorsOf returns the first digits of the two-digit codes in a rendered text.
func colorsOf(text string) string {
	var first strings.Builder
	for code := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == 'm' || r == '[' }) {
		if len(code) == 2 && code[0] >= '0' && code[0] <= '9' {
			first.WriteByte(code[0])
		}
	}
	return first.String()
}

func TestSettingsChangeLooks(t *testing.T) {
	t.Parallel()
	look, err := theme.New("auto", map[string]string{"bad": "Bold bright-yellow on-black", "faint": "default"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := look.Render(theme.Bad, "x"), "\x1b[1;93;40mx\x1b[m"; got != want {
		t.Errorf("bad is drawn as %q, want %q", got, want)
	}
	if got := look.Render(theme.Faint, "x"); got != "x" {
		t.Errorf("faint is drawn as %q", got)
	}
	plain, err := theme.New("plain", map[string]string{"bad": "bold red", "good": "green"})
	if err != nil {
		t.Fatal(err)
	}
	if got := plain.Render(theme.Bad, "x") + plain.Render(theme.Good, "y"); got != "\x1b[1mx\x1b[my" {
		t.Errorf("plain draws %q", got)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		theme string
		looks map[string]string
		want  []string
	}{
		{"solarized", nil, []string{`"solarized"`, "auto, light, dark, plain"}},
		{"auto", map[string]string{"ugly": "red"}, []string{`"ugly"`, "added-word"}},
		{"auto", map[string]string{"text": "red"}, []string{`"text"`}},
		{"auto", map[string]string{"bad": "crimson"}, []string{"bad", `"crimson"`, "bright-magenta", "underline"}},
		{"plain", map[string]string{"bad": "on-crimson"}, []string{"bad", `"on-crimson"`}},
	} {
		_, err := theme.New(test.theme, test.looks)
		if err == nil {
			t.Errorf("New(%q, %v) is taken", test.theme, test.looks)
			continue
		}
		for _, part := range test.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("New(%q, %v): %v; it does not say %s", test.theme, test.looks, err, part)
			}
		}
	}
}

func TestLooksInsideLooks(t *testing.T) {
	t.Parallel()
	look, err := theme.New("auto")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := look.Render(theme.Selected, "a"+look.Render(theme.Bad, "b")+"c"), "\x1b[7ma\x1b[31mb\x1b[m\x1b[7mc\x1b[m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := look.Render(theme.Bad, "a\nb"), "\x1b[31ma\x1b[m\n\x1b[31mb\x1b[m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := look.Over(theme.Added, theme.Keyword, "if"), "\x1b[32m\x1b[1mif\x1b[m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (theme.Theme{}).Render(theme.Bad, "x"); got != "x" {
		t.Errorf("the zero theme draws %q", got)
	}
}

func TestSigns(t *testing.T) {
	t.Parallel()
	signs := map[string]string{
		"clean": "+", "moved": "+", "landed": "=", "conflict": "!", "parked": "!", "failed": "x", "held": "-", "todo": "·",
		"modified": "!", "missing": "-", "stale": "<", "backport": ">", "whitespace": "~", "foreign": "?", "surprise": "?",
	}
	for word, want := range signs {
		if sign, _ := theme.Sign(word); sign != want {
			t.Errorf("the sign of %s is %s, not %s", word, sign, want)
		}
		if sign, role := theme.Outcome(word); word != "moved" && sign != want || word == "moved" && (sign != "!" || role != theme.Attention) {
			t.Errorf("the sign of the outcome %s is %s", word, sign)
		}
	}
}

func TestColorsHaveSixteenNames(t *testing.T) {
	t.Parallel()
	colors := theme.Colors()
	if len(colors) != 16 || colors[9] != "bright-red" || slices.Contains(colors, "") {
		t.Errorf("the colours are %v", colors)
	}
}
