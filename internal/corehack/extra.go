package corehack

import (
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/upstream"
)

// folder is a folder on the way to a file that the pin lacks.
type folder struct {
	path    string
	names   []string // of the path
	plugin  int      // the innermost plugin that has it, -1 for none
	rule    int      // the last pattern of expected files that matches it, -1 for none
	ruled   string   // the folder that matched it
	pinned  bool     // the pin has it
	core    bool     // it is, or lies in, a folder of the pin other than the root
	foreign string   // the highest folder around it that the pin lacks, or itself; ""
	data    string   // the data folder that it lies in, or ""
	lang    string   // the language pack that it lies in, or ""
	clone   string   // the repository that it lies in and that is no plugin, or ""
	git     bool     // it is, or lies in, a folder called .git
}

// sorter classifies the files that the pin lacks, by path.
type sorter struct {
	*comparison
	repositories map[string]*live.Repository
	way          []folder // from the root down to the folder of the last file
	names        []string // the names of the file looked at
	// heaps are files that are no code, by the folder that the pin lacks.
	heaps    map[string]*heap
	order    []*heap
	expected map[string]int // place in Expected by path
}

// heap is what one folder holds that the pin lacks and that is no code.
type heap struct {
	path    string
	clone   bool
	files   int
	unknown bool
	secret  bool
	each    []Finding // while they are few
	all     []*live.File
}

// heapLimit is the most files of a folder that are findings of their own.
const heapLimit = 50

func (c *comparison) extras(files []*live.File) {
	s := sorter{comparison: c, repositories: c.nestedRepositories(), heaps: make(map[string]*heap), expected: make(map[string]int)}
	s.way = []folder{{plugin: -1, rule: -1, pinned: true}}
	for _, f := range files {
		if c.ctx.Err() != nil {
			return
		}
		s.sort(f)
	}
	for _, h := range s.order {
		found := h.findings()
		if len(found) == 1 && found[0].Folder {
			c.below[h.path] = h.all
		}
		c.Findings = append(c.Findings, found...)
	}
}

// sort counts a file or makes a finding of it.
func (s *sorter) sort(f *live.File) {
	dir, base := cutPath(f.Path)
	in := s.enter(dir)
	rule, at := in.rule, in.ruled
	s.names = append(append(s.names[:0], in.names...), base)
	if own := s.rules.last(s.names, false); own > rule {
		if s.rules.means(own) != s.rules.means(rule) {
			at = f.Path
		}
		rule = own
	}
	switch {
	case s.rules.means(rule):
		s.expect(at, s.rules.Patterns[rule].text)
	case in.plugin >= 0:
		s.Plugins[in.plugin].Files++
		s.Counts.PluginFiles++
	case rule < 0 && in.lang != "" && s.inLanguagePack(f, f.Path[len(in.lang)+1:]):
		s.expect(in.lang, LanguagePack)
	case rule < 0 && in.data != "" && inDataFolder(f.Path[len(in.data)+1:]):
		s.expect(in.data, DataFolder)
	default:
		s.find(in, f, base)
	}
}

func (s *sorter) expect(path, rule string) {
	s.Counts.ExpectedFiles++
	i, ok := s.expected[path]
	if !ok {
		i = len(s.Expected)
		s.expected[path] = i
		s.Expected = append(s.Expected, Expected{Path: path, Rule: rule})
	}
	s.Expected[i].Files++
}

// enter returns what is known of a folder. Files come by path, so that the
// folders around the last one are there already.
func (s *sorter) enter(dir string) *folder {
	for !inOrAt(dir, s.way[len(s.way)-1].path) {
		s.way = s.way[:len(s.way)-1]
	}
	for {
		last := &s.way[len(s.way)-1]
		if last.path == dir {
			return last
		}
		start := len(last.path)
		if start > 0 {
			start++
		}
		end := len(dir)
		if i := strings.IndexByte(dir[start:], '/'); i >= 0 {
			end = start + i
		}
		s.way = append(s.way, s.inside(last, dir[:end], dir[start:end]))
	}
}

