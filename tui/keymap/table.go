package keymap

// The actions that work everywhere.
const (
	Quit      Action = "all.quit"
	QuitNow   Action = "all.quit-now"
	Suspend   Action = "all.suspend"
	Help      Action = "all.help"
	Command   Action = "all.command"
	Log       Action = "all.log"
	Said      Action = "all.messages"
	Undo      Action = "all.undo"
	UndoRun   Action = "all.undo-run"
	Copy      Action = "all.copy"
	Refresh   Action = "all.refresh"
	Edit      Action = "all.edit"
	NextView  Action = "all.next-view"
	PrevView  Action = "all.previous-view"
	NextPane  Action = "all.next-pane"
	Up        Action = "all.up"
	Down      Action = "all.down"
	PageUp    Action = "all.page-up"
	PageDown  Action = "all.page-down"
	HalfUp    Action = "all.half-page-up"
	HalfDown  Action = "all.half-page-down"
	First     Action = "all.first"
	Last      Action = "all.last"
	Left      Action = "all.left"
	Right     Action = "all.right"
	Open      Action = "all.open"
	Back      Action = "all.back"
	Filter    Action = "all.filter"
	NextMatch Action = "all.next-match"
	PrevMatch Action = "all.previous-match"
	Mark      Action = "all.mark"
	MarkAll   Action = "all.mark-all"
	MarkRange Action = "all.mark-range"
	Sort      Action = "all.sort"
	SortBack  Action = "all.sort-back"
	FoldAll   Action = "all.fold-all"
	UnfoldAll Action = "all.unfold-all"
	NextHunk  Action = "all.next-hunk"
	PrevHunk  Action = "all.previous-hunk"
	Zoom      Action = "all.zoom"
	Preview   Action = "all.preview"
	View1     Action = "all.view-1"
	View2     Action = "all.view-2"
	View3     Action = "all.view-3"
	View4     Action = "all.view-4"
	View5     Action = "all.view-5"
	View6     Action = "all.view-6"
	View7     Action = "all.view-7"
	View8     Action = "all.view-8"
	MoreLines Action = "all.more-context"
	LessLines Action = "all.less-context"
	Blanks    Action = "all.whitespace"
)

// table returns the built-in keys, made anew for each caller. A view's rows stand in a file of its name.
func table() map[Context][]Binding {
	return map[Context][]Binding{
		All:        everywhere(),
		Branches:   branches(),
		Upgrade:    upgrade(),
		Conflict:   conflict(),
		Corehacks:  corehacks(),
		Targets:    targets(),
		Plugins:    plugins(),
		Sites:      sites(),
		TrackerCtx: tracker(),
	}
}

// The views.
const (
	Branches   Context = "branches"
	Upgrade    Context = "upgrade"
	Conflict   Context = "conflict"
	Corehacks  Context = "corehacks"
	Targets    Context = "targets"
	Plugins    Context = "plugins"
	Sites      Context = "sites"
	TrackerCtx Context = "tracker"
)

// ViewActions are the actions that bring a view to the front, in the order of the views.
func ViewActions() []Action {
	return []Action{View1, View2, View3, View4, View5, View6, View7, View8}
}

