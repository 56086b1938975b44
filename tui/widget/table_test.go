package widget_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

type branch struct {
	name, kind, component, state string
	commits                      int
}

func branchTable() *widget.Table[branch] {
	return &widget.Table[branch]{
		Columns: []widget.Column[branch]{
			{Title: "Branch", Elastic: true, Middle: true, Cell: func(b branch) widget.Span { return widget.Span{Text: b.name} }},
			{Title: "Type", Rank: 1, Cell: func(b branch) widget.Span { return widget.Span{Text: b.kind} }},
			{Title: "Component", Rank: 2, Most: 24, Cell: func(b branch) widget.Span { return widget.Span{Text: b.component} }},
			{Title: "State", Cell: func(b branch) widget.Span {
				sign, role := theme.Sign(b.state)
				return widget.Span{Text: sign + " " + b.state, Role: role}
			}},
			{
				Title: "Commits", Right: true, Rank: 3, Cell: func(b branch) widget.Span { return widget.Span{Text: fmt.Sprint(b.commits)} },
				Compare: func(a, b branch) int { return a.commits - b.commits },
			},
		},
		ID: func(b branch) string { return b.name },
		Fields: map[string]func(branch) []string{
			"type":      func(b branch) []string { return []string{b.kind} },
			"state":     func(b branch) []string { return []string{b.state} },
			"component": func(b branch) []string { return []string{b.component} },
		},
		Empty: "No branch is here. `mgit status` shows what there is.",
	}
}

func branches() []branch {
	return []branch{
		{"LUVLE-4.5-hack-mod_resource-singlefiles", "hack", "mod_resource", "moved", 12},
		{"LUVLE-4.5-hack-mod_forum", "hack", "mod_forum", "parked", 3},
		{"LUVLE-4.5-feature-block_library", "feature", "block_library", "tested", 141},
		{"LUVLE-4.5-hack-auth_a_very_long_name_of_a_component-and_a_short_name_that_is_none", "hack", "auth_a_very_long_name_of_a_component", "held", 9},
		{"LUVLE-4.5-feature-mod_日本語の名前", "feature", "mod_日本語の名前", "todo", 1},
		{"LUVLE-4.5-hack-mod_שלום_עולם", "hack", "mod_שלום_עולם", "dropped", 2},
		{"evil\x1b[31m\u202ename", "hack", "tab\there", "failed", 10},
	}
}

func filled() *widget.Table[branch] {
	table := branchTable()
	table.SetRows(branches())
	table.Render(theme.Theme{}, 100, 20, true)
	return table
}

func names(rows []branch) []string {
	var names []string
	for _, b := range rows {
		names = append(names, b.name)
	}
	return names
}

func TestTableGoldens(t *testing.T) {
	t.Parallel()
	table := filled()
	table.Act(keymap.Down)
	table.Act(keymap.Mark)
	goldens(t, "table", func(look theme.Theme, w, h int) string { return table.Render(look, w, h, true) })
	empty := branchTable()
	goldens(t, "table-empty", func(look theme.Theme, w, h int) string { return empty.Render(look, w, h, true) })
	table.Group = func(b branch) string { return b.kind }
	table.SetRows(branches())
	table.Act(keymap.Left)
	table.SortBy(4)
	goldens(t, "table-groups", func(look theme.Theme, w, h int) string { return table.Render(look, w, h, false) })
	if err := table.SetFilter("type:plugin"); err == nil {
		goldens(t, "table-filtered", func(look theme.Theme, w, h int) string { return table.Render(look, w, h, true) })
	}
}

func TestTableFilter(t *testing.T) {
	t.Parallel()
	table := filled()
	for _, test := range []struct {
		filter string
		want   []int
	}{
		{"", []int{0, 1, 2, 3, 4, 5, 6}},
		{"FORUM", []int{1}},
		{"type:hack", []int{0, 1, 3, 5, 6}},
		{"type:hack -state:moved -forum", []int{3, 5, 6}},
		{"state:parked hack", []int{1}},
		{`"parked hack"`, nil},
		{`"+ moved"`, []int{0}},
		{`state:"moved"`, []int{0}},
		{"Type:FEATURE", []int{2, 4}},
		{"type:", []int{0, 1, 2, 3, 4, 5, 6}},
		{"日本", []int{4}},
		{`"state:x"`, nil},
		{`"open quote`, nil},
		{"-", []int{0, 1, 2, 3, 4, 5, 6}},
		{"forum - parked", []int{1}},
	} {
		if err := table.SetFilter(test.filter); err != nil {
			t.Errorf("filter %s: %v", test.filter, err)
			continue
		}
		var want []string
		for _, i := range test.want {
			want = append(want, branches()[i].name)
		}
		if got := names(table.Shown()); !slices.Equal(got, want) {
			t.Errorf("filter %s shows %q, want %q", test.filter, got, want)
		}
	}
	err := table.SetFilter("color:red")
	if err == nil || !strings.Contains(err.Error(), "component, state, type") {
		t.Errorf("an unknown field: %v", err)
	}
	if table.Filter() != "forum - parked" {
		t.Errorf("after an unknown field the filter is %q", table.Filter())
	}
}

