package job

import (
	"context"
	"fmt"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// askDirectory notes what a directory of plugins says beyond what their repositories do:
// where a plugin's repository is, when plugins.toml does not know that, and that there is a
// newer version. Nothing is fetched because a directory says so.
func (r *PluginsUpdateReport) askDirectory(ctx context.Context) error {
	address := r.site.Config.Directory
	if address == "" {
		return nil
	}
	options := r.request.Web
	options.Timeout = r.request.Timeout
	d, err := plugins.AskDirectory(ctx, r.site.Repo.StateDir(), address, time.Now().UTC().Truncate(time.Second), options)
	if err != nil {
		r.Warnings = append(r.Warnings, Warning{ID: "directory", Text: fmt.Sprintf("the directory of plugins was of no use: %v", err)})
		return ctx.Err()
	}
	series, err := r.version.Series()
	if err != nil {
		return err
	}
	for i := range r.Plugins {
		p := &r.Plugins[i]
		entry, listed := d.Entries[p.Component]
		if !listed {
			continue
		}
		if p.URL == "" && entry.Repository != "" {
			p.Notes = append(p.Notes, fmt.Sprintf("the directory says that its repository is %s; mgit config edit plugin.%s.url %s takes it over",
				entry.Repository, p.Component, entry.Repository))
		}
		newest, ok := entry.Newest(series)
		if known := p.choice.Release; ok && (known == nil || moodle.CompareVersions(newest.Version, known.Plugin.Version) > 0) {
			p.Notes = append(p.Notes, fmt.Sprintf("the directory has %s for %s", directoryRelease(newest), series))
		}
	}
	return nil
}

func directoryRelease(v plugins.DirectoryVersion) string {
	text := "version " + v.Version
	if v.Release != "" {
		text = v.Release + " (" + v.Version + ")"
	}
	if v.Tag != "" && v.Tag != v.Release {
		text += ", tag " + v.Tag
	}
	return text
}
