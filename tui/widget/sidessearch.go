package widget

import "strings"

// Search looks for a text in all sides, whatever its capital letters, from the first row that is seen on, and
// returns how many rows have it. Where it stands is marked until something else is searched for; "" ends that.
func (s *Sides) Search(text string) (found int) {
	s.search = search{text: strings.ToLower(text), found: -1}
	if text == "" {
		return 0
	}
	for row := range s.height() {
		if s.matches(row) {
			found++
			if row >= s.pager.top && s.search.found < 0 {
				s.search.found = row
			}
		}
	}
	switch {
	case found > 0 && s.search.found < 0:
		s.next(false)
	case found > 0:
		s.pager.show(s.search.found)
	}
	return found
}

// next moves to the next row that has what is searched for, around the end to the beginning; false: there is none.
func (s *Sides) next(back bool) bool {
	n := s.height()
	if s.search.text == "" || n == 0 {
		return false
	}
	from := s.search.found
	if from < 0 {
		from = s.pager.top
	}
	i := nextMatch(n, min(from, n-1), back, s.matches)
	if i < 0 {
		return false
	}
	s.search.found = i
	s.pager.show(i)
	return true
}

// matches reports whether a side has what is searched for in a row.
func (s *Sides) matches(row int) bool {
	for i, lines := range s.rows {
		if n := lines[row]; n >= 0 && strings.Contains(strings.ToLower(s.sides[i].Lines[n]), s.search.text) {
			return true
		}
	}
	return false
}

// searched are the places in a line that were searched for.
func (s *Sides) searched(line string) []piece {
	if s.search.text == "" {
		return nil
	}
	return occurrences(seen(line, s.pager.skip, 400), s.search.text)
}
