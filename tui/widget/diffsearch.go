package widget

import "strings"

// look is Search.
func (d *Diff) look(text string) (found int) {
	d.search = search{text: strings.ToLower(text), found: -1}
	if text == "" {
		return 0
	}
	for i := range d.rows {
		if strings.Contains(strings.ToLower(d.rows[i].text), d.search.text) {
			found++
			if i >= d.pager.top && d.search.found < 0 {
				d.search.found = i
			}
		}
	}
	if found > 0 && d.search.found < 0 {
		d.search.found = d.pager.top
		d.next(false)
	}
	if d.search.found >= 0 {
		d.pager.show(d.search.found)
		d.settle()
	}
	return found
}

// next moves to the next row that has what is searched for, around the end to the beginning; false: there is none.
func (d *Diff) next(back bool) bool {
	if d.search.text == "" || len(d.rows) == 0 {
		return false
	}
	from := d.search.found
	if from < 0 {
		from = d.pager.top
	}
	i := nextMatch(len(d.rows), from, back, func(i int) bool {
		return strings.Contains(strings.ToLower(d.rows[i].text), d.search.text)
	})
	if i < 0 {
		return false
	}
	d.search.found = i
	d.pager.show(i)
	d.settle()
	return true
}
