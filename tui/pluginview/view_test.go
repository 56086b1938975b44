package pluginview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func inventory() *job.PluginsReport {
	branch := "LUVLE-4.1-feature-mod_attendance"
	return &job.PluginsReport{
		Tree: "/srv/moodle", Moodle: job.PluginCore{Tag: "v4.1.3", Series: moodle.Series{Major: 4, Minor: 1}}, JudgedBy: job.JudgedByPin,
		Plugins: []job.InventoryPlugin{
			{
				Component: "mod_attendance", Place: job.At("mod/attendance"), Seen: true, Version: "2022083100", Release: "4.1.2", Requires: "2021051700",
				Supported: &job.PluginRange{From: "3.9", To: "4.2"}, Origin: job.InventoryOrigin{Kind: "external", Branch: branch},
				Pin: &job.InventoryPin{Name: "v4.1.2", By: "plugins.toml"}, Changes: &job.PluginChanges{Modified: 2, Added: 1}, Fit: &job.PluginFit{Fit: moodle.Supported.String()},
				Files: 210, Newest: &job.Newer{Name: "v4.1.5", Version: "2022083105", Commit: job.ID{1}},
			},
			{
				Component: "local_oldreport", Place: job.At("local/oldreport"), Seen: true, Version: "2019052000", Origin: job.InventoryOrigin{Kind: job.FromUnknown},
				Fit: &job.PluginFit{Fit: moodle.Unstated.String()}, Dependencies: []job.PluginNeed{{Component: "local_gone", Version: "any", State: "missing"}},
			},
			{Component: "", Place: job.At("mod/attendance-main"), Origin: job.InventoryOrigin{Kind: job.FromUnknown}, Problems: []job.PluginProblem{{ID: "invalid-name", Text: "Moodle passes over a folder with such a name"}}},
			{
				Component: "block_vieux", Place: job.At("blocks/vieux"), Seen: true, Version: "2010010100", Origin: job.InventoryOrigin{Kind: job.FromClone, Remote: "https://git.example.org/a/very/long/address/of/a/repository/of/plugins.git"},
				Fit: &job.PluginFit{Fit: moodle.Refused.String(), Why: "says that it is incompatible with 4.1 and later"},
			},
			{Component: "local_課程フォーラム", Place: job.At("local/שלום\x1b[2J"), Seen: true, Release: "1.0\u202e", Origin: job.InventoryOrigin{Kind: job.FromOwner}},
		},
		Cycles:   [][]string{{"local_a", "local_b"}},
		Totals:   job.PluginsTotals{Plugins: 5, Unseen: 1, Refused: 1, UnmetNeeds: 1, Changed: 1},
		Warnings: []job.Warning{{ID: "unread", Text: "what could not be read: 1 path, the first is local/secret: permission denied"}},
	}
}

func answers(t testing.TB, look string, r *job.PluginsReport, err error) (*screen.Host, *View) {
	t.Helper()
	h := tuitest.Host(t, look, func(context.Context) (*job.Site, error) { return nil, nil })
	v := New(h)
	v.asks = asks{
		sites: func(context.Context, *job.Site, job.SitesRequest) (*job.SitesReport, error) {
			return &job.SitesReport{Trees: []job.KnownTree{{Kind: job.TreeOfClone}, {Kind: job.TreeOfTarget, Tree: "LUVLE-4.1-deployment"}}}, nil
		},
		plugins: func(_ context.Context, _ *job.Site, request job.PluginsRequest) (*job.PluginsReport, error) {
			if r != nil && request.For != "" {
				held := *r
				held.For = &job.PluginCore{Tag: "v4.5.0", Series: moodle.Series{Major: 4, Minor: 5}}
				return &held, nil
			}
			return r, err
		},
		series: func(_ context.Context, _ *job.Site, _, forThis string) (job.PluginsUpdateRequest, error) {
			return job.PluginsUpdateRequest{For: forThis}, nil
		},
		update: func(_ context.Context, _ *job.Site, request job.PluginsUpdateRequest) (*job.PluginsUpdateReport, int, error) {
			return newer(request), 0, nil
		},
	}
	return h, v
}

