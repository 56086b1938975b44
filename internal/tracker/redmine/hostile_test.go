package redmine_test

import (
	"testing"

	"mgit/internal/tracker"
	"mgit/internal/tracker/redmine"
	"mgit/internal/tracker/redmine/redminetest"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

func TestHostileServers(t *testing.T) {
	t.Parallel()
	trackertest.Hostile(t, func(*testing.T) trackertest.Victim {
		return trackertest.Victim{
			Honest: redminetest.Make(), Header: redmine.Header(developerKey), Secrets: []string{developerKey},
			New: func(s *web.Server) tracker.Client {
				return redmine.New(s, redmine.Options{Project: "moodle-upgrade", Type: "Task", ParentType: "Feature"})
			},
		}
	})
}
