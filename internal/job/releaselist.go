package job

import (
	"context"
	"time"

	"mgit/internal/moodle"
)

// ReleaseListRequest says which releases are listed.
type ReleaseListRequest struct {
	Series string // as typed; "" is all of them
}

// ReleaseList lists the releases that this clone has.
type ReleaseList struct {
	Releases []ListedRelease `json:"releases"` // newest first
}

// ListedRelease is a release by what its tag says of itself. Nothing of that is proven: [VerifyRelease]
// does it.
type ListedRelease struct {
	Tag    string     `json:"tag"`
	Commit ID         `json:"commit"`
	Target string     `json:"target"`
	Moodle Commit     `json:"moodle"` // the newest of upstream in it
	When   *time.Time `json:"when"`   // null for a tag that has no message
	Who    string     `json:"who"`
	// Branches and Form are by the manifest; Signed says that there is a signature, whatever it is worth.
	Branches int    `json:"branches"`
	Form     string `json:"form"` // short, long; "" where there is no manifest
	Signed   bool   `json:"signed"`
	// Fault is why there is no manifest that can be used; "" where there is one.
	Fault string `json:"fault"`
}

// ListReleases lists the tags whose names are those of releases by the settings, or whose message is a
// manifest. It writes nothing.
func ListReleases(ctx context.Context, site *Site, request ReleaseListRequest) (*ReleaseList, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	var only moodle.Series
	if request.Series != "" {
		var err error
		if only, err = site.Series(ctx, request.Series); err != nil {
			return nil, err
		}
	}
	found, err := site.releaseTags(ctx)
	if err != nil {
		return nil, err
	}
	report := &ReleaseList{Releases: []ListedRelease{}}
	for _, f := range found {
		l := f.listed()
		if tag, err := moodle.ParseTag(l.Moodle.Tag); !only.IsZero() && (err != nil || tag.Series != only) {
			continue
		}
		report.Releases = append(report.Releases, l)
	}
	return report, nil
}

func (t *foundRelease) listed() ListedRelease {
	l := ListedRelease{Tag: t.name, Commit: ID(t.ref.Peeled)}
	if t.tag != nil {
		when := t.tag.Tagger.When.UTC()
		l.When, l.Who, l.Signed = &when, t.tag.Tagger.Name, t.tag.Signature != ""
	}
	if t.err != nil {
		l.Fault = t.err.Error()
	}
	if m := t.manifest; m != nil {
		l.Target, l.Branches, l.Form = m.Target, m.Branches(), string(m.Form)
		l.Moodle = Commit{Tag: m.Upstream.Name, Commit: ID(m.Upstream.Commit)}
	}
	return l
}
