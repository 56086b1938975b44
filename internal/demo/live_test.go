package demo

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The live tree differs from the deployment branch exactly where the findings
// say, and each difference is of its class.
func TestLiveTree(t *testing.T) {
	t.Parallel()
	s, repo := theSite(t)
	live := readTree(t, s.Live)
	deployed := readTree(t, s.Site)
	noted := map[string]Finding{}
	for _, f := range s.Findings {
		noted[f.Path] = f
	}
	for path, is := range live {
		was, tracked := deployed[path]
		f, ok := noted[path]
		if !ok && is != was {
			t.Errorf("%s differs and nobody says so", path)
		}
		if ok && tracked == (f.Class == "unknown" || f.Class == "foreign" || f.Class == "expected" || f.Class == "plugin") {
			t.Errorf("%s is %s; in the deployment branch: %t", path, f.Class, tracked)
		}
	}
	for path := range deployed {
		if _, there := live[path]; !there && noted[path].Class != "missing" {
			t.Errorf("%s is missing and nobody says so", path)
		}
	}
	show := func(rev, path string) string { return repo.Git("show", rev+":"+path) + "\n" }
	for path, f := range noted {
		var ok bool
		switch f.Class {
		case "modified":
			ok = live[path].data != deployed[path].data
		case "missing":
			ok = live[path] == file{} && deployed[path] != file{}
		case "stale":
			ok = live[path].data == show("v4.1.0", path) && live[path].data != show("v4.1.3", path)
		case "backport":
			ok = live[path].data == show("v4.1.6", path) && live[path].data != show("v4.1.3", path)
		case "whitespace":
			ok = live[path].data != deployed[path].data && string(bytes.ReplaceAll([]byte(live[path].data), []byte("\r"), nil)) == deployed[path].data
		case "lacking":
			ok = live[path].data == show("v4.1.3", path) && live[path].data != deployed[path].data
		case "mode":
			ok = live[path].data == deployed[path].data && live[path].mode == modeExec && deployed[path].mode == modeFile
		case "unknown", "foreign", "expected", "plugin":
			ok = live[path] != file{}
		}
		if !ok {
			t.Errorf("%s is not %s", path, f.Class)
		}
	}
	for _, class := range []string{"modified", "missing", "unknown", "stale", "backport", "whitespace", "mode", "foreign", "lacking", "expected", "plugin"} {
		if !slices.ContainsFunc(s.Findings, func(f Finding) bool { return f.Class == class }) {
			t.Errorf("nothing is %s", class)
		}
	}
}

// readTree reads a folder, its .git left out.
func readTree(t *testing.T, dir string) map[string]file {
	t.Helper()
	all := map[string]file{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		f := file{modeFile, string(data)}
		if info.Mode()&0o100 != 0 {
			f.mode = modeExec
		}
		name, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
