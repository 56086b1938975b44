package plugins_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/plugins"
)

// The circles of random graphs are the sets of names that can all reach each other,
// as following every way finds them.
func TestCyclesAreWhatReachesItself(t *testing.T) {
	t.Parallel()
	seed := uint64(1)
	if text := os.Getenv("MGIT_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	cases, _ := strconv.Atoi(os.Getenv("MGIT_CASES"))
	random := rand.New(rand.NewPCG(seed, 0))
	found := 0
	for range max(cases, 2000) {
		graph := make(map[string][]string)
		n := 1 + random.IntN(7)
		for range random.IntN(2*n + 1) {
			from := fmt.Sprint(random.IntN(n))
			graph[from] = append(graph[from], fmt.Sprint(random.IntN(n)))
		}
		got := plugins.Cycles(graph)
		found += len(got)
		if diff := cmp.Diff(circlesByHand(graph, n), got); diff != "" {
			t.Fatalf("MGIT_SEED=%d: %v:\n%s", seed, graph, diff)
		}
	}
	if found == 0 {
		t.Error("no graph had a circle")
	}
}

func circlesByHand(graph map[string][]string, n int) [][]string {
	reaches := make(map[string]map[string]bool)
	for i := range n {
		from := fmt.Sprint(i)
		reaches[from] = make(map[string]bool)
		for waiting := slices.Clone(graph[from]); len(waiting) > 0; waiting = waiting[1:] {
			if to := waiting[0]; !reaches[from][to] {
				reaches[from][to] = true
				waiting = append(waiting, graph[to]...)
			}
		}
	}
	var all [][]string
	done := make(map[string]bool)
	for i := range n {
		name := fmt.Sprint(i)
		if done[name] || !reaches[name][name] {
			continue
		}
		var circle []string
		for j := range n {
			if other := fmt.Sprint(j); reaches[name][other] && reaches[other][name] {
				circle = append(circle, other)
				done[other] = true
			}
		}
		all = append(all, circle)
	}
	return all
}
