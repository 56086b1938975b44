package moodle_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"mgit/internal/moodle"
)

// stops are the newest releases of the series of the table, as if each had come as far
// as .20.
func stops(t *testing.T) []moodle.Stop {
	var all []moodle.Stop
	for _, row := range requirements(t) {
		tag, err := moodle.ParseTag("v" + row["series"] + ".20")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, moodle.Stop{Tag: tag, Needs: moodle.ServerNeeds{Version: row["series"], Requires: row["requires"]}})
	}
	return all
}

func TestWay(t *testing.T) {
	t.Parallel()
	newer := func(a, b moodle.Tag) int { return b.Compare(a) }
	older := func(a, b moodle.Tag) int { return a.Compare(b) }
	for _, c := range []struct {
		from, to string
		better   func(a, b moodle.Tag) int
		want     string // hops, with those that would do as well
	}{
		{"4.1.2", "v4.5.0", newer, "v4.5.0"},
		{"4.1.1+", "v4.5.0", newer, "v4.3.20(4.1 4.2) v4.5.0"},
		{"4.1.1+", "v4.5.0", older, "v4.1.20(4.2 4.3) v4.5.0"},
		{"4.1.20", "v4.1.20", newer, "v4.1.20"},
		{"3.9 (Build: 20200615)", "v5.2.0", newer, "v4.1.20 v4.5.20(4.4) v5.2.0"},
		{"3.1.5", "v5.1.0", newer, "v3.6.20 v4.0.20(3.11) v4.3.20(4.2) v5.1.0"},
		{"3.1.5", "v5.1.0", older, "v3.6.20 v3.11.20(4.0) v4.2.20(4.3) v5.1.0"},
		{"2.5.9", "v3.4.0", newer, "v3.0.20 v3.4.0"},
		{"1.9.19", "v2.8.0", newer, "v2.2.20 v2.8.0"},
		{"1.8", "v2.8.0", newer, ""},
		{"4.2rc1", "v5.1.0", newer, "v4.5.20(4.2 4.3 4.4) v5.1.0"},
	} {
		from, err := moodle.ParseRelease(c.from)
		if err != nil {
			t.Fatal(err)
		}
		tag, err := moodle.ParseTag(c.to)
		if err != nil {
			t.Fatal(err)
		}
		var to moodle.Stop
		for _, s := range stops(t) {
			if s.Tag.Series == tag.Series {
				to = moodle.Stop{Tag: tag, Needs: s.Needs}
			}
		}
		way, ok := moodle.Way(from, stops(t), to, c.better)
		if got := showWay(way); got != c.want || ok != (c.want != "") {
			t.Errorf("%s to %s: %s (%v), want %s", c.from, c.to, got, ok, c.want)
		}
	}
}

func showWay(way []moodle.Hop) string {
	var words []string
	for _, h := range way {
		word := h.Tag.String()
		var instead []string
		for _, s := range h.Instead {
			instead = append(instead, s.String())
		}
		if len(instead) > 0 {
			word += "(" + strings.Join(instead, " ") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// A stop in between is never of the tag's own series, and never older than what there is.
func TestWayKeepsBetween(t *testing.T) {
	t.Parallel()
	from, _ := moodle.ParseRelease("4.1.3")
	stop := func(tag, requires string) moodle.Stop {
		parsed, err := moodle.ParseTag(tag)
		if err != nil {
			t.Fatal(err)
		}
		return moodle.Stop{Tag: parsed, Needs: moodle.ServerNeeds{Requires: requires}}
	}
	way, ok := moodle.Way(from, []moodle.Stop{stop("v4.1.2", "1.0"), stop("v3.11.18", "1.0"), stop("v5.1.4", "1.0"), stop("v5.2.0", "1.0")},
		stop("v5.1.0", "4.2"), func(a, b moodle.Tag) int { return cmp.Compare(a.Patch, b.Patch) })
	if ok {
		t.Errorf("a way over %s", showWay(way))
	}
}

// Ways over Moodle's real releases, read from their own files, are as short as those
// found on the table in numbers.
func TestHistoryOfWays(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	newest, first := make(map[moodle.Series]moodle.Stop), make(map[moodle.Series]moodle.Stop)
	for name := range strings.FieldsSeq(string(h.git("", "tag", "--list", "v1.9.*", "v2.*"))) {
		tag, err := moodle.ParseTag(name)
		if err != nil || tag.Pre != "" {
			continue
		}
		e, err := moodle.ParseEnvironment(h.git("", "show", name+":admin/environment.xml"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		needs, _ := e.For(tag.Release().Official())
		if s, ok := newest[tag.Series]; !ok || tag.Compare(s.Tag) > 0 {
			newest[tag.Series] = moodle.Stop{Tag: tag, Needs: needs}
		}
		if tag.IsFirst() {
			first[tag.Series] = moodle.Stop{Tag: tag, Needs: needs}
		}
	}
	requires := map[moodle.Series]string{{Major: 1, Minor: 9}: "1.0"}
	for _, row := range requirements(t) {
		s, err := moodle.ParseSeries(row["series"])
		if err != nil {
			t.Fatal(err)
		}
		requires[s] = row["requires"]
	}
	between := slices.Collect(maps.Values(newest))
	ways := 0
	for _, from := range newest {
		for _, to := range first {
			if from.Tag.Series.Compare(to.Tag.Series) >= 0 {
				continue
			}
			way, ok := moodle.Way(from.Tag.Release(), between, to, func(a, b moodle.Tag) int { return b.Compare(a) })
			// Nobody asked for more than the first release of a series then, so that
			// series are all that counts.
			reached, hops := map[moodle.Series]bool{from.Tag.Series: true}, 0
			for !reached[to.Tag.Series] && hops < 20 {
				hops++
				next := make(map[moodle.Series]bool)
				for s := range reached {
					for _, n := range newest {
						needed, err := moodle.ParseSeries(cmp.Or(requires[n.Tag.Series], "1.0"))
						if err == nil && n.Tag.Series.Compare(s) > 0 && s.Compare(needed) >= 0 {
							next[n.Tag.Series] = true
						}
					}
				}
				maps.Copy(reached, next)
			}
			if !ok || len(way) != hops {
				t.Errorf("%s to %s: %s, want %d hops", from.Tag, to.Tag, showWay(way), hops)
			}
			ways++
		}
	}
	if ways != 10*9/2 {
		t.Errorf("%d ways", ways)
	}
}