func everywhere() []Binding {
	return []Binding{
		{Action: Down, Keys: []string{"down", "j"}, Help: "next line"},
		{Action: Up, Keys: []string{"up", "k"}, Help: "line before"},
		{Action: HalfDown, Keys: []string{"ctrl+d"}, Help: "half a page down"},
		{Action: HalfUp, Keys: []string{"ctrl+u"}, Help: "half a page up"},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Help: "a page down"},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Help: "a page up"},
		{Action: First, Keys: []string{"home", "g", "<"}, Help: "first line"},
		{Action: Last, Keys: []string{"end", "G", ">"}, Help: "last line"},
		{Action: Left, Keys: []string{"left", "h"}, Help: "to the left, or close a fold"},
		{Action: Right, Keys: []string{"right", "l"}, Help: "to the right, or open a fold"},
		{Action: Open, Keys: []string{"enter"}, Short: "open", Help: "open what is selected"},
		{Action: Back, Keys: []string{"esc"}, Help: "back; clear a filter; cancel what runs"},
		{Action: NextPane, Keys: []string{"tab"}, Help: "the other pane"},
		{Action: NextView, Keys: []string{"]"}, Help: "next view"},
		{Action: PrevView, Keys: []string{"["}, Help: "view before"},
		{Action: View1, Keys: []string{"1"}, Help: "branches"},
		{Action: View2, Keys: []string{"2"}, Help: "upgrade"},
		{Action: View3, Keys: []string{"3"}, Help: "conflict"},
		{Action: View4, Keys: []string{"4"}, Help: "core hacks"},
		{Action: View5, Keys: []string{"5"}, Help: "targets"},
		{Action: View6, Keys: []string{"6"}, Help: "plugins"},
		{Action: View7, Keys: []string{"7"}, Help: "sites"},
		{Action: View8, Keys: []string{"8"}, Help: "tracker"},
		{Action: Filter, Keys: []string{"/"}, Short: "filter", Help: "filter, or search in text", Hint: true},
		{Action: NextMatch, Keys: []string{"n"}, Help: "next match"},
		{Action: PrevMatch, Keys: []string{"N"}, Help: "match before"},
		{Action: Mark, Keys: []string{"space"}, Help: "mark or unmark"},
		{Action: MarkAll, Keys: []string{"v"}, Help: "mark all that are shown, or none"},
		{Action: MarkRange, Keys: []string{"V"}, Help: "mark from the last mark to here"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort by the next column, or the other way round"},
		{Action: SortBack, Keys: []string{"S"}, Help: "back to how it was sorted before"},
		{Action: FoldAll, Keys: []string{"-"}, Help: "close all folds"},
		{Action: UnfoldAll, Keys: []string{"="}, Help: "open all folds"},
		{Action: NextHunk, Keys: []string{"J"}, Help: "next difference"},
		{Action: PrevHunk, Keys: []string{"K"}, Help: "difference before"},
		{Action: Zoom, Keys: []string{"+", "_"}, Help: "give the pane the whole screen, or take it back"},
		{Action: Preview, Keys: []string{"p"}, Help: "show or hide the details"},
		{Action: MoreLines, Keys: []string{"}"}, Help: "more lines around each difference"},
		{Action: LessLines, Keys: []string{"{"}, Help: "fewer lines around each difference"},
		{Action: Blanks, Keys: []string{"ctrl+w"}, Help: "pass over differences of white space, or show them"},
		{Action: Copy, Keys: []string{"y"}, Short: "copy", Help: "copy"},
		{Action: Edit, Keys: []string{"e"}, Help: "open in the editor"},
		{Action: Refresh, Keys: []string{"R", "f5"}, Help: "read everything anew"},
		{Action: Command, Keys: []string{":"}, Short: "command", Help: "run an mgit command"},
		{Action: Log, Keys: []string{"@"}, Help: "the git commands that were run"},
		{Action: Said, Keys: []string{"!"}, Help: "warnings, and what was said before"},
		{Action: Undo, Keys: []string{"z"}, Short: "undo", Help: "take the last run back", Writes: true},
		{Action: UndoRun, Keys: []string{"Z"}, Help: "choose a run to take back", Writes: true},
		{Action: Help, Keys: []string{"?"}, Short: "help", Help: "this help", Hint: true},
		{Action: Quit, Keys: []string{"q"}, Short: "quit", Help: "leave", Hint: true},
		{Action: QuitNow, Keys: []string{"ctrl+c"}, Help: "leave at once, and cancel what runs"},
		{Action: Suspend, Keys: []string{"ctrl+z"}, Help: "back to the shell; `fg` comes back"},
	}
}
