package upstream

import (
	"maps"
	"slices"
	"testing"

	"mgit/internal/git"
)

func (j *judge) checkBuilds(t testing.TB, x *Index) {
	t.Helper()
	introduced, carrying := make(map[Key][]git.ID), make(map[Key][]git.ID)
	var order []Key
	for c := range Commit(x.Len()) {
		id := x.ID(c)
		want, says := j.builds[id]
		if b, ok := x.Build(c); b != want || ok != says {
			t.Errorf("%s says %+v (%t), want %+v", id, b, ok, want)
		}
		key, ok := j.key(id)
		if !ok {
			continue
		}
		carrying[key] = append(carrying[key], id)
		if slices.ContainsFunc(j.parents[id], func(p git.ID) bool { k, ok := j.key(p); return ok && k == key }) {
			continue
		}
		if introduced[key] == nil {
			order = append(order, key)
		}
		introduced[key] = append(introduced[key], id)
	}
	for key := range carrying {
		if got := j.idsOf(x, x.Introduced(key)); !slices.Equal(got, introduced[key]) {
			t.Errorf("%v was introduced by %v, want %v", key, got, introduced[key])
		}
		for _, id := range carrying[key] {
			if c, _ := x.Find(id); x.BeginsBuild(c) != slices.Contains(introduced[key], id) {
				t.Errorf("%s begins a build: %t", id, x.BeginsBuild(c))
			}
		}
		if got := j.idsOf(x, x.Carrying(key)); !slices.Equal(got, carrying[key]) {
			t.Errorf("%v is carried by %v, want %v", key, got, carrying[key])
		}
	}
	at := 0
	for key, commits := range x.Builds() {
		if at == len(order) || key != order[at] || !slices.Equal(j.idsOf(x, commits), introduced[key]) {
			t.Errorf("build %d is %v of %v, want %v", at, key, commits, order)
			return
		}
		at++
	}
	if at != len(order) {
		t.Errorf("%d builds, want %d", at, len(order))
	}
	if got := x.Introduced(Key{Version: "1"}); got != nil {
		t.Errorf("a build that nobody made is from %v", got)
	}
	j.checkFirstBuilds(t, x, slices.Concat(slices.Collect(maps.Values(introduced))...))
}

// checkFirstBuilds asks for the first builds of all commits, with some twice and
// None among them, so that there is more than one round.
func (j *judge) checkFirstBuilds(t testing.TB, x *Index, begin []git.ID) {
	t.Helper()
	commits := []Commit{None}
	for len(commits) < 150 {
		for c := range Commit(x.Len()) {
			commits = append(commits, Commit(x.Len())-1-c)
		}
	}
	got := x.FirstBuilds(commits)
	if len(got) != len(commits) {
		t.Fatalf("%d commits have %d first builds", len(commits), len(got))
	}
	for i, c := range commits {
		want := None
		for _, id := range begin {
			b := j.find(t, x, id)
			if c != None && j.ancestors[id][x.ID(c)] && (want == None || b < want) {
				want = b
			}
		}
		if got[i] != want {
			t.Errorf("the first build of commit %d is %d, want %d", c, got[i], want)
		}
	}
	if none := x.FirstBuilds(nil); len(none) != 0 {
		t.Errorf("the first builds of nothing are %v", none)
	}
}
