package check_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/moodle"
)

func (p *plot) lower() bool {
	name, text, at, ok := p.versioned(`(?m)^\$plugin->version *= *(20[0-9]{8});`)
	if !ok {
		return false
	}
	line := 1 + strings.Count(text[:at[2]], "\n")
	return p.set(name, text[:at[2]]+"1999010100"+text[at[3]:]) && p.expect("version-lower", name, line)
}

// lowerCore lowers the version of core, in digits that are parted.
func (p *plot) lowerCore() bool {
	const name = "version.php"
	data, err := fs.ReadFile(p.ground.base, name)
	at := regexp.MustCompile(`(?m)^\$version *= *(20[0-9]{8})`).FindSubmatchIndex(data)
	if err != nil || at == nil || p.taken[name] {
		return false
	}
	p.taken[name] = true
	n, _ := strconv.Atoi(string(data[at[2]:at[3]]))
	d := strconv.Itoa(n - 1)
	lower := fmt.Sprintf("%s_%s_%s_%s", d[:4], d[4:6], d[6:8], d[8:])
	return p.set(name, string(data[:at[2]])+lower+string(data[at[3]:])) && p.expect("version-lower", name, lineOf(data, at[2]))
}

// lowerThanOlder raises a version, but not as far as a branch of an older series has.
func (p *plot) lowerThanOlder() bool {
	name, text, at, ok := p.versioned(`(?m)^\$plugin->version *= *(20[0-9]{8});`)
	if !ok {
		return false
	}
	sets := func(decimals string) string { return text[:at[3]] + decimals + text[at[3]:] }
	p.older[name] = sets(".02")
	return p.set(name, sets(".01")) && p.expect("version-lower", name, lineOf([]byte(text), at[2]))
}

// namelessCapability adds a capability without the string that calls it by a name, and raises the version for it.
func (p *plot) namelessCapability() bool {
	name, text, ok := p.pick(func(name string) bool {
		_, rest, _ := p.layout.ComponentOf(name)
		return rest == "db/access.php" && p.isPlugin(name)
	})
	if !ok {
		return false
	}
	owner, _, _ := p.layout.ComponentOf(name)
	file := path.Dir(path.Dir(name)) + "/version.php"
	data, err := fs.ReadFile(p.ground.base, file)
	version := regexp.MustCompile(`(?m)^\$plugin->version *= *20[0-9]{8}(;)`).FindSubmatchIndex(data)
	at := regexp.MustCompile(`(?m)^ *\$capabilities *= *(?:array *\(|\[)\r?\n`).FindStringIndex(text)
	if err != nil || version == nil || at == nil || !p.hasPlainWords(owner, path.Dir(path.Dir(name))+"/") {
		return false
	}
	added := fmt.Sprintf("    '%s/%s:%s' => array('captype' => 'read'),\n", owner.Type, owner.Name, p.unique())
	p.set(file, string(data[:version[2]])+".01"+string(data[version[2]:]))
	return p.set(name, text[:at[1]]+added+text[at[1]:]) && p.expect("lang-strings", name, lineOf([]byte(text), at[1]))
}

// lineOf is the line of an offset.
func lineOf(text []byte, at int) int { return 1 + strings.Count(string(text[:at]), "\n") }

// hasPlainWords reports whether the strings of a plugin stand in its file, each by its name.
func (p *plot) hasPlainWords(owner moodle.Component, dir string) bool {
	file := owner.String()
	if owner.Type == "mod" {
		file = owner.Name
	}
	words, err := fs.ReadFile(p.ground.base, dir+"lang/en/"+file+".php")
	return err == nil && !regexp.MustCompile(`require|include|foreach|\$string\[[^'"]`).Match(words)
}

func (p *plot) noString() bool {
	name, text, ok := p.pick(func(name string) bool { return p.isCode(name) && p.isPlugin(name) })
	if !ok {
		return false
	}
	owner, rest, _ := p.layout.ComponentOf(name)
	if !p.hasPlainWords(owner, strings.TrimSuffix(name, rest)) {
		return false
	}
	number, text, ok := p.statement(text, "echo get_string('"+p.unique()+"', '"+owner.String()+"');")
	return ok && p.set(name, text) && p.expect("lang-strings", name, number)
}

// unbuilt changes JavaScript, and not what is built from it.
func (p *plot) unbuilt() bool {
	name, text, ok := p.pick(func(name string) bool {
		return path.Ext(name) == ".js" && (strings.Contains(name, "/amd/src/") || strings.Contains(name, "/yui/src/") && path.Base(path.Dir(name)) == "js" && p.isBuilt(name))
	})
	return ok && p.set(name, text+"\nvar "+p.unique()+" = 1;\n") && p.expect("built-js", name, 0)
}

// isBuilt reports whether something is built from a file in a folder of yui/src.
func (p *plot) isBuilt(name string) bool {
	folder := path.Dir(path.Dir(name))
	data, err := fs.ReadFile(p.ground.base, folder+"/build.json")
	var settings struct {
		Builds map[string]struct {
			Files []string `json:"jsfiles"`
		} `json:"builds"`
	}
	if err != nil || json.Unmarshal(data, &settings) != nil {
		return false
	}
	for build, made := range settings.Builds {
		if _, err := fs.Stat(p.ground.base, path.Dir(path.Dir(folder))+"/build/"+build); err == nil && slices.Contains(made.Files, path.Base(name)) {
			return true
		}
	}
	return false
}
