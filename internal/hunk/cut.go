package hunk

import "slices"

// part is a part of a hunk with one origin.
type part struct {
	span
	by int32
}

// cut divides a hunk where the origin of its lines changes. Removed and added lines
// of one origin stay together as far as their order allows.
func cut(h span, gone, come []int32) []part {
	olds, news := runs(gone, h.oldAt, h.oldEnd), runs(come, h.newAt, h.newEnd)
	var parts []part
	at := span{h.oldAt, h.oldAt, h.newAt, h.newAt}
	emit := func(by int32, oldEnd, newEnd int) {
		at.oldEnd, at.newEnd = oldEnd, newEnd
		if n := len(parts); n > 0 && parts[n-1].by == by {
			parts[n-1].oldEnd, parts[n-1].newEnd = oldEnd, newEnd
		} else {
			parts = append(parts, part{at, by})
		}
		at.oldAt, at.newAt = oldEnd, newEnd
	}
	i, j := 0, 0
	rest := func(olderEnd, newerEnd int) {
		for ; i < olderEnd; i++ {
			emit(olds[i].by, olds[i].end, at.newAt)
		}
		for ; j < newerEnd; j++ {
			emit(news[j].by, at.oldAt, news[j].end)
		}
	}
	for _, p := range together(olds, news) {
		rest(p.want, p.have)
		emit(olds[i].by, olds[i].end, news[j].end)
		i, j = i+1, j+1
	}
	rest(len(olds), len(news))
	return parts
}

// run is lines beside each other that have one origin, up to end.
type run struct {
	end int
	by  int32
}

func runs(by []int32, from, end int) []run {
	var all []run
	for i := from; i < end; i++ {
		if n := len(all); n > 0 && all[n-1].by == by[i] {
			all[n-1].end = i + 1
		} else {
			all = append(all, run{i + 1, by[i]})
		}
	}
	return all
}

// together finds the runs of removed and added lines that belong together, those
// that somebody claims first.
func together(olds, news []run) []pair {
	lines := func(runs []run) []alignLine {
		all := make([]alignLine, len(runs))
		for i, r := range runs {
			all[i] = alignLine{id: r.by, at: i, weight: 4}
			if r.by == 0 {
				all[i].weight = 1
			}
		}
		return all
	}
	pairs := align(lines(olds), lines(news))
	slices.SortFunc(pairs, func(a, b pair) int { return a.want - b.want })
	return pairs
}
