package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// sites asks about the sites of sites.toml.
func (s *liveSite) sites(request job.SitesRequest) *job.SitesReport {
	s.t.Helper()
	site := s.open("")
	defer site.Close()
	r, err := job.Sites(s.t.Context(), site, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// A site that cannot be read stops no other; each is held against its own target.
func TestSites(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.shared("sites.toml", "format = 1\n[site.live]\nenvironment = \"production\"\npath = \""+s.live+"\"\ntarget = \"deployment\"\n"+
		"[site.empty]\npath = \""+t.TempDir()+"\"\n[site.file]\nenv_file = \"gone.env\"\n"+
		"[site.old]\nenv_file = \"old.env\"\ntarget = \"deployment\"\n[site.test]\nenv_file = \"old.env\"\ntarget = \"test\"\n[site.typo]\nenv_file = \"old.env\"\ntarget = \"tset\"\n")
	pin := strings.TrimSpace(s.Git("rev-parse", "v2.5.0^{commit}"))
	if err := os.WriteFile(filepath.Join(s.Path, "old.env"), []byte("MOODLE_GIT_HEAD="+pin+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s.put("course/lib.php", text(40, map[int]string{3: "somebody's"}))
	r := s.sites(job.SitesRequest{})
	got := map[string][]string{}
	for _, site := range r.Sites {
		got[site.Name] = []string{}
		for _, d := range site.Drift {
			got[site.Name] = append(got[site.Name], d.In+" "+d.ID)
		}
		for _, p := range site.Problems {
			got[site.Name] = append(got[site.Name], p.In+" problem")
		}
		if site.NeedsPerson() != (len(got[site.Name]) > 0) {
			t.Errorf("%s: whether it needs somebody is not what is said of it", site.Name)
		}
	}
	for name, want := range map[string][]string{
		"live":  {"tree orphans"},
		"empty": {"tree problem"},
		"file":  {"env_file problem"},
		"old":   {"env_file older"},
		"test":  {"tree not-built"},
		"typo":  {"tree problem"},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if live := r.Sites[slices.IndexFunc(r.Sites, func(s job.SiteReport) bool { return s.Name == "live" })]; live.Live.Orphans != 1 ||
		live.Runs() != "2.5.1 (Build: 20241007)" || live.Target.Name != one+"deployment" {
		t.Errorf("live: %+v", live)
	}
	if !r.Found() {
		t.Error("a check would find nothing")
	}
	kinds := []string{}
	for _, tree := range r.Trees {
		kinds = append(kinds, tree.Kind+" "+tree.Site+tree.Tree)
	}
	if want := "site live" + s.live; len(kinds) != 4 || kinds[0] != want || kinds[1] != "worktree " {
		t.Errorf("trees: %q, want production first, then the work tree", kinds)
	}
}

// Without looking nothing is said of what was not looked at.
func TestSitesQuick(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.shared("sites.toml", "format = 1\n[site.live]\npath = \""+s.live+"\"\ntarget = \"deployment\"\n[site.other]\npath = \"relative\"\n")
	r := s.sites(job.SitesRequest{Quick: true, Names: []string{"other", "live", "live"}})
	if len(r.Sites) != 2 || r.Sites[0].Looked || r.Sites[0].Live != nil || !r.Sites[0].IsHere || r.Sites[1].IsHere || r.Found() {
		t.Errorf("%+v", r.Sites)
	}
	if r.Sites[0].Target.Release != "2.5.1 (Build: 20241007)" {
		t.Errorf("the target has %q", r.Sites[0].Target.Release)
	}
	site := s.open("")
	defer site.Close()
	_, err := job.Sites(t.Context(), site, job.SitesRequest{Names: []string{"nowhere"}})
	var usage *job.UsageError
	if !errors.As(err, &usage) || usage.Hint != "the sites are live, other" {
		t.Errorf("%v", err)
	}
}
