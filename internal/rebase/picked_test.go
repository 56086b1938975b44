package rebase_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

const pickedFrom = "0123456789abcdef0123456789abcdef01234567"

func picked() rebase.Picked {
	id, _ := git.ParseID(pickedFrom)
	return rebase.Picked{From: id, MDL: "MDL-12"}
}

func TestPickedTrailers(t *testing.T) {
	t.Parallel()
	const from, mdl = "Mgit-Picked-From: " + pickedFrom + "\n", "Mgit-Mdl: MDL-12\n"
	for name, c := range map[string]struct{ before, after string }{
		"a subject":              {"MDL-12 forum: x\n", "MDL-12 forum: x\n\n" + from + mdl},
		"no line end":            {"MDL-12 forum: x", "MDL-12 forum: x\n\n" + from + mdl},
		"a subject like one":     {"forum: x\n", "forum: x\n\n" + from + mdl},
		"a body":                 {"s\n\nwhy\n", "s\n\nwhy\n\n" + from + mdl},
		"a block":                {"s\n\nwhy\n\nSigned-off-by: A <a>\n", "s\n\nwhy\n\nSigned-off-by: A <a>\n" + from + mdl},
		"a sentence with colon":  {"s\n\nNote: this\nis text\n", "s\n\nNote: this\nis text\n\n" + from + mdl},
		"a mixed block of git's": {"s\n\ntext\nSigned-off-by: A <a>\n", "s\n\ntext\nSigned-off-by: A <a>\n" + from + mdl},
		"blank lines behind":     {"s\n\nReviewed-by: B\n\n\n", "s\n\nReviewed-by: B\n" + from + mdl},
		"said already":           {"s\n\n" + mdl, "s\n\n" + mdl + from},
		"carriage returns":       {"s\r\n\r\nReviewed-by: B\r\n", "s\r\n\r\nReviewed-by: B\r\n" + from + mdl},
		"nothing":                {"", "\n" + from + mdl},
	} {
		if got := picked().AddTo(c.before); got != c.after {
			t.Errorf("%s: %q\nbecame %q\nwant   %q", name, c.before, got, c.after)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("9", 40)
	for message, want := range map[string][]string{
		"s\n": nil,
		"s\n\nMgit-Picked-From: " + pickedFrom + "\n":                                                           {pickedFrom},
		"s\n\n(cherry picked from commit " + pickedFrom + ")\n":                                                 {pickedFrom},
		"s\n\nMgit-Picked-From: " + pickedFrom + "\n(cherry picked from commit " + other + ")\n":                {other, pickedFrom},
		"s\n\nMgit-Picked-From: " + pickedFrom + "\n\nand more text\n":                                          nil,
		"Mgit-Picked-From: " + pickedFrom + "\n":                                                                nil,
		"s\n\nMgit-Picked-From: 0123\nMgit-Picked-From: --all\n":                                                nil,
		"s\n\nMgit-Picked-From: " + pickedFrom + "\nMgit-Picked-From: " + pickedFrom + "\nReviewed-by: A <a>\n": {pickedFrom},
	} {
		var got []string
		for _, id := range rebase.Sources(message) {
			got = append(got, id.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

// TestTrailersAreGits adds trailers to random messages. Git must find those that it
// found before and ours behind them, and all else must stay.
func TestTrailersAreGits(t *testing.T) {
	t.Parallel()
	n, seed := 60, uint64(11)
	if v := os.Getenv("MGIT_CASES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("seed %d, %d cases", seed, n)
	r := rand.New(rand.NewPCG(seed, 1))
	lines := []string{
		"", "", "", "text", "a sentence: with a colon", "Reviewed-by: B <b>", "Refs: LU-1", "Signed-off-by: A <a>", " goes on",
		"(cherry picked from commit " + pickedFrom + ")", "# a remark", "Key : value", "-: x", "naïve: x", "\ttab", "Mgit-Mdl: MDL-12",
	}
	inBlock := 0
	for range n {
		var b strings.Builder
		b.WriteString("MDL-12 subject\n")
		for range r.IntN(9) {
			b.WriteString(lines[r.IntN(len(lines))] + "\n")
		}
		if r.IntN(2) == 0 {
			b.WriteString("\nReviewed-by: C <c>\n")
		}
		before := b.String()
		if strings.HasSuffix(strings.TrimRight(before, "\n"), "# a remark") {
			continue // Git leaves remarks at the end out; here they are text
		}
		after := picked().AddTo(before)
		want := gitTrailers(t, before)
		if len(want) > 0 {
			inBlock++
		}
		for _, line := range []string{"Mgit-Picked-From: " + pickedFrom, "Mgit-Mdl: MDL-12"} {
			if !slices.Contains(want, line) {
				want = append(want, line)
			}
		}
		if got := gitTrailers(t, after); !slices.Equal(got, want) {
			t.Errorf("%q\nbecame %q:\ngit finds %q\nwant      %q", before, after, got, want)
		}
		if !strings.HasPrefix(after, strings.TrimRight(before, "\n")) {
			t.Errorf("%q became %q", before, after)
		}
	}
	if inBlock < n/5 || inBlock > n*4/5 {
		t.Errorf("%d of %d messages had trailers: one share is under a fifth", inBlock, n)
	}
}

func gitTrailers(t *testing.T, message string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "interpret-trailers", "--only-trailers", "--only-input", "--no-divider")
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR="+t.TempDir())
	cmd.Stdin = strings.NewReader(message)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(out), func(c rune) bool { return c == '\n' })
}
