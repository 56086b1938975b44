package tuitest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden views anew")

// Updates reports whether golden texts are to be written anew.
func Updates() bool { return *update }

// Sizes are those of every golden view: the smallest that there is, and three usual ones.
func Sizes() [][2]int { return [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} }

// Golden compares text with testdata/golden/<name>.txt, or writes it there with -update.
func Golden(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-) is not what is drawn (+):\n%s", path, diff)
	}
}

// Goldens compares the view with one golden file for each size, <name>-80x24.txt.
func (d *Driver) Goldens(name string) {
	d.t.Helper()
	width, height := d.width, d.height
	for _, size := range Sizes() {
		d.Resize(size[0], size[1])
		Golden(d.t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), d.Plain())
	}
	d.Resize(width, height)
}
