package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

const unified = `diff --git a/mod/forum/lib.php b/mod/forum/lib.php
index 0123456..89abcde 100644
--- a/mod/forum/lib.php
+++ b/mod/forum/lib.php
@@ -10,9 +10,10 @@ function forum_add_instance($forum, $mform) {
  * @param int $courseid the course
  */
 function forum_print_recent($courseid, $limit = 10) {
-    $posts = forum_get_posts($courseid, $limit);
-    echo "Recent posts";
+    $posts = forum_get_recent_posts($courseid, $limit + 1);
+    // 日本語のコメント, and one that goes on for longer than a narrow terminal has room for: it is cut at the edge.
+    echo "Neueste Beiträge";
 	return $posts;
 }
-?>
\ No newline at end of file
+?>
diff --git a/old name.txt b/new name.txt
old mode 100644
new mode 100755
similarity index 88%
rename from old name.txt
rename to new name.txt
--- a/old name.txt	
+++ b/new name.txt	
@@ -1,2 +1,2 @@
--- a line that looks like a name
+++ another one
 שלום עולם` + "\r" + `
diff --git a/pix/icon.png b/pix/icon.png
index 111..222 100644
Binary files a/pix/icon.png and b/pix/icon.png differ
`

func TestDiffGoldens(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{Empty: "Nothing differs."}
	goldens(t, "diff-empty", d.Render)
	d.SetUnified("", unified)
	goldens(t, "diff", d.Render)
	d.Act(keymap.Right)
	d.Search("posts")
	goldens(t, "diff-scrolled", d.Render)
}

func TestDiffMovesBetweenDifferences(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{}
	d.SetUnified("", unified)
	d.Render(theme.Theme{}, 80, 6)
	if path, line := d.Here(); path != "mod/forum/lib.php" || line != 13 {
		t.Errorf("the first difference is at %s:%d", path, line)
	}
	d.Act(keymap.NextHunk)
	if got := plain(d.Render(theme.Theme{}, 80, 6)); !strings.Contains(got, "@@ -1,2") {
		t.Errorf("the second difference is not seen:\n%s", got)
	}
	if path, line := d.Here(); path != "new name.txt" || line != 1 {
		t.Errorf("the second difference is at %s:%d", path, line)
	}
	if got, want := d.Footer(), "difference 2 of 2 · "; !strings.HasPrefix(got, want) {
		t.Errorf("footer %q", got)
	}
	d.Act(keymap.NextHunk)
	d.Act(keymap.PrevHunk)
	if got := d.Footer(); !strings.HasPrefix(got, "difference 1 of 2 · ") {
		t.Errorf("footer %q", got)
	}
}

func TestDiffSearches(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{}
	d.SetUnified("", unified)
	d.Render(theme.Theme{}, 80, 5)
	if found := d.Search("POSTS"); found != 4 {
		t.Errorf("%d lines have it", found)
	}
	text := plain(d.Render(theme.Theme{}, 80, 5))
	for range 4 {
		if !d.Act(keymap.NextMatch) {
			t.Fatal("there is no next match")
		}
		d.Render(theme.Theme{}, 80, 5)
	}
	if around := plain(d.Render(theme.Theme{}, 80, 5)); !strings.Contains(around, "posts") || !strings.Contains(text, "posts") {
		t.Errorf("around the end:\n%s", around)
	}
	if d.Search("nowhere") != 0 || d.Act(keymap.NextMatch) {
		t.Error("what is nowhere is found")
	}
}

// lines are n lines, of which those in changed read otherwise.
func lines(n int, changed ...int) []byte {
	var b strings.Builder
	for i := range n {
		text := fmt.Sprintf("$value[%d] = calculate($old, %d);", i, i)
		for _, c := range changed {
			if c == i {
				text = fmt.Sprintf("$value[%d] = calculate($new,  %d);", i, i)
			}
		}
		b.WriteString(text + "\n")
	}
	return []byte(b.String())
}

