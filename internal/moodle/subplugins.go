package moodle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// ownerTypes are the types whose plugins may have sub-plugins
// (\core_component::$supportsubplugins).
var ownerTypes = []string{"mod", "editor", "tool", "local"}

// Types returns all types of plugins in the tree: those of core in the order of
// its list, then those of sub-plugins. It asks every plugin that may own some.
func (l *Layout) Types() []Type {
	l.lazy.Lock()
	defer l.lazy.Unlock()
	l.readAllOwners()
	types := slices.Clone(l.types)
	var sub []Type
	for _, t := range l.all {
		sub = append(sub, t)
	}
	slices.SortFunc(sub, func(a, b Type) int { return strings.Compare(a.Dir, b.Dir) })
	return append(types, sub...)
}

// CoreTypes returns the types of plugins that core itself declares, in the order of its
// list. No plugin is asked.
func (l *Layout) CoreTypes() []Type { return slices.Clone(l.types) }

// Err returns what could not be read or understood of the sub-plugin declarations
// asked for until now, joined; nil when there was nothing. The types concerned are
// missing from the answers, as Moodle itself leaves them out.
func (l *Layout) Err() error {
	l.lazy.Lock()
	defer l.lazy.Unlock()
	return errors.Join(l.errs...)
}

// TypeAt returns the type whose plugins live in the directory dir. Of the types of
// sub-plugins it knows those that lie inside their owner, as all of core's do.
func (l *Layout) TypeAt(dir string) (Type, bool) {
	if t, ok := l.byDir[dir]; ok {
		return t, true
	}
	for above := path.Dir(dir); above != "." && above != "/"; above = path.Dir(above) {
		owner, ok := l.pluginAt(above)
		if !ok {
			continue
		}
		for _, t := range l.subTypes(owner) {
			if t.Dir == dir {
				return t, true
			}
		}
	}
	return Type{}, false
}

// typeNamed finds a type by its name, among all owners when core has none.
func (l *Layout) typeNamed(name string) (Type, bool) {
	if t, ok := l.byName[name]; ok {
		return t, true
	}
	l.lazy.Lock()
	defer l.lazy.Unlock()
	l.readAllOwners()
	t, ok := l.all[name]
	return t, ok
}

// subTypes returns the types of sub-plugins that one plugin declares.
func (l *Layout) subTypes(owner Component) []Type {
	if !slices.Contains(ownerTypes, owner.Type) {
		return nil
	}
	l.lazy.Lock()
	defer l.lazy.Unlock()
	return l.readOwner(owner)
}

func (l *Layout) readAllOwners() {
	if l.all != nil {
		return
	}
	l.all = make(map[string]Type)
	for _, typ := range ownerTypes {
		dir, ok := l.byName[typ]
		if !ok {
			continue
		}
		entries, err := fs.ReadDir(l.tree, dir.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.errs = append(l.errs, fmt.Errorf("list %s: %w", dir.Dir, err))
		}
		for _, entry := range entries {
			if !entry.IsDir() || l.badName(typ, entry.Name()) != "" {
				continue
			}
			for _, t := range l.readOwner(Component{Type: typ, Name: entry.Name()}) {
				if other, taken := l.all[t.Name]; taken {
					l.errs = append(l.errs, fmt.Errorf("%s declares the sub-plugin type %s, which %s has", t.Owner, t.Name, other.Owner))
					continue
				}
				l.all[t.Name] = t
			}
		}
	}
}

// readOwner reads the declaration of one plugin, once.
func (l *Layout) readOwner(owner Component) []Type {
	if types, done := l.owns[owner]; done {
		return types
	}
	types, err := l.SubTypes(l.tree, owner)
	if err != nil {
		l.errs = append(l.errs, err)
	}
	l.owns[owner] = types
	return types
}

// SubTypes returns the types of sub-plugins that a plugin declares in a tree
// which has the layout l, such as a site's tree with plugins that the tree of l
// lacks. A type that core would not take is an error and left out of the answer;
// owners of a type that may not have sub-plugins have none.
func (l *Layout) SubTypes(tree fs.FS, owner Component) ([]Type, error) {
	if !slices.Contains(ownerTypes, owner.Type) {
		return nil, nil
	}
	dir := l.byName[owner.Type].Dir + "/" + owner.Name
	for _, file := range []struct {
		name  string
		parse func(source []byte, dir string) (orderedStrings, error)
	}{{"/db/subplugins.json", parseSubpluginsJSON}, {"/db/subplugins.php", parseSubpluginsPHP}} {
		source, err := fs.ReadFile(tree, dir+file.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s%s: %w", dir, file.name, err)
		}
		pairs, err := file.parse(source, dir)
		if err != nil {
			return nil, &FormatError{dir + file.name, "", err.Error()}
		}
		return l.checkedTypes(owner, dir+file.name, pairs)
	}
	return nil, nil
}

// checkedTypes keeps the types that core would keep and reports the others.
func (l *Layout) checkedTypes(owner Component, file string, pairs orderedStrings) (types []Type, err error) {
	var problems []error
	for _, pair := range pairs {
		problem := ""
		dir, err := l.resolve(pair.value)
		_, isSubsystem := l.subsystems[pair.key]
		_, isType := l.byName[pair.key]
		switch {
		case err != nil:
			problem = err.Error()
		case badCharacters(pair.key) != "" || !startsWithLetter(pair.key) || strings.Contains(pair.key, "_"):
			problem = "not the name of a type"
		case isSubsystem:
			problem = "core has a subsystem of this name"
		case isType:
			problem = "core has a plugin type of this name"
		default:
			types = append(types, Type{Name: pair.key, Dir: dir, Owner: owner})
			continue
		}
		problems = append(problems, &FormatError{file, pair.key, problem})
	}
	return types, errors.Join(problems...)
}

// parseSubpluginsJSON reads db/subplugins.json: subplugintypes (since 5.0) has
// paths below the owner's directory dir; plugintypes, which it replaces, has them
// below Moodle's. The pairs returned are below Moodle's, or have public/ already.
func parseSubpluginsJSON(source []byte, dir string) (orderedStrings, error) {
	var file struct {
		Below orderedStrings `json:"subplugintypes"`
		Full  orderedStrings `json:"plugintypes"`
	}
	if err := json.Unmarshal(source, &file); err != nil {
		return nil, err
	}
	if len(file.Below) == 0 {
		return file.Full, nil
	}
	for i := range file.Below {
		file.Below[i].value = dir + "/" + file.Below[i].value
	}
	return file.Below, nil
}

var (
	subpluginsArray = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$subplugins\b`) })
	subpluginsPair  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`['"](\w+)['"]\s*(?:=>|\]\s*=)\s*['"]([^'"]*)['"]`) })
)

// parseSubpluginsPHP reads db/subplugins.php, which 5.0 stopped reading:
// $subplugins = array('type' => 'path/below/moodle', …).
func parseSubpluginsPHP(source []byte, _ string) (orderedStrings, error) {
	code := stripComments(source)
	if !subpluginsArray().Match(code) {
		return nil, errors.New("sets no $subplugins")
	}
	var pairs orderedStrings
	for _, m := range subpluginsPair().FindAllSubmatch(code, -1) {
		pairs = append(pairs, struct{ key, value string }{string(m[1]), string(m[2])})
	}
	return pairs, nil
}
