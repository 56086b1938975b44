package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/envfile"
)

// EnvRequest says which .env files are meant, for all commands about them.
type EnvRequest struct {
	// Files are paths as seen from the folder the site was opened in, names of sites
	// or environments. None: the files of all sites.
	Files []string
	Site  string // the file of this site alone
	// Progress is told of the step "index".
	Progress func(CorehackProgress)
}

// EnvPlace is an .env file in a report.
type EnvPlace struct {
	// Path is as it was typed, or as sites.toml has it.
	Path        string `json:"path"`
	PathBytes   string `json:"path_b64,omitempty"`
	Site        string `json:"site"`        // "" for a file that was named by its path
	Environment string `json:"environment"` // of the site
}

// EnvPin is a pin in an .env file. What is not known of it is empty.
type EnvPin struct {
	Line      int    `json:"line"`
	Variable  string `json:"variable"`
	Component string `json:"component"` // "core" for Moodle; "" for a variable that plugins.toml does not have
	Value     string `json:"value"`     // as the file has it, without quotes
	Kind      string `json:"kind"`
	Overruled bool   `json:"overruled"` // set again further down
	Commit    ID     `json:"commit"`
	Tag       string `json:"tag"`
	Release   string `json:"release"` // as version.php of the commit says
	Version   string `json:"version"`
	Describe  string `json:"describe"`

	Claims []EnvClaim `json:"claims"`
}

// EnvClaim is what a comment says a pin is.
type EnvClaim struct {
	Line    int    `json:"line"`
	Branch  string `json:"branch"`
	Release string `json:"release"`
}

// The kinds of pins.
const (
	EnvCommit      = "commit"
	EnvAbbreviated = "abbreviated" // the first digits of a commit
	EnvTag         = "tag"
	EnvBranch      = "branch"     // moves, so it pins nothing
	EnvName        = "name"       // of a tag or branch, which only the plugin's repository knows
	EnvEmpty       = "empty"      // KEY=
	EnvUnset       = "unset"      // KEY alone
	EnvExpanded    = "expanded"   // a variable or command stands in it
	EnvUnreadable  = "unreadable" // cannot be a version; never shown
)

// coreComponent is what Moodle itself is called in reports.
const coreComponent = "core"

// openedEnv is an .env file that was read.
type openedEnv struct {
	EnvPlace
	name string // absolute, of a regular file
	info fs.FileInfo
	file *envfile.File
}

// mostEnv is more than any .env file holds.
const mostEnv = 1 << 20

// openEnvs reads the files of a request. The errors are *UsageError for what is not
// there or cannot be meant.
func (s *Site) openEnvs(request EnvRequest) ([]*openedEnv, error) {
	places, err := s.envPlaces(request)
	if err != nil {
		return nil, err
	}
	var all []*openedEnv
	for _, place := range places {
		e, err := s.openEnv(place)
		if err != nil {
			return nil, err
		}
		same := func(o *openedEnv) bool { return os.SameFile(o.info, e.info) }
		if !slices.ContainsFunc(all, same) {
			all = append(all, e)
		}
	}
	return all, nil
}

// envPlace is a file that is meant, before it is looked at.
type envPlace struct {
	path string // as typed, or as sites.toml has it
	site string
	config.Site
}

func (s *Site) envPlaces(request EnvRequest) ([]envPlace, error) {
	switch {
	case request.Site != "" && len(request.Files) > 0:
		return nil, &UsageError{Text: "--site and files together: which are meant?", Hint: "give either"}
	case request.Site != "":
		found, ok := s.Config.Sites[request.Site]
		if !ok || found.EnvFile == "" {
			return nil, &UsageError{Text: fmt.Sprintf("no site %q with an .env file is known", request.Site), Hint: s.envSitesHint()}
		}
		return []envPlace{{found.EnvFile, request.Site, found}}, nil
	case len(request.Files) > 0:
		var all []envPlace
		for _, word := range request.Files {
			place, err := s.envPlaceOf(word)
			if err != nil {
				return nil, err
			}
			all = append(all, place)
		}
		return all, nil
	}
	all := s.envSites(func(string, config.Site) bool { return true })
	if len(all) == 0 {
		return nil, &UsageError{Text: "no site has an .env file, and no file was named", Hint: "name a file, or: mgit config edit site.NAME.env_file PATH"}
	}
	return all, nil
}

// envSites are the sites with .env files that are wanted, by name.
func (s *Site) envSites(wanted func(name string, site config.Site) bool) []envPlace {
	var all []envPlace
	for _, name := range sortedNames(s.Config.Sites) {
		if site := s.Config.Sites[name]; site.EnvFile != "" && wanted(name, site) {
			all = append(all, envPlace{site.EnvFile, name, site})
		}
	}
	return all
}

func (s *Site) envSitesHint() string {
	var names []string
	for _, p := range s.envSites(func(string, config.Site) bool { return true }) {
		names = append(names, p.site)
	}
	if len(names) == 0 {
		return "mgit config edit site.NAME.env_file PATH tells where one is"
	}
	return "sites with .env files: " + strings.Join(names, ", ")
}

