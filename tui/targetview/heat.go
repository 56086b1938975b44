package targetview

import (
	"cmp"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// heatMap is the map of the pairs of branches that get in each other's way, as a triangle: a pair has one
// place, in the row of the branch that is further down. The same pairs are a list, too.
type heatMap struct {
	files  bool // pairs that only share a file stand on it too
	shape  shape
	report *job.ConflictsReport

	filter   string
	branches []string       // in order; the number of a branch is one more than its index
	names    []string       // the same, without what all begin with
	at       map[string]int // by name
	level    map[[2]int]string
	pairs    map[[2]int]*job.ConflictPair

	row, col   int // where somebody stands, col < row
	body       int // the lines above the first row, as drawn last
	label      int // the columns before the first place
	cell       int // the columns of a place
	top, left  int // the first row and column that are seen
	rows, cols int // how many are

	list    widget.Table[*job.ConflictPair]
	isList  bool // as it was drawn last
	details widget.Text
}

// shape is how the pairs are shown.
type shape int

const (
	byWidth shape = iota // a map where there is room for one
	asMap
	asList
)

// leastForMap is the width of a view below which a map cannot be read.
const leastForMap = 76

// levelStands marks in a map that one branch of a pair stands on the other.
const levelStands = "stands"

func (m *heatMap) toggle() {
	m.shape = asList
	if m.isList {
		m.shape = asMap
	}
}

// show takes a report; nil: there is none yet. Where somebody stands stays where it is, by name.
func (m *heatMap) show(r *job.ConflictsReport) {
	was := m.selected()
	m.report = r
	m.arrange()
	if was != nil {
		m.goTo(was)
	}
	m.list.SetRows(m.inOrder())
}

func (m *heatMap) arrange() {
	m.branches, m.names = nil, nil
	m.at, m.level, m.pairs = make(map[string]int), make(map[[2]int]string), make(map[[2]int]*job.ConflictPair)
	if m.report == nil {
		return
	}
	m.branches = m.kept(m.report.Near(m.files))
	for i, name := range m.branches {
		m.at[name] = i
	}
	m.names = withoutPrefix(m.branches)
	for i := range m.report.Pairs {
		p := &m.report.Pairs[i]
		if place, ok := m.place(p.A, p.B); ok {
			m.level[place], m.pairs[place] = p.Level, p
		}
	}
	for _, b := range m.report.Branches {
		for _, on := range b.StandsOn {
			if place, ok := m.place(b.Name, on); ok {
				m.level[place] = levelStands
			}
		}
	}
	m.stay()
}

// kept are the branches that the filter leaves: those that fit, and those that get in their way.
func (m *heatMap) kept(all []string) []string {
	if m.filter == "" {
		return all
	}
	near := make(map[string]bool)
	for _, p := range m.report.Pairs {
		if m.files || p.Level != job.LevelFile {
			if m.fits(p.A) || m.fits(p.B) {
				near[p.A], near[p.B] = true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !near[name] })
}

// fits reports whether a branch fits all words of the filter.
func (m *heatMap) fits(name string) bool {
	for _, word := range strings.Fields(strings.ToLower(m.filter)) {
		if !strings.Contains(strings.ToLower(name), word) {
			return false
		}
	}
	return true
}

func (m *heatMap) place(a, b string) ([2]int, bool) {
	i, ok := m.at[a]
	j, also := m.at[b]
	return [2]int{max(i, j), min(i, j)}, ok && also
}

// inOrder are the pairs on the map, the worst first, and then as the map has them.
func (m *heatMap) inOrder() []*job.ConflictPair {
	var all []*job.ConflictPair
	for _, p := range m.pairs {
		if m.files || p.Level != job.LevelFile {
			all = append(all, p)
		}
	}
	worst := []string{job.LevelConflict, job.LevelLines, job.LevelFile}
	slices.SortFunc(all, func(p, q *job.ConflictPair) int {
		a, _ := m.place(p.A, p.B)
		b, _ := m.place(q.A, q.B)
		return cmp.Or(slices.Index(worst, p.Level)-slices.Index(worst, q.Level), a[1]-b[1], a[0]-b[0])
	})
	return all
}

// Filter is the filter in force.
func (m *heatMap) Filter() string { return m.filter }

// SetFilter leaves the branches that fit, and those that get in their way. Every text is right.
func (m *heatMap) SetFilter(text string) error {
	m.filter = text
	m.show(m.report)
	return nil
}

// Act moves on the map, or in the list.
func (m *heatMap) Act(a keymap.Action) bool {
	if m.isList {
		moved := m.list.Act(a)
		if p, found := m.list.Selected(); found && moved {
			m.goTo(p)
		}
		return moved
	}
	switch a {
	case keymap.Down:
		m.row++
	case keymap.Up:
		m.row--
	case keymap.Right:
		m.col++
	case keymap.Left:
		m.col--
	case keymap.PageDown:
		m.row += m.rows
	case keymap.PageUp:
		m.row -= m.rows
	case keymap.HalfDown:
		m.row += m.rows / 2
	case keymap.HalfUp:
		m.row -= m.rows / 2
	case keymap.First:
		m.row, m.col = 1, 0
	case keymap.Last:
		m.row = len(m.branches) - 1
	case keymap.NextMatch:
		m.next(1)
	case keymap.PrevMatch:
		m.next(-1)
	default:
		return false
	}
	m.stay()
	if p := m.selected(); p != nil {
		m.list.Select(pairKey(p))
	}
	return true
}

// clickAt selects the place at a column and a line of the map, or the row of the list.
func (m *heatMap) clickAt(x, y int) {
	if m.isList {
		if m.list.ClickAt(x, y) {
			if p, found := m.list.Selected(); found {
				m.goTo(p)
			}
		}
		return
	}
	if y < m.body || y >= m.body+m.rows || m.cell == 0 {
		return
	}
	m.row = m.top + y - m.body
	if x >= m.label {
		m.col = m.left + (x-m.label)/m.cell
	}
	m.stay()
}

// next goes to the next pair that gets in each other's way, in the order in which one reads; -1 to the one before.
func (m *heatMap) next(step int) {
	n := len(m.branches)
	for row, col := m.row, m.col; ; {
		col += step
		switch {
		case col >= row:
			row, col = row+1, 0
		case col < 0:
			row, col = row-1, row-2
		}
		if row >= n || row < 1 {
			return
		}
		if m.pairs[[2]int{row, col}] != nil {
			m.row, m.col = row, col
			return
		}
	}
}

// stay keeps the place on the triangle.
func (m *heatMap) stay() {
	m.row = max(1, min(m.row, len(m.branches)-1))
	m.col = max(0, min(m.col, m.row-1))
}

func (m *heatMap) goTo(p *job.ConflictPair) {
	if place, ok := m.place(p.A, p.B); ok {
		m.row, m.col = place[0], place[1]
	}
}

// selected is the pair that somebody stands on; nil where two have nothing in common.
func (m *heatMap) selected() *job.ConflictPair {
	if m.isList {
		p, _ := m.list.Selected()
		return p
	}
	return m.pairs[[2]int{m.row, m.col}]
}

// two are the branches of the place where somebody stands, in the order of their numbers.
func (m *heatMap) two() (a, b string, found bool) {
	if m.isList {
		p, found := m.list.Selected()
		if !found {
			return "", "", false
		}
		place, _ := m.place(p.A, p.B)
		return m.branches[place[1]], m.branches[place[0]], true
	}
	if len(m.branches) < 2 {
		return "", "", false
	}
	return m.branches[m.col], m.branches[m.row], true
}

// letter is the sign of a level; the colour says the same.
func letter(level string) (sign string, role theme.Role) {
	switch level {
	case job.LevelConflict:
		return "C", theme.Bad
	case job.LevelLines:
		return "l", theme.Attention
	case job.LevelFile:
		return "f", theme.Text
	case levelStands:
		return "s", theme.Faint
	}
	return "·", theme.Faint
}

// withoutPrefix are names without what all of them begin with, up to and with a hyphen.
func withoutPrefix(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	prefix := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	prefix = prefix[:strings.LastIndexByte(prefix, '-')+1]
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = strings.TrimPrefix(name, prefix)
	}
	return short
}
