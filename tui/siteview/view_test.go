package siteview

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func quick() *job.SitesReport {
	target := &job.SiteTarget{Short: "deployment", Name: "LUVLE-4.1-deployment", Release: "4.1.3 (Build: 20230403)"}
	return &job.SitesReport{
		Sites: []job.SiteReport{
			{Name: "live", Environment: "production", Path: "/srv/moodle", IsHere: true, Target: target, Server: job.SiteServer{PHP: "8.0.2", Database: "pgsql", DatabaseVersion: "15.4", Extensions: []string{"intl", "sodium"}}},
			{Name: "far", Path: "/srv/nowhere"},
			{Name: "staging", Environment: "staging", EnvFile: "deploy/staging.env", Target: target},
			{Name: "production", Environment: "production", EnvFile: "deploy/production.env", Target: target},
			{Name: "a-site-with-a-very-long-name-that-somebody-chose", Environment: "試験環境", Path: "/srv/שלום", EnvFile: "deploy/\x1b[2J.env"},
		},
		Pending: []job.PendingInfo{{Key: "plugin.mod_attendance.url", New: `"https://example.org/a.git"`}},
	}
}

// looked is what is known of a site once it was looked into.
func looked(name string) job.SiteReport {
	for _, s := range quick().Sites {
		if s.Name != name {
			continue
		}
		s.Looked = true
		switch name {
		case "live":
			s.Live = &job.SiteLive{
				Tree: s.Path, Pin: job.PinReport{Tag: "v4.1.3", Release: "4.1.3 (Build: 20230403)", Confidence: job.PinExact, Differing: 22, Compared: 328},
				Series: "4.1", Findings: 30, Orphans: 5, Undecided: 4, Target: "LUVLE-4.1-deployment", Missing: 1, Plugins: 8,
			}
			s.Drift = []job.SiteDrift{
				{In: job.InTree, ID: job.DriftOrphans, Text: "5 findings that no branch explains, 4 undecided"},
				{In: job.InTree, ID: job.DriftMissing, Text: "1 change that LUVLE-4.1-deployment has and this tree lacks"},
			}
		case "staging":
			s.Pins = []job.EnvPin{
				{Line: 4, Variable: "MOODLE_GIT_HEAD", Component: "core", Value: "324df9db8e9be91ead687fefddf193ad50099363", Kind: job.EnvCommit, Release: "4.1.2 (Build: 20230313)"},
				{Line: 5, Variable: "MOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD", Component: "mod_attendance", Value: "tags/v3.1.0", Kind: job.EnvTag},
				{Line: 6, Variable: "MOODLE_PLUGIN_THEME_LUVLE_GIT_HEAD", Value: "v2.0", Kind: job.EnvName},
			}
			s.Drift = []job.SiteDrift{{In: job.InEnvFile, ID: job.DriftOlder, Text: "it pins Moodle 4.1.2 (Build: 20230313), and LUVLE-4.1-deployment has 4.1.3 (Build: 20230403)"}}
		case "production":
			s.Problems = []job.SiteProblem{{In: job.InEnvFile, Text: "there is no file /srv/deploy/production.env"}}
		}
		return s
	}
	return job.SiteReport{}
}

func answers(t testing.TB, look string, r *job.SitesReport, err error) (*screen.Host, *View) {
	t.Helper()
	h := tuitest.Host(t, look, func(context.Context) (*job.Site, error) { return nil, nil })
	v := New(h)
	v.asks.sites = func(_ context.Context, _ *job.Site, request job.SitesRequest) (*job.SitesReport, error) {
		if request.Quick || r == nil {
			return r, err
		}
		return &job.SitesReport{Sites: []job.SiteReport{looked(request.Names[0])}}, nil
	}
	v.asks.check = func(context.Context, *job.Site, job.EnvCheckRequest) (*job.EnvCheckReport, error) {
		return &job.EnvCheckReport{Files: []job.EnvChecked{{
			Pins:     looked("staging").Pins,
			Findings: []job.EnvFinding{{Line: 5, Variable: "MOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD", ID: "tag-unknown", Text: "there is no tag v3.1.0"}},
			Unproven: []job.EnvFinding{{Line: 6, Variable: "MOODLE_PLUGIN_THEME_LUVLE_GIT_HEAD", Text: "which plugin it is of does not stand in plugins.toml"}},
		}}}, nil
	}
	return h, v
}

