package corehack

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/upstream"
)

// contentLimit is the largest file whose content is compared. The largest text
// in Moodle is a tenth of it.
const contentLimit = 32 << 20

// changed classifies a path that both trees have and that is not the same there.
func (c *comparison) changed(p *File, f *live.File) {
	finding := Finding{
		Path: p.Path, Class: Modified, Pristine: Side{Mode: p.Mode, ID: p.ID}, Live: side(f),
		Origin: upstream.None, Removal: upstream.None, Files: 1, Secret: isSecret(p.Path, c.Layout.Docroot(), true),
	}
	isLink, wasLink := f.Mode == git.ModeLink, p.Mode == git.ModeLink
	finding.ModeChanged = !isLink && !wasLink && f.Mode != p.Mode
	switch {
	case isLink && !wasLink:
		finding.Evidence = "a link stands in the place of the file"
	case wasLink && !isLink:
		finding.Evidence = "a file stands in the place of a link"
	case f.ID == git.ZeroID:
		if !c.unhashed(p, f, &finding) {
			return
		}
	case f.ID == p.ID:
		finding.Class = Mode // finish says which
	case isLink:
		finding.Evidence = "the link leads elsewhere"
	case c.explain(&finding, c.origins(&finding)):
	default:
		if !c.compareContents(p, f, &finding) {
			return
		}
	}
	c.Findings = append(c.Findings, finding)
}

func side(f *live.File) Side { return Side{Mode: f.Mode, ID: f.ID, Size: f.Size} }

// unhashed says what is known of a file without its content: that it is unread,
// and that it is modified if its size tells. It reports whether it does.
func (c *comparison) unhashed(p *File, f *live.File, finding *Finding) bool {
	c.addUnread(f.Path, "it was not hashed")
	data, err := c.Blob(c.ctx, p.ID)
	if err != nil || int64(len(data)) == f.Size {
		return false
	}
	finding.Evidence = fmt.Sprintf("%d bytes, upstream's file has %d; its content was not read", f.Size, len(data))
	return true
}

// compareContents tells a change of white space, and another upstream version with
// converted line ends, from a real change. It reports false for a file that could
// not be read, which says nothing about it.
func (c *comparison) compareContents(p *File, f *live.File, finding *Finding) bool {
	if f.Size > contentLimit {
		finding.Evidence = fmt.Sprintf("%d bytes: too large to look for the difference", f.Size)
		return true
	}
	data, err := c.read(f.Path, contentLimit)
	if err != nil {
		return false
	}
	pristine, err := c.Blob(c.ctx, p.ID)
	if err != nil {
		c.lost++
		finding.Evidence = "upstream's content is not in the repository"
	} else if what := onlySpace(pristine, data); what != "" {
		finding.Class, finding.Evidence = Whitespace, what
		return true
	}
	origins := c.unixOrigins(f.Path, data)
	c.explain(finding, origins)
	if len(origins) > 0 {
		finding.addEvidence(lineEnds)
	}
	return true
}

// addEvidence adds to what is said for a finding.
func (f *Finding) addEvidence(text string) {
	if f.Evidence != "" {
		f.Evidence += ", "
	}
	f.Evidence += text
}

// sayMode says what became of the mode of a file.
func (f *Finding) sayMode() {
	switch {
	case !f.ModeChanged:
	case f.Live.Mode == git.ModeExec:
		f.addEvidence("executable")
	default:
		f.addEvidence("no longer executable")
	}
}

// settleLineEnds looks again at files that are another upstream version, in a tree
// whose line ends were converted: upstream had some files with other line ends
// once, so that a converted file can be, byte for byte, an old one. What says the
// same as the pin's file is then not called stale.
func (c *comparison) settleLineEnds() {
	converted := 0
	var versions []*Finding
	for i := range c.Findings {
		switch f := &c.Findings[i]; {
		case f.Class == Whitespace && f.Evidence == lineEnds:
			converted++
		case (f.Class == Stale || f.Class == Backport) && f.Pristine.Mode != 0 && !strings.HasSuffix(f.Evidence, lineEnds):
			versions = append(versions, f)
		}
	}
	if converted < len(versions) {
		return
	}
	for _, f := range versions {
		if f.Live.Size > contentLimit || c.ctx.Err() != nil {
			continue
		}
		data, err := c.read(f.Path, contentLimit)
		if err != nil {
			continue
		}
		pristine, err := c.Blob(c.ctx, f.Pristine.ID)
		if err == nil && onlySpace(pristine, data) == lineEnds {
			f.Class, f.Evidence = Whitespace, lineEnds+", as upstream had them in "+c.name(f.Origin)
		}
	}
}

// read reads a file of the tree. A file that cannot be read, or that is no longer
// what it was, is noted as unread.
func (c *comparison) read(path string, limit int64) ([]byte, error) {
	data, err := c.Tree.Read(path, limit)
	if err != nil {
		c.addUnread(path, reason(err))
	}
	return data, err
}

// reason says in words of this package why a file was not read: the error has
// the path in it, which the reader has already.
func reason(err error) string {
	switch {
	case errors.Is(err, live.ErrChanged), errors.Is(err, fs.ErrNotExist):
		return "it changed while it was read"
	case errors.Is(err, live.ErrTooBig):
		return "too large to read"
	case errors.Is(err, live.ErrNotRegular):
		return "it is no longer a file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return "it could not be read"
}
