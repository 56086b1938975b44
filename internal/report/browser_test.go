package report_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// visibleFindings are the paths that a reader sees in the list, in order.
const visibleFindings = `[...document.querySelectorAll(".finding")].filter(e => e.checkVisibility()).map(e => e.querySelector(".path").textContent)`

// jsonFinding is a finding as --format json has it: what the page shows is compared
// with that, not with what made the page.
type jsonFinding struct {
	Path      string
	Class     string
	Component string
	Severity  string
	Orphan    bool
	Decision  *struct{ Reason string }
	Hunks     []struct {
		Branch *string
		Marker *struct{ Ticket string }
	}
}

func asJSON(t *testing.T, r *job.CorehackReport) []jsonFinding {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Findings []jsonFinding }
	if err := json.Unmarshal(data, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Findings
}

// page writes a report into a file and returns its address.
func page(t *testing.T, name string, r *job.CorehackReport) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(file, render(t, report.HTML, r, report.Options{Version: "0.3.0", Diff: true}), 0o666); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// TestBrowser opens the page in a real browser and uses it.
func TestBrowser(t *testing.T) {
	t.Parallel()
	c := startChrome(t)
	rich, hostile := page(t, "rich", reporttest.Sample()), page(t, "hostile", reporttest.Hostile())
	c.size(1440, 900)
	c.scheme("light")
	c.open(rich)
	sub := func(name string, test func(*testing.T, *chrome)) {
		t.Run(name, func(t *testing.T) {
			mine := c.as(t)
			test(t, mine)
		})
	}
	sub("filters", filters)
	sub("fragment", func(t *testing.T, c *chrome) { fragment(t, c, rich) })
	sub("keyboard", keyboard)
	sub("themes", themes)
	sub("paper", paper)
	for name, url := range map[string]string{"rich": rich, "hostile": hostile} {
		sub("narrow "+name, func(t *testing.T, c *chrome) { narrow(t, c, url) })
	}
	sub("hostile", func(t *testing.T, c *chrome) { attacked(t, c, hostile) })
	sub("many", many)
	sub("without script", func(t *testing.T, c *chrome) { withoutScript(t, c, rich) })
	quiet(t, c)
}

// filters uses every filter by mouse and keyboard, and compares what is left with the
// JSON.
func filters(t *testing.T, c *chrome) {
	all := asJSON(t, reporttest.Sample())
	shows := func(step string, fits func(jsonFinding) bool) {
		t.Helper()
		want := []string{}
		for _, f := range all {
			if fits(f) {
				want = append(want, f.Path)
			}
		}
		var got []string
		c.eval(&got, visibleFindings)
		slices.Sort(want) // TestOrder has the order
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: shows %q, want %q", step, got, want)
		}
		var status string
		c.eval(&status, `document.getElementById("shown").textContent`)
		if said := fmt.Sprintf("%d of %d shown", len(want), len(all)); status != said {
			t.Errorf("%s: says %q, want %q", step, status, said)
		}
	}
	shows("at first", func(jsonFinding) bool { return true })
	var counts map[string]string
	c.eval(&counts, `Object.fromEntries([...document.querySelectorAll(".tile")].map(e => [e.querySelector("dt").textContent, e.querySelector(".figure").textContent]))`)
	want := map[string]string{}
	for _, class := range strings.Fields("unknown modified missing stale backport whitespace mode foreign") {
		n := 0
		for _, f := range all {
			if f.Class == class {
				n++
			}
		}
		want[class] = fmt.Sprint(n)
	}
	if !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	c.click(`input[value=modified]`)
	shows("one class", func(f jsonFinding) bool { return f.Class == "modified" })
	c.click(`input[value=unknown]`)
	shows("two classes", func(f jsonFinding) bool { return f.Class == "modified" || f.Class == "unknown" })
	c.click(`#orphan`)
	shows("orphans of two classes", func(f jsonFinding) bool { return (f.Class == "modified" || f.Class == "unknown") && f.Orphan })
	c.click(`#clear`)
	shows("cleared", func(jsonFinding) bool { return true })
	c.click(`input[value=minor]`)
	shows("a severity", func(f jsonFinding) bool { return f.Severity == "minor" })
	c.press("Escape")
	c.click(`#undecided`)
	shows("undecided", func(f jsonFinding) bool { return f.Orphan && f.Decision == nil })
	c.press("Escape")
	c.eval(nil, `document.getElementById("component").focus()`)
	c.write("mod_q")
	shows("a component, by its first letters", func(f jsonFinding) bool { return f.Component == "mod_quiz" })
	c.press("Escape")
	c.press("/")
	c.write("#8250")
	shows("a ticket", func(f jsonFinding) bool {
		return slices.ContainsFunc(f.Hunks, func(h struct {
			Branch *string
			Marker *struct{ Ticket string }
		},
		) bool {
			return h.Marker != nil && h.Marker.Ticket == "#8250"
		})
	})
	c.press("Escape")
	c.press("/")
	c.write("LIB/ php")
	shows("two words", func(f jsonFinding) bool {
		return strings.Contains(f.Path, "lib/") && strings.Contains(f.Path, "php")
	})
	c.press("Escape")
	c.press("/")
	c.write("no such thing")
	shows("nothing", func(jsonFinding) bool { return false })
	c.wait(`document.getElementById("nothing").checkVisibility()`)
	c.press("Escape")
	shows("cleared by Escape", func(jsonFinding) bool { return true })
}