// envPlaceOf is the file that a word means: a path, else the name of a site, else an
// environment that one site only belongs to.
func (s *Site) envPlaceOf(word string) (envPlace, error) {
	if _, err := os.Lstat(s.fromDir(word)); err == nil {
		return envPlace{path: word}, nil
	}
	named := s.envSites(func(name string, _ config.Site) bool { return name == word })
	if len(named) == 0 {
		named = s.envSites(func(_ string, site config.Site) bool { return site.Environment == word })
	}
	switch len(named) {
	case 0:
		return envPlace{}, &UsageError{Text: fmt.Sprintf("%q is neither a file nor a site or environment with an .env file", word), Hint: s.envSitesHint()}
	case 1:
		return named[0], nil
	}
	var names []string
	for _, p := range named {
		names = append(names, p.site)
	}
	return envPlace{}, &UsageError{Text: fmt.Sprintf("%d sites are on %q", len(named), word), Hint: "name one of them: " + strings.Join(names, ", ")}
}

// fromDir is a path as seen from the folder the site was opened in.
func (s *Site) fromDir(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Repo.Dir(), path)
}

// openEnv reads a file. Nothing of its contents gets into an error.
func (s *Site) openEnv(place envPlace) (*openedEnv, error) {
	e := &openedEnv{EnvPlace: EnvPlace{Site: place.site, Environment: place.Environment}, name: s.fromDir(place.path)}
	e.Path, e.PathBytes = pathJSON(place.path)
	if place.site != "" {
		var err error
		if e.name, err = s.inWorkTree(place); err != nil {
			return nil, err
		}
	}
	var err error
	e.info, err = os.Lstat(e.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &UsageError{Text: fmt.Sprintf("there is no file %s", ShowPath(e.name)), Hint: "another branch may have it: it is looked for in the work tree"}
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", ShowPath(e.name), err)
	case e.info.Mode()&fs.ModeSymlink != 0:
		return nil, &UsageError{Text: fmt.Sprintf("%s is a symbolic link, which is not followed", ShowPath(e.name)), Hint: "name the file that it leads to"}
	case !e.info.Mode().IsRegular():
		return nil, &UsageError{Text: fmt.Sprintf("%s is not a file", ShowPath(e.name))}
	}
	data, err := readEnv(e.name)
	if err != nil {
		return nil, err
	}
	if e.file = envfile.Parse(data); e.file.IsWide() {
		return nil, &UsageError{Text: fmt.Sprintf("%s is UTF-16, which nothing that reads .env files understands", ShowPath(e.name)), Hint: "save it as UTF-8"}
	}
	return e, nil
}

// inWorkTree is the .env file of a site, which sites.toml gives as a path in the repository.
// What a colleague writes there must not lead to any other file of this machine.
func (s *Site) inWorkTree(place envPlace) (string, error) {
	root := s.Repo.WorkTree()
	if root == "" {
		return "", &UsageError{Text: "this clone has no work tree, so the .env files of its sites are nowhere", Hint: "name a file"}
	}
	key := "site." + place.site + ".env_file"
	local := filepath.FromSlash(place.path)
	if !filepath.IsLocal(local) {
		return "", &UsageError{Text: fmt.Sprintf("%s = %q is not a path in the repository", key, place.path), Hint: "a file elsewhere can be named on the command line"}
	}
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", fmt.Errorf("look at the work tree: %w", err)
	}
	dir, err := filepath.EvalSymlinks(filepath.Join(root, filepath.Dir(local)))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(root, local), nil // what is missing is said later
	}
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", ShowPath(place.path), err)
	}
	inside, err := filepath.Rel(root, dir)
	if err != nil || !filepath.IsLocal(inside) || inside == ".git" || strings.HasPrefix(inside, ".git"+string(filepath.Separator)) {
		return "", &UsageError{Text: fmt.Sprintf("%s = %q leads out of the work tree", key, place.path), Hint: "a file elsewhere can be named on the command line"}
	}
	return filepath.Join(dir, filepath.Base(local)), nil
}

func readEnv(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ShowPath(name), err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostEnv+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ShowPath(name), err)
	}
	if len(data) > mostEnv {
		return nil, &UsageError{Text: fmt.Sprintf("%s is larger than 1 MiB, so it is no .env file", ShowPath(name))}
	}
	return data, nil
}

// EnvShowReport is what .env files pin.
type EnvShowReport struct {
	Files    []EnvShown  `json:"files"`
	Unmapped []EnvUnused `json:"unmapped"`
	Warnings []Warning   `json:"-"`
}

// EnvShown is one file with its pins, in its order.
type EnvShown struct {
	EnvPlace
	Pins []EnvPin `json:"pins"`
}

// EnvUnused is a variable of which plugins.toml does not say whose it is.
type EnvUnused struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Variable string `json:"variable"`
}

// EnvShow tells what .env files pin, as far as this clone knows. It asks no remote and
// writes nothing but caches. The errors are *UsageError for what is not there.
func EnvShow(ctx context.Context, site *Site, request EnvRequest) (*EnvShowReport, error) {
	files, err := site.openEnvs(request)
	if err != nil {
		return nil, err
	}
	k, err := site.knowEnv(ctx, files, request.Progress)
	if err != nil {
		return nil, err
	}
	defer k.close()
	r := &EnvShowReport{Files: []EnvShown{}, Unmapped: k.unmapped(files), Warnings: k.warnings(files)}
	for _, e := range files {
		shown := EnvShown{EnvPlace: e.EnvPlace, Pins: []EnvPin{}}
		for _, p := range e.file.Pins() {
			pin, err := k.pin(ctx, p)
			if err != nil {
				return nil, err
			}
			shown.Pins = append(shown.Pins, pin)
		}
		r.Files = append(r.Files, shown)
	}
	return r, nil
}
