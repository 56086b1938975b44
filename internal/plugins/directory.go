package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/remote"
	"mgit/internal/web"
)

// A directory service lists plugins with the places of their repositories, as
// pluglist.php of Moodle's plugins directory did. It is asked only where somebody has set
// its address, and what it says is shown and never acted on: a URL from there becomes one
// that is fetched from when a person enters it into plugins.toml. Zip files are not
// taken: a release is a commit of the plugin's own repository, whose id proves what it holds.

// Directory is what a directory service listed.
type Directory struct {
	URL     string
	When    time.Time // it was asked
	Entries map[string]DirectoryEntry
}

// DirectoryEntry is what a directory says about one plugin.
type DirectoryEntry struct {
	Repository string // URL; "" where it has none that could be used
	Versions   []DirectoryVersion
}

// DirectoryVersion is a version in a directory, as far as it can be used.
type DirectoryVersion struct {
	Version  string // $plugin->version
	Release  string
	Tag      string
	Maturity int // 50 alpha, 100 beta, 150 rc, 200 stable
	// Series are those of Moodle that it is said to support.
	Series []moodle.Series
}

// Newest returns the newest version that is said to support the series and is stable.
func (e DirectoryEntry) Newest(series moodle.Series) (DirectoryVersion, bool) {
	var best DirectoryVersion
	found := false
	for _, v := range e.Versions {
		supports := false
		for _, s := range v.Series {
			supports = supports || s.Compare(series) == 0
		}
		isNewer := !found || moodle.CompareVersions(v.Version, best.Version) > 0
		if supports && v.Maturity >= maturity("stable") && isNewer {
			best, found = v, true
		}
	}
	return best, found
}

// DirectoryError says that a directory's answer is not one, or not all of it.
type DirectoryError struct{ Reason string }

func (e *DirectoryError) Error() string { return "the directory's answer " + e.Reason }

// The field names of pluglist.php.
type pluglist struct {
	Timestamp *json.Number `json:"timestamp"`
	Plugins   []struct {
		Component string `json:"component"` // null or "" for what is no plugin
		Source    string `json:"source"`
		Versions  []struct {
			Version  json.RawMessage `json:"version"`
			Release  string          `json:"release"`
			Maturity int             `json:"maturity"`
			VCS      string          `json:"vcssystem"`
			URL      string          `json:"vcsrepositoryurl"`
			Tag      string          `json:"vcstag"`
			Moodles  []struct {
				Release json.RawMessage `json:"release"`
			} `json:"supportedmoodles"`
		} `json:"versions"`
	} `json:"plugins"`
}

// ParseDirectory reads the answer of a directory. It must be whole: a list that was cut off would
// make plugins disappear. The error is a *DirectoryError.
func ParseDirectory(data []byte) (map[string]DirectoryEntry, error) {
	var list pluglist
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, &DirectoryError{"is not whole, or no list of plugins: " + err.Error()}
	}
	if list.Timestamp == nil || len(list.Plugins) == 0 {
		return nil, &DirectoryError{"has no timestamp or no plugins: it is no list of plugins, or not all of it"}
	}
	entries := make(map[string]DirectoryEntry)
	for _, p := range list.Plugins {
		if _, err := moodle.ParseComponent(p.Component); err != nil {
			continue // of something that is no plugin
		}
		var e DirectoryEntry
		e.take(p.Source)
		for _, v := range p.Versions { // old to new: the last one wins
			version := unquoted(v.Version)
			if version == "" || strings.Trim(version, "0123456789.") != "" {
				continue
			}
			if v.VCS == "" || v.VCS == "git" {
				e.take(v.URL)
			}
			each := DirectoryVersion{Version: version, Release: v.Release, Tag: v.Tag, Maturity: v.Maturity}
			for _, m := range v.Moodles {
				if s, err := moodle.ParseSeries(unquoted(m.Release)); err == nil {
					each.Series = append(each.Series, s)
				}
			}
			e.Versions = append(e.Versions, each)
		}
		entries[p.Component] = e
	}
	return entries, nil
}

// take keeps the URL of a repository that mgit could fetch from.
func (e *DirectoryEntry) take(url string) {
	if u, err := remote.ParseURL(url); err == nil && u.Transport == remote.HTTPS && remote.CheckShared(url) == nil {
		e.Repository = url
	}
}

// unquoted is a number or a text of JSON as a text.
func unquoted(raw json.RawMessage) string {
	return strings.Trim(string(raw), `"`)
}

const (
	directoryFile  = "directory.json"
	directoryAge   = 24 * time.Hour
	directoryLimit = 64 << 20
)

// AskDirectory returns what the directory at url lists, as it was asked within the last day
// or else now. The error is a *DirectoryError, one of package web, or the disk's.
func AskDirectory(ctx context.Context, stateDir, url string, now time.Time, opt web.Options) (*Directory, error) {
	file := filepath.Join(stateDir, cacheFolder, directoryFile)
	if d := readDirectory(file, url); d != nil && now.Sub(d.When) < directoryAge && !d.When.After(now) {
		return d, nil
	}
	opt.Limit, opt.UserAgent = directoryLimit, "mgit"
	server, err := web.New(url, opt)
	if err != nil {
		return nil, err
	}
	answer, err := server.Do(ctx, web.Request{})
	if err != nil {
		return nil, err
	}
	entries, err := ParseDirectory(answer.Body)
	if err != nil {
		return nil, err
	}
	d := &Directory{URL: url, When: now, Entries: entries}
	return d, d.write(file)
}

// readDirectory reads what was kept; nil where there is nothing that could be used.
func readDirectory(file, url string) *Directory {
	data, err := os.ReadFile(file)
	var d Directory
	if err != nil || json.Unmarshal(data, &d) != nil || d.URL != url {
		return nil
	}
	return &d
}

func (d *Directory) write(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keep what the directory lists: %w", err)
	}
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("keep what the directory lists: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), directoryFile+".*")
	if err != nil {
		return fmt.Errorf("keep what the directory lists: %w", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep what the directory lists: %w", err)
	}
	return os.Rename(f.Name(), file)
}