func inOrAt(path, dir string) bool { return path == dir || inDir(path, dir) }

// inside looks at a folder in another one.
func (s *sorter) inside(in *folder, path, name string) folder {
	d := folder{
		path: path, names: append(in.names[:len(in.names):len(in.names)], name), plugin: in.plugin,
		rule: in.rule, ruled: in.ruled, foreign: in.foreign, data: in.data, lang: in.lang, clone: in.clone,
		git: in.git || name == ".git",
	}
	if own := s.rules.last(d.names, true); own > d.rule {
		if s.rules.means(own) != s.rules.means(d.rule) {
			d.ruled = path
		}
		d.rule = own
	}
	if i, ok := s.plugins[path]; ok {
		d.plugin, d.clone = i, ""
	}
	if d.git { // Git's is nobody's, a plugin's neither
		d.plugin, d.lang, d.data = -1, "", ""
	}
	d.pinned = in.pinned && s.pinHasDir(path)
	d.core = in.core || d.pinned && !s.isRoot(path)
	if d.pinned || d.plugin >= 0 {
		return d
	}
	if d.foreign == "" {
		d.foreign = path
	}
	if s.repositories[path] != nil && d.clone == "" {
		d.clone = path
	}
	if d.lang == "" && s.isLanguagePack(path) {
		d.lang = path
	}
	if d.data == "" && !d.core && !d.git && s.isDataFolder(path) {
		d.data = path
	}
	return d
}

// find makes a finding of a file that nothing accounts for.
func (s *sorter) find(in *folder, f *live.File, base string) {
	finding := Finding{
		Path: f.Path, Live: side(f), Origin: upstream.None, Removal: upstream.None, Files: 1,
		Secret: isSecret(f.Path, s.Layout.Docroot(), false),
	}
	if s.explainFile(f, &finding) {
		s.Findings = append(s.Findings, finding)
		return
	}
	s.judge(in, f, base, &finding)
	switch {
	case finding.Evidence != "":
	case in.git:
		finding.Evidence = "in a .git folder, which a web server may serve"
	case in.clone != "":
		finding.Evidence = "in a Git repository that is no plugin"
	}
	if finding.Secret && f.Mode != git.ModeLink {
		if finding.Code {
			finding.addEvidence(holdsPasswords)
		} else {
			finding.addEvidence(servesPasswords)
		}
	}
	if finding.Code || in.foreign == "" {
		s.Findings = append(s.Findings, finding)
		return
	}
	s.heapOf(in).add(finding, f)
}

// explainFile looks for a file of the tree in upstream's history, with converted
// line ends too. It reports whether the file is one of another upstream version.
func (s *sorter) explainFile(f *live.File, finding *Finding) bool {
	if f.Mode == git.ModeLink || s.Index == nil || !s.Index.HasPath(f.Path) {
		return false
	}
	origins := s.origins(finding)
	if len(origins) > 0 || f.ID == git.ZeroID || f.Size > contentLimit {
		return s.explainExtra(finding, origins)
	}
	if data, err := s.read(f.Path, contentLimit); err == nil {
		origins = s.unixOrigins(f.Path, data)
	}
	explained := s.explainExtra(finding, origins)
	if len(origins) > 0 {
		finding.addEvidence(lineEnds)
	}
	return explained
}

// judge tells an unknown file from a foreign one.
func (s *sorter) judge(in *folder, f *live.File, base string, finding *Finding) {
	k := kindOf(base)
	if s.isRoot(in.path) && isConfigCopy(base) {
		k = backup
	}
	finding.Class = Foreign
	if f.Mode != git.ModeLink && s.isDump(f, base) {
		finding.Secret = true
		if (in.core || in.pinned) && f.Size < largeSQL && s.looksLikeCode(f, archive, finding) {
			finding.Class, finding.Code = Unknown, true
		}
		return
	}
	switch {
	case k == code:
		finding.Class, finding.Code = Unknown, true
	case k == backup:
		return
	case (in.core || in.pinned) && f.Mode != git.ModeLink && s.looksLikeCode(f, k, finding):
		finding.Class, finding.Code = Unknown, true
	case !in.core:
	case k == other, s.pinKeeps(in, base):
		finding.Class = Unknown
	}
	if finding.Evidence == "" && f.Mode == git.ModeLink {
		finding.Evidence = "a link"
	}
}