func TestDiffOfTexts(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{}
	d.SetTexts("lib.php", lines(100), lines(100, 20, 30, 90))
	shown := func() string { return plain(d.Render(theme.Theme{}, 60, 40)) }
	if got := strings.Count(shown(), "@@ -"); got != 3 {
		t.Errorf("%d differences:\n%s", got, shown())
	}
	for range 3 {
		d.Act(keymap.MoreLines)
	}
	if got := d.Footer(); !strings.Contains(got, " of 2 · ") || !strings.HasSuffix(got, " · 6 lines around") {
		t.Errorf("with more lines around: %s\n%s", got, shown())
	}
	for range 20 {
		d.Act(keymap.LessLines)
	}
	if d.Context() != 0 {
		t.Errorf("the least are %d lines around", d.Context())
	}
	if got := shown(); !strings.HasPrefix(got, "@@ -21,1 +21,1 @@\n-$value[20]") {
		t.Errorf("without lines around:\n%s", got)
	}
	d.SetTexts("lib.php", []byte("a = 1;\nb\n"), []byte("a  =  1;\nb"))
	d.Act(keymap.Blanks)
	if got := strings.TrimSpace(shown()); got != "" {
		t.Errorf("white space is not passed over:\n%s", got)
	}
	d.Act(keymap.Blanks)
	if got := shown(); !strings.Contains(got, `\ No newline`) {
		t.Errorf("that the last line has no end is not said:\n%s", got)
	}
	d.SetTexts("icon.png", []byte("\x00a"), []byte("\x00b"))
	if got := shown(); !strings.HasPrefix(got, "Binary files differ") {
		t.Errorf("binary files:\n%s", got)
	}
}

func TestDiffIsReadAnew(t *testing.T) {
	t.Parallel()
	var asked []string
	d := &widget.Diff{}
	if d.SetUnified("", unified); d.Act(keymap.MoreLines) {
		t.Error("more lines without anybody to ask for them")
	}
	d.Reread = func(context int, blanks bool) { asked = append(asked, fmt.Sprint(context, blanks)) }
	d.Act(keymap.MoreLines)
	d.Act(keymap.Blanks)
	if got := strings.Join(asked, ", "); got != "4 false, 4 true" {
		t.Errorf("asked for %s", got)
	}
	d.Render(theme.Theme{}, 80, 5)
	d.Act(keymap.NextHunk)
	d.SetUnified("", strings.Replace(unified, "+10,10", "+10,10 ", 1))
	if got := plain(d.Render(theme.Theme{}, 80, 5)); !strings.Contains(got, "@@ -1,2") {
		t.Errorf("after it was read anew it stands elsewhere:\n%s", got)
	}
	d.SetUnified("", "@@ -1 +1 @@\n-a\n+b\n")
	if got := plain(d.Render(theme.Theme{}, 80, 5)); !strings.HasPrefix(got, "@@ -1 ") {
		t.Errorf("another difference:\n%s", got)
	}
}

// The words that differ are drawn with a look of their own, also where lines were put in between.
func TestDiffMarksWords(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{}
	d.SetUnified("a.txt", "@@ -1,2 +1,3 @@\n-the quick brown fox\n-jumps\n+something else altogether\n+the quick red fox\n+jumped\n")
	got := d.Render(look(t, "auto"), 40, 6)
	for _, want := range []string{"\x1b[31mthe quick \x1b[m\x1b[37;41mbrown\x1b[m\x1b[31m fox", "\x1b[32mthe quick \x1b[m\x1b[30;42mred\x1b[m\x1b[32m fox", "\x1b[32msomething else altogether\x1b[m"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func TestDiffOfLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("var a=1;", 1<<17)
	d := &widget.Diff{}
	d.SetUnified("jquery.min.js", "@@ -1 +1 @@\n-"+long+"x\n+"+long+"y\n")
	for range 100 {
		d.Act(keymap.Right)
	}
	tuitest.Measure(t, d.Render(look(t, "dark"), 80, 5), 80, 5)
}

func TestDiffIsEmpty(t *testing.T) {
	t.Parallel()
	d := &widget.Diff{}
	for _, a := range []keymap.Action{keymap.NextHunk, keymap.Last, keymap.PrevMatch, keymap.Blanks} {
		d.Act(a)
	}
	if path, _ := d.Here(); path != "" || d.Footer() != "" {
		t.Errorf("nothing is shown, and here is %q, footer %q", path, d.Footer())
	}
	tuitest.Measure(t, d.Render(theme.Theme{}, 30, 4), 30, 4)
	d.SetUnified("x", "fatal: bad revision\n")
	if got := plain(d.Render(theme.Theme{}, 30, 2)); !strings.HasPrefix(got, "fatal: bad revision") {
		t.Errorf("what is no difference is shown as %q", got)
	}
}