func TestTableKeepsTheSelection(t *testing.T) {
	t.Parallel()
	table := filled()
	want := branches()[2].name
	if !table.Select(want) {
		t.Fatal("the row is not there")
	}
	selected := func(step string) {
		t.Helper()
		if row, _ := table.Selected(); row.name != want {
			t.Errorf("after %s %q is selected", step, row.name)
		}
	}
	table.SortBy(4)
	selected("sorting")
	rows := branches()
	slices.Reverse(rows)
	table.SetRows(rows)
	selected("new rows")
	if err := table.SetFilter("type:hack"); err != nil {
		t.Fatal(err)
	}
	if row, found := table.Selected(); !found || row.kind != "hack" {
		t.Errorf("while it is filtered away %q is selected", row.name)
	}
	if err := table.SetFilter(""); err != nil {
		t.Fatal(err)
	}
	selected("the filter went")
	if table.Select("no such row") {
		t.Error("a row that is not there is selected")
	}
	selected("no such row")
}

func TestTableSorts(t *testing.T) {
	t.Parallel()
	table := filled()
	commits := func() string {
		var all []int
		for _, b := range table.Shown() {
			all = append(all, b.commits)
		}
		return fmt.Sprint(all)
	}
	table.SortBy(4)
	if got := commits(); got != "[1 2 3 9 10 12 141]" {
		t.Errorf("sorted: %s", got)
	}
	table.SortBy(4)
	if got := commits(); got != "[141 12 10 9 3 2 1]" {
		t.Errorf("the other way round: %s", got)
	}
	if !strings.Contains(plain(table.Render(theme.Theme{}, 120, 3, true)), "Commits▼") {
		t.Error("the title does not show how the rows are sorted")
	}
	table.Act(keymap.Sort)
	if got := commits(); got != "[12 3 141 9 1 2 10]" {
		t.Errorf("as they came: %s", got)
	}
	table.Act(keymap.SortBack)
	if column, reverse := table.Sorted(); column != 4 || !reverse {
		t.Errorf("back is column %d, %v", column, reverse)
	}
	// Without a Compare of its own, numbers in the cells count as numbers.
	table.Columns[4].Compare = nil
	table.SortBy(-1)
	table.SortBy(4)
	if got := commits(); got != "[1 2 3 9 10 12 141]" {
		t.Errorf("sorted by text: %s", got)
	}
}

func TestTableMarks(t *testing.T) {
	t.Parallel()
	table := filled()
	if got := names(table.Marked()); !slices.Equal(got, []string{branches()[0].name}) {
		t.Errorf("without marks the selected row is meant, not %q", got)
	}
	table.Act(keymap.Mark)
	table.Act(keymap.Down)
	table.Act(keymap.MarkRange)
	if got := names(table.Marked()); len(got) != 3 {
		t.Errorf("marked are %q", got)
	}
	if err := table.SetFilter("type:feature"); err != nil {
		t.Fatal(err)
	}
	if got, want := table.Footer(), "1 of 2 · 7 in all · 3 marked, 2 of them not shown · filter type:feature"; got != want {
		t.Errorf("footer %q, want %q", got, want)
	}
	if got := names(table.Marked()); !slices.Equal(got, []string{branches()[2].name}) {
		t.Errorf("of the marked, %q are shown", got)
	}
	table.Act(keymap.MarkAll)
	if table.Marks() != 2 {
		t.Errorf("%d are marked", table.Marks())
	}
	table.Act(keymap.MarkAll)
	if table.Marks() != 0 {
		t.Errorf("%d are still marked", table.Marks())
	}
	table.Unmark()
	if err := table.SetFilter(""); err != nil {
		t.Fatal(err)
	}
	if got := table.Footer(); strings.Contains(got, "marked") {
		t.Errorf("footer %q", got)
	}
}

