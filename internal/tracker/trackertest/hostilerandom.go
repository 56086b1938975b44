package trackertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// randomCases are servers that change some values of the honest tracker's answers, each in
// another way: MGIT_CASES says how many servers, MGIT_SEED the first one's seed, which their
// names have.
func randomCases() []hostile {
	n, _ := strconv.Atoi(os.Getenv("MGIT_CASES"))
	if n == 0 {
		n = 2
	}
	seed, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	cases := make([]hostile, n)
	for i := range cases {
		own := seed + uint64(i)
		cases[i] = hostile{name: fmt.Sprintf("at random, seed %d", own), serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			// Calls come one after the other, so that the same seed asks and answers the same.
			dice := rand.New(rand.NewPCG(own, uint64(a.count.Add(1))))
			a.twist(w, r, each(func(v any) any {
				if dice.IntN(12) > 0 {
					return v
				}
				return oddValue(dice, v)
			}))
		}}
	}
	return cases
}

// oddValue is something in place of a value.
func oddValue(dice *rand.Rand, v any) any {
	odd := []any{
		nil, true, false, "", " ", "0", "-1", json.Number("0"), json.Number("-1"), json.Number("1e300"), json.Number("9223372036854775808"),
		"9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59", "2026-13-45T99:99:99Z", json.RawMessage(`"\ud800"`), "\x00\x1b]0;x\a\u202e", strings.Repeat("é", 300),
		"mgit:H:4.5:branch", "(mgit claim: x.1 y z)\n(mgit: end 00000000)",
		[]any{},
		map[string]any{},
		[]any{v},
		[]any{v, v, v},
		map[string]any{"id": v},
	}
	return odd[dice.IntN(len(odd))]
}
