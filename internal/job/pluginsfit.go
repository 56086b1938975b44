package job

import (
	"fmt"

	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/remote"
)

// fitPlugin says how far a plugin suits the tree's Moodle and the one that was asked
// about, and which release of it would.
func (s *Site) fitPlugin(found *plugins.Plugin, p *InventoryPlugin, r *PluginsReport) error {
	var err error
	if found.HasVersion {
		if p.Fit, err = fitOn(found.Version, r.Moodle); err != nil {
			return err
		}
		if r.For != nil {
			if p.FitFor, err = fitOn(found.Version, *r.For); err != nil {
				return err
			}
		}
	}
	core := r.Moodle
	if r.For != nil {
		core = *r.For
	}
	if p.Origin.Kind == FromOwner {
		return nil
	}
	p.Newest, p.NewestNote, err = s.newestFitting(p.Component, core.version)
	return err
}

// fitOn is null for a Moodle that does not say which series it is.
func fitOn(v moodle.Plugin, core PluginCore) (*PluginFit, error) {
	if core.Series.IsZero() {
		return nil, nil
	}
	fit, why, err := v.FitOn(core.version)
	if err != nil {
		return nil, err
	}
	return &PluginFit{Fit: fit.String(), Why: why}, nil
}

// newestFitting is the newest release that fits, as far as its repository was asked
// before; else why there is none. Nobody is asked.
func (s *Site) newestFitting(component string, core moodle.Version) (*Newer, string, error) {
	choice, _, err := s.NewestKnown(component, core)
	if err != nil {
		return nil, "", fmt.Errorf("choose a release of %s: %w", component, err)
	}
	if choice.Release == nil {
		return nil, validText(choice.Why), nil
	}
	return newer(choice), "", nil
}

func newer(c plugins.Choice) *Newer {
	return &Newer{
		Name: ShowPath(c.Release.Name), Commit: ID(c.Commit), Version: c.Plugin.Version, Release: validText(c.Plugin.Release),
		Fit: c.Fit.String(), Why: validText(c.Why),
	}
}

// shownSource is the URL of a plugin's repository in plugins.toml, fit to be shown.
func (s *Site) shownSource(component string) string {
	return remote.Redact(s.Config.Plugins[component].URL)
}
