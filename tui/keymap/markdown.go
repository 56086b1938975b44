package keymap

import (
	"fmt"
	"slices"
	"strings"
)

// Order returns the contexts as people meet them: everywhere, then the views by their numbers.
func Order() []Context {
	return []Context{All, Branches, Upgrade, Conflict, Corehacks, Targets, Plugins, Sites, TrackerCtx}
}

// Title is the context's name for people.
func (c Context) Title() string {
	switch c {
	case All:
		return "Everywhere"
	case Corehacks:
		return "Core hacks"
	case "":
		return ""
	}
	return strings.ToUpper(string(c[:1])) + string(c[1:])
}

// Markdown writes the whole table, with the names by which the settings call the actions. Every context has
// the heading of this level.
func (m *Map) Markdown(level int) string {
	var b strings.Builder
	for _, c := range Order() {
		if len(m.Bindings(c)) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n\n| key | what it does | action |\n|---|---|---|\n", strings.Repeat("#", level), c.Title())
		for _, row := range m.Bindings(c) {
			fmt.Fprintf(&b, "| %s | %s | `%s` |\n", markdownKeys(row.Keys), row.Help, row.Action)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// markdownKeys writes keys as code. A bar would end the cell.
func markdownKeys(keys []string) string {
	if len(keys) == 0 {
		return "none"
	}
	quoted := slices.Clone(keys)
	for i, key := range quoted {
		key = strings.ReplaceAll(key, "|", `\|`)
		if strings.Contains(key, "`") {
			quoted[i] = "`` " + key + " ``"
			continue
		}
		quoted[i] = "`" + key + "`"
	}
	return strings.Join(quoted, " ")
}