func TestTableGroups(t *testing.T) {
	t.Parallel()
	table := branchTable()
	table.Group = func(b branch) string { return b.kind }
	table.SetRows(branches())
	table.Render(theme.Theme{}, 100, 20, true)
	if _, found := table.Selected(); found {
		t.Error("a row is selected where the heading is")
	}
	if title, _ := table.SelectedGroup(); title != "feature" {
		t.Errorf("the first group is %q", title)
	}
	table.Act(keymap.Mark)
	if got := names(table.Marked()); len(got) != 2 {
		t.Errorf("the heading marked %q", got)
	}
	if !table.Click(1) { // the heading again
		t.Fatal("no heading to click on")
	}
	if lines := strings.Split(plain(table.Render(theme.Theme{}, 100, 20, true)), "\n"); !strings.HasPrefix(lines[1], "> ▸ feature  2, 2 marked") {
		t.Errorf("the folded heading is %q", lines[1])
	}
	if !table.Select(branches()[4].name) {
		t.Fatal("a row in a folded group cannot be selected")
	}
	if row, _ := table.Selected(); row.name != branches()[4].name {
		t.Errorf("%q is selected", row.name)
	}
	table.Act(keymap.FoldAll)
	if got, want := table.Footer(), "7 in 2 groups · 2 marked"; got != want {
		t.Errorf("footer %q, want %q", got, want)
	}
	table.Act(keymap.UnfoldAll)
	table.Act(keymap.Last)
	if got, want := table.Footer(), "7 of 7 · 2 marked"; got != want {
		t.Errorf("footer %q, want %q", got, want)
	}
}

func TestTableMouse(t *testing.T) {
	t.Parallel()
	table := filled()
	text := strings.Split(plain(table.Render(theme.Theme{}, 120, 5, true)), "\n")
	if !table.ClickAt(strings.Index(text[0], "State"), 0) {
		t.Error("the title cannot be clicked on")
	}
	if column, _ := table.Sorted(); column != 3 {
		t.Errorf("sorted by column %d", column)
	}
	if table.ClickAt(0, 5) {
		t.Error("there is a row below the table")
	}
	table.SortBy(-1)
	table.Act(keymap.First)
	table.Wheel(3)
	if row, _ := table.Selected(); row.name != branches()[3].name {
		t.Errorf("the wheel selects %q", row.name)
	}
	if !table.Click(2) {
		t.Error("no row to click on")
	}
	if row, _ := table.Selected(); row.name != branches()[4].name {
		t.Errorf("the click selects %q", row.name)
	}
}

func TestTableLeavesColumnsOut(t *testing.T) {
	t.Parallel()
	table := filled()
	for _, test := range []struct {
		width int
		want  []string
	}{
		{120, []string{"Branch", "Type", "Component", "State", "Commits"}},
		{70, []string{"Branch", "Type", "Component", "State"}},
		{50, []string{"Branch", "Type", "State"}},
		{40, []string{"Branch", "State"}},
		{12, []string{"Br…", "Sta…"}},
	} {
		text := table.Render(theme.Theme{}, test.width, 10, true)
		tuitest.Measure(t, text, test.width, 10)
		titles, _, _ := strings.Cut(plain(text), "\n")
		if got := strings.Fields(titles); !slices.Equal(got, test.want) {
			t.Errorf("%d columns wide: %q, want %q", test.width, got, test.want)
		}
	}
}

// A column that none of the rows has anything for is not there; without rows its title is.
func TestTableLeavesEmptyColumnsOut(t *testing.T) {
	t.Parallel()
	table := widget.Table[string]{
		Columns: []widget.Column[string]{
			{Title: "name", Elastic: true, Cell: func(r string) widget.Span { return widget.Span{Text: r} }},
			{Title: "owner", Sparse: true, Cell: func(r string) widget.Span {
				if r == "owned" {
					return widget.Span{Text: "Ann"}
				}
				return widget.Span{}
			}},
		},
		ID: func(r string) string { return r },
	}
	for _, test := range []struct {
		rows []string
		want bool
	}{
		{nil, true},
		{[]string{"free"}, false},
		{[]string{"free", "owned"}, true},
	} {
		table.SetRows(test.rows)
		if got := strings.Contains(table.Render(theme.Theme{}, 40, 5, true), "owner"); got != test.want {
			t.Errorf("with %q the title of the column is there: %t", test.rows, got)
		}
	}
}

// Who goes to the end of a list that is still being read comes there when it has been; who then goes elsewhere
// does not.
func TestTableEndIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys []keymap.Action
		want string
	}{
		{[]keymap.Action{keymap.Last}, branches()[len(branches())-1].name},
		{[]keymap.Action{keymap.Last, keymap.First}, branches()[0].name},
		{nil, branches()[0].name},
	} {
		table := branchTable()
		table.Render(theme.Theme{}, 100, 20, true)
		for _, a := range c.keys {
			table.Act(a)
		}
		table.SetRows(nil) // an answer without rows
		table.SetRows(branches())
		if b, found := table.Selected(); !found || b.name != c.want {
			t.Errorf("%v: at %q, want %q", c.keys, b.name, c.want)
		}
		table.SetRows(slices.Concat(branches(), []branch{{name: "one-more"}}))
		if b, _ := table.Selected(); b.name != c.want {
			t.Errorf("%v: it went on to %q", c.keys, b.name)
		}
	}
}