// fragment: the address holds the filters, links in the tables set them, and a link to
// a finding opens it.
func fragment(t *testing.T, c *chrome, url string) {
	var hash string
	c.click(`input[value=missing]`)
	if c.eval(&hash, `location.hash`); hash != "#class=missing" {
		t.Errorf("fragment %q", hash)
	}
	c.click(`[data-go-component=mod_quiz] a`)
	c.wait(`document.getElementById("shown").textContent === "1 of 17 shown"`)
	c.press("Escape")
	c.wait(`location.hash === ""`)
	c.open(url + "#class=modified%2Cstale&orphan=1&q=quiz")
	c.wait(`document.getElementById("shown").textContent === "1 of 17 shown"`)
	c.press("Escape")
	var id string
	c.eval(&id, `document.querySelector("[data-class=whitespace]").id`)
	c.open(url + "#" + id)
	c.wait(`document.querySelector("[data-class=whitespace] details").open`)
}

// keyboard: j and k move, Enter opens, / searches, and a letter in the search is a
// letter.
func keyboard(t *testing.T, c *chrome) {
	at := func(want int) {
		t.Helper()
		var got int
		c.eval(&got, `[...document.querySelectorAll("summary")].filter(e => e.closest(".finding")).indexOf(document.activeElement)`)
		if got != want {
			t.Errorf("finding %d has the focus, want %d", got, want)
		}
	}
	c.eval(nil, `document.activeElement.blur()`)
	for i, key := range []string{"j", "j", "j", "k", "k", "k", "k"} {
		c.press(key)
		at([]int{0, 1, 2, 1, 0, 0, 0}[i])
	}
	const open = `document.querySelector(".finding details").open`
	var before, after bool
	c.eval(&before, open)
	c.press("Enter")
	if c.eval(&after, open); before == after {
		t.Errorf("Enter does not open")
	}
	var outline string
	if c.eval(&outline, `getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
		t.Errorf("the focus is not visible: %q", outline)
	}
	c.press("/")
	c.write("jk/")
	var typed string
	if c.eval(&typed, `document.activeElement.value`); typed != "jk/" {
		t.Errorf("the search has %q", typed)
	}
	c.press("Escape")
}

// themes: the system decides, until the button does.
func themes(t *testing.T, c *chrome) {
	dark := func() bool {
		var rgb []int
		c.eval(&rgb, `getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number)`)
		return rgb[0] < 128
	}
	for _, scheme := range []string{"light", "dark"} {
		c.scheme(scheme)
		if dark() != (scheme == "dark") {
			t.Errorf("in %s the page is not", scheme)
		}
		c.click("#theme")
		if dark() == (scheme == "dark") {
			t.Errorf("in %s the button does nothing", scheme)
		}
		c.eval(nil, `delete document.documentElement.dataset.theme`)
	}
	c.scheme("light")
}

// paper: on paper there are no filters, and what is closed is there.
func paper(t *testing.T, c *chrome) {
	c.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"})
	var seen struct{ Filters, Nav, Closed, Open bool }
	c.eval(&seen, `(() => { const d = document.querySelector(".finding details"); const say = d.querySelector(".say");
		d.open = false; const closed = say.getBoundingClientRect().height > 0; d.open = true;
		return {Filters: document.getElementById("filters").checkVisibility(), Nav: document.querySelector("nav").checkVisibility(),
			Closed: closed, Open: say.checkVisibility()}; })()`)
	c.call("Emulation.setEmulatedMedia", map[string]any{"media": ""})
	if seen.Filters || seen.Nav || !seen.Closed || !seen.Open {
		t.Errorf("on paper: %+v", seen)
	}
}

// narrow: on a phone nothing is wider than the screen, with everything open.
func narrow(t *testing.T, c *chrome, url string) {
	c.size(360, 740)
	c.open(url)
	c.eval(nil, `document.querySelectorAll("details").forEach(d => { d.open = true; })`)
	var width int
	if c.eval(&width, `document.documentElement.scrollWidth`); width > 360 {
		t.Errorf("the page is %d pixels wide", width)
	}
	var wide []string
	c.eval(&wide, `[...document.querySelectorAll("main *")].filter(e => !e.closest("pre") && e.getBoundingClientRect().right > 361)
		.map(e => e.tagName + " " + e.className + " " + e.textContent.slice(0, 60))`)
	if len(wide) > 0 {
		t.Errorf("out of the screen: %q", wide)
	}
	c.size(1440, 900)
}

// attacked: nothing of a hostile tree runs or shows as anything but text, and the
// filters work on it.
func attacked(t *testing.T, c *chrome, url string) {
	c.open(url)
	all := asJSON(t, reporttest.Hostile())
	for i, attack := range reporttest.Attacks() {
		var n int
		c.eval(&n, fmt.Sprintf(`(() => { const s = document.getElementById("component"); s.selectedIndex = %d;
			s.dispatchEvent(new Event("input", {bubbles: true})); return %s.length; })()`, i+1, visibleFindings))
		if n != 1 {
			t.Errorf("%q: %d findings in the component", attack, n)
		}
	}
	c.press("Escape")
	var got []string
	if c.eval(&got, visibleFindings); len(got) != len(all) {
		t.Errorf("%d findings, want %d", len(got), len(all))
	}
	var strange int
	if c.eval(&strange, `document.querySelectorAll("img, svg, iframe, object, embed, link, base, [onmouseover], [onerror], [onload]").length`); strange > 0 {
		t.Errorf("%d strange elements", strange)
	}
}

// many: with 5,000 findings a filter takes less than 100 ms, and the browser not much
// longer to lay the page out again, which was quadratic once. The best of eleven counts,
// since the machine may have other things to do.
func many(t *testing.T, c *chrome) {
	c.open(page(t, "many", reporttest.Large(5_000)))
	c.wait(`document.getElementById("shown").textContent === "5,000 of 5,000 shown"`)
	var took [][]float64
	c.eval(&took, `(() => { const q = document.getElementById("q"), all = [];
		for (let i = 0; i < 11; i++) {
			q.value = "file" + i;
			const start = performance.now();
			q.dispatchEvent(new Event("input", {bubbles: true}));
			const script = performance.now() - start;
			document.body.getBoundingClientRect();
			all.push([script, performance.now() - start]);
		}
		return all; })()`)
	script, layout := took[0][0], took[0][1]
	for _, ms := range took {
		script, layout = min(script, ms[0]), min(layout, ms[1])
	}
	t.Logf("filtering 5,000 findings: first %.0f ms, best %.0f ms, with layout %.0f ms", took[0][0], script, layout)
	if script > 100 || layout > 400 {
		t.Errorf("filtering takes %.0f ms, with layout %.0f ms", script, layout)
	}
	var shown string
	want := 0
	for _, f := range asJSON(t, reporttest.Large(5_000)) {
		if strings.Contains(f.Path, "file10") {
			want++
		}
	}
	if c.eval(&shown, `document.getElementById("shown").textContent`); shown != fmt.Sprintf("%d of 5,000 shown", want) {
		t.Errorf("says %q, want %d", shown, want)
	}
}

// withoutScript: without JavaScript all findings are there, and no filters.
func withoutScript(t *testing.T, c *chrome, url string) {
	c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	c.open(url)
	var seen struct {
		Filters, Theme bool
		Findings       int
	}
	c.eval(&seen, `({Filters: document.getElementById("filters").checkVisibility(), Theme: document.getElementById("theme").checkVisibility(),
		Findings: `+visibleFindings+`.length})`)
	if seen.Filters || seen.Theme || seen.Findings != len(reporttest.Sample().Findings) {
		t.Errorf("without script: %+v", seen)
	}
	c.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false})
}

// quiet: in all of this no page said anything on the console, opened a dialog, or asked
// for anything but itself.
func quiet(t *testing.T, c *chrome) {
	for _, method := range []string{"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening"} {
		for _, params := range c.seen(method) {
			t.Errorf("%s: %s", method, params)
		}
	}
	documents := 0
	for _, params := range c.seen("Network.requestWillBeSent") {
		var request struct {
			Type    string
			Request struct{ URL string }
		}
		if err := json.Unmarshal([]byte(params), &request); err != nil {
			t.Fatal(err)
		}
		if request.Type != "Document" || !strings.HasPrefix(request.Request.URL, "file:") {
			t.Errorf("asks for %s (%s)", request.Request.URL, request.Type)
		}
		documents++
	}
	if documents < 5 {
		t.Errorf("%d documents were seen to be loaded: the requests were not watched", documents)
	}
}