// isConfigCopy reports whether a file of the root is a copy of config.php that no
// web server takes for PHP.
func isConfigCopy(base string) bool {
	lower := strings.ToLower(base)
	return isConfigName(lower) && strings.Contains(lower, "config.php") && !strings.HasSuffix(lower, "php")
}

// looksLikeCode reads the beginning of a file and says what it shows.
func (s *sorter) looksLikeCode(f *live.File, k kind, finding *Finding) bool {
	if f.Size == 0 || s.unread[f.Path] {
		return false
	}
	head, err := s.head(f)
	if errors.Is(err, live.ErrTooBig) {
		finding.Evidence = "too large to look for code in it"
	}
	if err != nil || !holdsCode(head, k) {
		return false
	}
	if finding.Evidence == "" {
		finding.Evidence = "code behind a harmless name"
	}
	return true
}

// header is a tree that can read the beginning of a file alone.
type header interface {
	// Head is as Read for the first bytes of a file, n at most, whatever its size.
	Head(path string, n int64) ([]byte, error)
}

func (s *sorter) head(f *live.File) ([]byte, error) {
	var head []byte
	var err error
	switch t, ok := s.Tree.(header); {
	case ok:
		head, err = t.Head(f.Path, headLimit)
	case f.Size > contentLimit:
		err = live.ErrTooBig
	default:
		head, err = s.Tree.Read(f.Path, contentLimit)
		head = head[:min(len(head), headLimit)]
	}
	if err != nil && !errors.Is(err, live.ErrTooBig) {
		s.addUnread(f.Path, reason(err))
	}
	return head, err
}

// pinKeeps reports whether upstream has files of this kind in the folder itself:
// pictures among pictures are no uploads.
func (s *sorter) pinKeeps(in *folder, base string) bool {
	i := strings.LastIndexByte(base, '.')
	if !in.pinned || i < 0 {
		return false
	}
	for _, p := range s.pinBelow(in.path) {
		if dir, name := cutPath(p.Path); dir == in.path && strings.HasSuffix(name, base[i:]) {
			return true
		}
	}
	return false
}

// heapOf returns the heap that a file of this folder belongs to.
func (s *sorter) heapOf(in *folder) *heap {
	path := in.foreign
	if in.clone != "" {
		path = in.clone
	}
	h := s.heaps[path]
	if h == nil {
		h = &heap{path: path, clone: in.clone != ""}
		s.heaps[path] = h
		s.order = append(s.order, h)
	}
	return h
}

func (h *heap) add(f Finding, file *live.File) {
	h.all = append(h.all, file)
	h.files++
	h.unknown = h.unknown || f.Class == Unknown
	h.secret = h.secret || f.Secret
	if h.files <= heapLimit && !h.clone {
		h.each = append(h.each, f)
	}
}

// findings returns one finding for each file, or one for all where they are many
// or a repository of their own.
func (h *heap) findings() []Finding {
	if h.files <= heapLimit && !h.clone {
		return h.each
	}
	f := Finding{
		Path: h.path, Class: Foreign, Origin: upstream.None, Removal: upstream.None,
		Folder: true, Files: h.files, Secret: h.secret,
		Evidence: fmt.Sprintf("%s, no code by name", plural(h.files, "file", "files")),
	}
	if h.unknown {
		f.Class = Unknown
	}
	if h.clone {
		f.Evidence = "a Git repository that is no plugin; " + f.Evidence
	}
	if h.secret {
		f.addEvidence(servesPasswords)
	}
	return []Finding{f}
}
