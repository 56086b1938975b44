package job

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/config"
)

const readmeFile = "README"

// readmeText is for whoever comes across the branch.
const readmeText = `This branch belongs to mgit, which moves the changes of a Moodle site from one Moodle release to
the next. It has no history in common with Moodle and is never merged into it.

  mgit.toml         the site's settings, and a record for each of its branches
  upgrades/         what was decided about each branch in an upgrade, and how far it is
  resolutions/      how conflicts were resolved, so that nobody resolves one twice
  plugins.toml      plugins that somebody else maintains
  sites.toml        the places where the code runs
  decisions.toml    what was decided about differences between a live tree and its pin
  picks.toml        fixes that were picked onto branches, and where they are from

The files are data and meant to be read. Change them with "mgit config edit", or commit here as on any
other branch; the branch only ever moves forward. Nothing in it is executed, and what opens a gate is in force
in a clone only once "mgit config trust" has confirmed it there.
`

// settings returns mgit.toml with the values of the plan.
func (p *InitPlan) settings() ([]byte, error) {
	text := p.old
	if text == nil {
		text = p.newSettings()
	}
	doc, err := config.ParseDocument(settingsFile, text)
	if err != nil {
		return nil, err
	}
	for _, v := range p.values {
		if err := doc.SetValue(v.Value, v.Path...); err != nil {
			return nil, err
		}
	}
	return doc.Bytes(), nil
}

// newSettings is a commented mgit.toml with places for the values of the plan.
func (p *InitPlan) newSettings() []byte {
	var b strings.Builder
	b.WriteString("# Settings of the site, shared by everybody who works on it. The manual explains every key.\nformat = 1\n\n")
	p.part(&b, "# How the names of branches begin.", "customer")
	scheme := branches.DefaultTemplate
	fmt.Fprintf(&b, "# How they are made.\nscheme = %s\n\n", mustFormat(scheme))
	fmt.Fprintf(&b, "# The types of branch.\ntypes = %s\n\n", mustFormat(branches.DefaultTypes()))
	p.part(&b, "# The series in production: what a command means that is not told otherwise.", "series")
	p.table(&b, "# The branches that the others are merged into, by series.", "targets")
	p.table(&b, "# Releases are tagged {ourname}-moodle-{shortcustomer}_v{moodle-version}-{local-release}.", "release")
	p.table(&b, "# What a repository is to the site: upstream (Moodle), internal (our own), public, integration.\n"+
		"# Where a repository has no role nothing is ever pushed to it.", "remote")
	b.WriteString("# Branch records follow: [branch.\"<component>[-<short name>]\"] with reason, ticket, owner, paths …\n")
	b.WriteString(p.request.Records)
	return []byte(b.String())
}

// part writes a key of the plan with its comment.
func (p *InitPlan) part(b *strings.Builder, comment, key string) {
	for _, v := range p.values {
		if slices.Equal(v.Path, []string{key}) {
			fmt.Fprintf(b, "%s\n%s = %s\n\n", comment, key, mustFormat(v.Value))
		}
	}
}

// table writes the keys of the plan below one table, with the comment first.
func (p *InitPlan) table(b *strings.Builder, comment, table string) {
	last := ""
	for _, v := range p.values {
		if v.Path[0] != table {
			continue
		}
		if last == "" {
			b.WriteString(comment + "\n")
		}
		if header := config.FormatPath(v.Path[:len(v.Path)-1]...); header != last {
			fmt.Fprintf(b, "[%s]\n", header)
			last = header
		}
		fmt.Fprintf(b, "%s = %s\n", config.FormatKey(v.Path[len(v.Path)-1]), mustFormat(v.Value))
	}
	if last != "" {
		b.WriteString("\n")
	}
}

// mustFormat writes a text or a list of texts, which TOML can always hold when it
// is UTF-8. Anything else comes out empty, and the document will not parse.
func mustFormat(value any) string {
	text, _ := config.FormatValue(value)
	return text
}
