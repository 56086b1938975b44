package check

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
)

// isBuiltFrom reports whether a path is that of JavaScript which is built: it comes to browsers in another form.
func isBuiltFrom(name string) bool {
	return strings.HasSuffix(name, ".js") && (strings.Contains("/"+name, "/amd/src/") || strings.Contains("/"+name, "/yui/src/"))
}

// isModuleJS reports whether a path is that of a plugin's script from before there were others, which comes to browsers as it is.
func isModuleJS(name string) bool { return path.Base(name) == "module.js" }

var (
	jsDebugWords = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?:^|[^.\w$])(?:(?:window|self|globalThis)\s*\.\s*)?(console\s*\.\s*(?:log|debug|info|dir|table|trace|dump)\s*\(|debugger\s*(?:;|$))`)
	})
	consoleAgain = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`eslint-enable(?:\s.*\bno-console\b|\s*(?:\*/)?\s*$)`)
	})
	noConsole = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`eslint-disable(-line|-next-line)?(?:\s.*\bno-console\b|\s*(?:\*/)?\s*$)`)
	})
)

// jsDebug finds what JavaScript writes to the browser's console, unless a comment tells ESLint that it is meant.
func jsDebug(f *File) []spot {
	const instead = "the module core/log is for what developers should see for good"
	hint := "take the line out; " + instead
	if isBuiltFrom(f.Path) {
		hint = "take the line out, and build the file again; " + instead
	}
	var found []spot
	var lines, masked [][]byte
	for _, line := range f.addedWith([]string{"console", "debugger"}) {
		if f.isMoved(line.Text) {
			continue
		}
		if masked == nil {
			lines = bytes.Split(f.After.Data, []byte("\n"))
			masked = bytes.Split(maskJS(f.After.Data), []byte("\n"))
		}
		i := line.Number - 1
		if m := jsDebugWords().FindSubmatch(bytes.TrimRight(masked[i], " \r")); m != nil && !isMeant(lines, i) {
			what, _, _ := strings.Cut(string(bytes.Join(bytes.Fields(m[1]), nil)), "(")
			found = append(found, spot{line: line.Number, text: fmt.Sprintf("%s is for debugging", strings.TrimRight(what, ";")), hint: hint})
		}
	}
	return found
}

// isMeant reports whether ESLint is told to let the console be used in a line.
func isMeant(lines [][]byte, i int) bool {
	meant := false // from here on
	for k, line := range lines[:i+1] {
		if consoleAgain().Match(line) {
			meant = false
		}
		if !bytes.Contains(line, []byte("eslint-disable")) {
			continue
		}
		m := noConsole().FindSubmatch(line)
		if m == nil {
			continue
		}
		switch string(m[1]) {
		case "-line":
			if k == i {
				return true
			}
		case "-next-line":
			if k == i-1 {
				return true
			}
		default:
			meant = true
		}
	}
	return meant
}