func newer(request job.PluginsUpdateRequest) *job.PluginsUpdateReport {
	outcome := job.PluginUpdated
	if request.Check {
		outcome = job.PluginNewer
	}
	return &job.PluginsUpdateReport{
		Series: "4.1", Core: job.PluginsCore{Tag: "v4.1.0"}, Totals: map[string]int{outcome: 1},
		Plugins: []job.PluginUpdate{{
			Component: "mod_attendance", Branch: "LUVLE-4.1-feature-mod_attendance", From: "v4.1.2", Outcome: outcome, Fit: moodle.Supported.String(),
			Newest: &job.PluginRelease{Name: "v9.0.0"}, Fitting: &job.PluginRelease{Name: "v4.1.5"}, Notes: []string{"v8.0.0 has no version.php at the top of the repository"},
		}},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", inventory(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	d.Goldens("plugins")
	d.Press("c")
	d.Press("f")
	for len(d.Sent) > 1 {
		d.Sent = d.Sent[1:] // what the check had to say
	}
	d.Enter("4.5")
	d.Press("down", "down", "down")
	d.Goldens("for")
	h, v = answers(t, "plain", &job.PluginsReport{Moodle: inventory().Moodle}, nil)
	tuitest.Drive(t, h, v, 80, 24, "").Goldens("empty")
	h, v = answers(t, "plain", nil, errors.New("/srv/moodle: nothing of it is upstream's"))
	tuitest.Drive(t, h, v, 80, 24, "").Goldens("error")
	h, v = answers(t, "dark", inventory(), nil)
	d = tuitest.Drive(t, h, v, 120, 40, "")
	d.Press("c")
	tuitest.Golden(t, "checked-colour", d.Render())
}

func TestActions(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*job.PluginsReport{inventory(), {}, nil} {
		var problem error
		if r == nil {
			problem = errors.New("nothing")
		}
		h, v := answers(t, "plain", r, problem)
		d := tuitest.Drive(t, h, v, 80, 24, "")
		for _, b := range append(keys.Bindings(keymap.Plugins), keys.Bindings(keymap.All)...) {
			for range 5 {
				d.Do(v.Act(b.Action))
				d.Render()
				d.Do(v.Act(keymap.Down))
			}
			v.Copies()
			v.Hints()
			v.Twin()
			v.Subject()
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", inventory(), nil)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	for filter, want := range map[string]int{"fits:yes": 1, "fits:no": 3, "changed:yes": 1, "wrong:yes": 3, "from:unknown": 2, "from:clone": 1, "attendance": 2, "": 5} {
		d.Press("/")
		d.Enter(filter)
		if got := len(v.list.Shown()); got != want {
			t.Errorf("%q shows %d, want %d", filter, got, want)
		}
	}
}

// Repositories are asked when somebody presses a key for it, and never before.
func TestUpdate(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", inventory(), nil)
	asked := []job.PluginsUpdateRequest{}
	v.asks.update = func(_ context.Context, _ *job.Site, request job.PluginsUpdateRequest) (*job.PluginsUpdateReport, int, error) {
		asked = append(asked, request)
		run := 0
		if !request.Check && !request.DryRun {
			run = 7
		}
		return newer(request), run, nil
	}
	d := tuitest.Drive(t, h, v, 120, 40, "")
	if len(asked) > 0 {
		t.Fatal("repositories were asked without anybody wanting it")
	}
	d.Press("c")
	if m := tuitest.Taken[screen.NoticeMsg](d); m.Text != "Asking the plugins' repositories; esc cancels" {
		t.Errorf("%+v", m)
	}
	if m := tuitest.Taken[screen.NoticeMsg](d); m.Text != "1 plugin of 4.1 against v4.1.0: 1 newer." {
		t.Errorf("%+v", m)
	}
	if text := d.Plain(); !strings.Contains(text, "v8.0.0 has no version.php") {
		t.Errorf("\n%s", text)
	}
	d.Press("u")
	d.Choose("s")
	p, message := d.Run()
	if message != "1 plugin of 4.1 against v4.1.0: 1 updated. This was run 7." || p.Moves[0].Ref != "refs/heads/LUVLE-4.1-feature-mod_attendance" {
		t.Errorf("%q %+v", message, p)
	}
	if len(asked) != 3 || !asked[0].Check || !asked[1].DryRun || asked[2].DryRun || fmt.Sprint(asked[2].Components) != "[mod_attendance]" {
		t.Errorf("asked: %+v", asked)
	}
	d.Press("space", "space", "u")
	d.Choose("a")
	if m := tuitest.Taken[screen.StartMsg](d); strings.Join(m.Task.Command, " ") != "plugins update" {
		t.Errorf("%+v", m.Task.Command)
	}
}

// On a real repository the plugin of a branch is found in the live tree.
func TestFlow(t *testing.T) {
	t.Parallel()
	s := tuitest.NewLiveSite(t)
	h := s.Host()
	v := New(h)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	p, found := v.list.Selected()
	if !found || p.Component != "mod_ours" || p.Origin.Branch != "LUVLE-2.5-feature-mod_ours" {
		t.Fatalf("%v: %+v", v.inventory.Err(), p)
	}
	d.Press("e")
	if m := tuitest.Taken[screen.EditMsg](d); m.Dir != s.Live || m.Paths[0] != "mod/ours/version.php" {
		t.Errorf("%+v", m)
	}
	d.Press("f")
	d.Enter("9.9")
	if text := d.Plain(); !strings.Contains(text, "as it was read before; now: ") || !strings.Contains(text, "mod_ours") {
		t.Errorf("a Moodle that there is not:\n%s", text)
	}
	d.Press("f")
	d.Enter("v2.5.0")
	if text := d.Plain(); !strings.Contains(text, "held against Moodle 2.5.0") {
		t.Errorf("\n%s", text)
	}
	d.Press("u")
	d.Choose("s")
	if p, message := d.Run(); p.Nothing == "" || message != p.Nothing || !strings.Contains(message, "1 unknown") {
		t.Errorf("%q %+v", message, p)
	}
}