func TestGolden(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", quick(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	d.Goldens("sites")
	d.Press("down", "down", "c")
	if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, "asks the plugins' repositories") {
		t.Errorf("%+v", m)
	}
	d.Goldens("checked")
	d.Press("G")
	d.Goldens("names")
	h, v = answers(t, "plain", &job.SitesReport{}, nil)
	tuitest.Drive(t, h, v, 80, 24, "").Goldens("empty")
	h, v = answers(t, "plain", nil, errors.New("this repository is not set up for mgit yet"))
	tuitest.Drive(t, h, v, 80, 24, "").Goldens("error")
	h, v = answers(t, "dark", quick(), nil)
	tuitest.Golden(t, "sites-colour", tuitest.Drive(t, h, v, 120, 40, "").Render())
}

// A site that cannot be looked into says so, and the others are looked into all the same.
func TestLookFails(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", quick(), nil)
	good := v.asks.sites
	v.asks.sites = func(ctx context.Context, site *job.Site, request job.SitesRequest) (*job.SitesReport, error) {
		if len(request.Names) == 1 && request.Names[0] == "live" {
			return nil, errors.New("the disk is on fire")
		}
		return good(ctx, site, request)
	}
	d := tuitest.Drive(t, h, v, 120, 40, "")
	if text := d.Plain(); !strings.Contains(text, "x the disk is on fire") || !strings.Contains(text, "! older") {
		t.Errorf("\n%s", text)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*job.SitesReport{quick(), {}, nil} {
		var problem error
		if r == nil {
			problem = errors.New("nothing")
		}
		h, v := answers(t, "plain", r, problem)
		d := tuitest.Drive(t, h, v, 80, 24, "")
		for _, b := range append(keys.Bindings(keymap.Sites), keys.Bindings(keymap.All)...) {
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

func TestOpens(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", quick(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	d.Press("enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m != (screen.OpenMsg{View: keymap.Corehacks, Subject: "/srv/moodle"}) {
		t.Errorf("%+v", m)
	}
	d.Press("o")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Plugins {
		t.Errorf("%+v", m)
	}
	for _, want := range []string{"not on this machine", "site.staging.path"} {
		d.Press("down", "enter")
		if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, want) {
			t.Errorf("%q, want %q", m.Text, want)
		}
	}
	d.Press("g", "b")
	if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, "site.live.env_file") {
		t.Errorf("%+v", m)
	}
}

// On a real repository: what runs, the check, and pins that are brought up to date and taken over.
func TestFlow(t *testing.T) {
	t.Parallel()
	s := tuitest.NewLiveSite(t)
	s.Shared("sites.toml", s.Git("show", "mgit:sites.toml")+"\n[site.second]\nenv_file = \"second.env\"\n")
	s.Write("second.env", "MOODLE_GIT_HEAD=v2.5.0\nPASSWORD=hunter2\n")
	h := s.Host()
	v := New(h)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	states := map[string]string{}
	for _, row := range v.list.Rows() {
		states[row.Name] = v.state(row).Text
	}
	if states["live"] != "! orphans" || states["staging"] != "! older" || states["elsewhere"] != "? not here" {
		t.Errorf("%v\n%s", states, d.Plain())
	}
	v.list.Select("staging")
	d.Press("c")
	tuitest.Taken[screen.NoticeMsg](d)
	if m := tuitest.Taken[screen.NoticeMsg](d); m.Text != "staging: 0 findings of 1 pin, 0 not to be told" {
		t.Errorf("%+v", m)
	}
	d.Press("e")
	if m := tuitest.Taken[screen.EditMsg](d); m.Dir != s.Path || m.Paths[0] != "staging.env" {
		t.Errorf("%+v", m)
	}
	d.Press("b")
	p, message := d.Run()
	if message != "1 pin changed." || !strings.Contains(strings.Join(p.Lines, "\n"), "2.5.1") || !strings.Contains(strings.Join(p.Lines, "\n"), "z does not take this back") {
		t.Errorf("%q %q", message, p.Lines)
	}
	if text := readFile(t, s, "staging.env"); !strings.Contains(text, s.Git("rev-parse", "v2.5.1^{commit}")) || !strings.Contains(text, "SECRET=hunter2") {
		t.Errorf("staging.env:\n%s", text)
	}
	v.list.Select("staging")
	d.Press("b")
	if p, _ := d.Run(); p.Nothing == "" {
		t.Errorf("again: %+v", p)
	}
	v.list.Select("staging")
	d.Press("t")
	d.Choose("second")
	if _, message := d.Run(); message != "1 pin changed. Nothing was committed." {
		t.Errorf("%q", message)
	}
	if text := readFile(t, s, "second.env"); !strings.Contains(text, s.Git("rev-parse", "v2.5.1^{commit}")) {
		t.Errorf("second.env:\n%s", text)
	}
	if strings.Contains(d.Plain(), "hunter2") {
		t.Error("a password is on the screen")
	}
}

func readFile(t *testing.T, s *tuitest.LiveSite, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Path, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
