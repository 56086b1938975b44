package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The hooks that mgit knows, by the names that git has for them; see githooks(5).
const (
	hookPreCommit    = "pre-commit"
	hookCommitMsg    = "commit-msg"
	hookPrePush      = "pre-push"
	hookPostCheckout = "post-checkout"
	hookPreReceive   = "pre-receive"
)

// HookNames lists the hooks of a clone in which somebody works.
func HookNames() []string {
	return []string{hookPreCommit, hookCommitMsg, hookPrePush, hookPostCheckout}
}

// ServerHookNames lists those of a repository that is pushed to.
func ServerHookNames() []string { return []string{hookPreReceive} }

func knownHooks() []string { return slices.Concat(HookNames(), ServerHookNames()) }

// keptSuffix is what the name of the hook that was there before ends with from then on.
const keptSuffix = ".before-mgit"

// hookScript is one of our hooks as a text.
type hookScript struct {
	name    string
	program string // "" is mgit, wherever the PATH has it
	// made is how many folders were made for it, one in the other, so that the last hook to go takes them along.
	made int
}

// asInstalled begins the line that tells our hooks from others. A sum of all other lines follows, which tells
// whether somebody has changed it since, whatever version of mgit wrote it. The line that names the program does not
// count: who moves mgit may set it.
const asInstalled = "# Hook of mgit, as installed: "

// madeFolderLine stands in hooks whose folder was not there before them, and madeFoldersLine in those whose folder was in one
// that was not there either, with how many there are above it.
const (
	madeFolderLine  = "# This folder was made with it.\n"
	madeFoldersLine = "# This folder was made with it, and so were those above it: "
)

// madeFolders is how many folders were made for a hook of ours.
func madeFolders(text string) int {
	if strings.Contains(text, madeFolderLine) {
		return 1
	}
	_, rest, _ := strings.Cut(text, madeFoldersLine)
	number, _, _ := strings.Cut(rest, "\n")
	above, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return 0
	}
	return 1 + int(above)
}

// text is the hook. Without mgit it lets nothing through: a guard that sleeps is none. Only the one that merely
// tells something is silent then.
func (h hookScript) text() string {
	about := h.call()
	head := "#!/bin/sh\n"
	rest := "# " + about.says + "; `mgit hooks remove` takes it away.\n"
	switch {
	case h.made == 1:
		rest += madeFolderLine
	case h.made > 1:
		rest += madeFoldersLine + strconv.Itoa(h.made-1) + "\n"
	}
	rest += "# The hook that was here before is " + h.name + keptSuffix + " and is called after it.\n"
	if about.readsInput {
		rest += "input=$(cat; echo .)\ninput=${input%.}\n"
	}
	program := h.program
	if program == "" {
		program = "mgit"
	}
	rest += "mgit=" + shellQuote(program) + "\n" + `command -v "$mgit" >/dev/null 2>&1 || mgit=mgit` + "\n" + about.lines
	rest += "before=$0" + keptSuffix + "\n" + `[ -f "$before" ] && [ -x "$before" ] || exit 0` + "\n"
	if about.readsInput {
		rest += `printf '%s' "$input" 2>/dev/null | "$before" "$@"` + "\n"
	} else {
		rest += `exec "$before" "$@"` + "\n"
	}
	return head + asInstalled + sumOf(withoutProgram(head+rest)) + "\n" + rest
}

// hookCall is what a hook does.
type hookCall struct {
	says       string // a sentence without its end
	readsInput bool   // git tells it something on standard input, which the hook that was there before wants as well
	lines      string
}

func (h hookScript) call() hookCall {
	switch h.name {
	case hookPreCommit:
		return hookCall{says: "It judges what is about to be committed", lines: h.asks("nothing is committed", `"$mgit" check --staged`)}
	case hookCommitMsg:
		return hookCall{says: "It judges the message of a commit", lines: h.asks("nothing is committed", `"$mgit" check --message "$1"`)}
	case hookPrePush:
		return hookCall{
			says: "It refuses what must not leave this clone for a remote", readsInput: true,
			lines: h.asks("nothing is pushed", `printf '%s' "$input" | "$mgit" check --push "$1" "$2"`),
		}
	case hookPreReceive:
		return hookCall{
			says: "It judges what somebody pushes here", readsInput: true,
			lines: h.asks("nothing is taken", `printf '%s' "$input" | "$mgit" check --receive`),
		}
	}
	return hookCall{
		says:  "It says in a line what is to be known of a branch that was checked out",
		lines: `command -v "$mgit" >/dev/null 2>&1 && "$mgit" hooks hint "$@"` + "\n",
	}
}

// asks are the lines of a hook that asks mgit and ends where mgit is not content.
func (h hookScript) asks(so, command string) string {
	return `if ! command -v "$mgit" >/dev/null 2>&1; then
	echo "` + h.name + `: mgit is not on the PATH, so that nobody can judge this and ` + so + `; put it there, or give 'mgit hooks install' again where it is" >&2
	exit 1
fi
` + command + ` || exit $?
`
}

// sumOf tells texts apart.
func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// The push guard of older versions: how it begins, and the sum of it without the line that names the program.
const (
	oldGuardLine = "# Push guard of mgit."
	oldGuardSum  = "2ba1e6c6b9e0aba5"
)

// isOurHook reports whether a text is a hook of mgit's, and whether it is as it was installed.
func isOurHook(text string) (ours, intact bool) {
	for line := range strings.Lines(text) {
		if sum, found := strings.CutPrefix(line, asInstalled); found {
			head, rest, _ := strings.Cut(text, line)
			return true, strings.TrimSuffix(sum, "\n") == sumOf(withoutProgram(head+rest))
		}
		if strings.HasPrefix(line, oldGuardLine) {
			return true, sumOf(withoutProgram(text)) == oldGuardSum
		}
	}
	return false, false
}

// withoutProgram is a hook's text without the line that names the program.
func withoutProgram(text string) string {
	head, rest, _ := strings.Cut(text, "\nmgit=")
	_, rest, _ = strings.Cut(rest, "\n")
	return head + rest
}

// A hookManager is a program that writes hooks by itself and writes over those of others.
type hookManager struct {
	name string
	mark string // what its hooks hold
	// files are where its settings may be, in the work tree, and ids what stands there for ours, by hook, where
	// that is not the command.
	files []string
	ids   map[string]string
	// partial are hooks about which it tells those that it calls less than git told it, so that ours must be called by
	// git, or with git's words.
	partial []string
	// byName says that its hooks know by their own names which they are, and do nothing under others.
	byName bool
	// keptAs is what the name of a hook of ours ends with that was there when the manager set up its own, which calls
	// it with git's words; "" where it keeps none.
	keptAs string
}

// hookManagers are those that are known, with where the settings for a hook may be.
func hookManagers(hook string) []hookManager {
	return []hookManager{
		{
			name: "pre-commit", mark: "https://pre-commit.com", files: []string{".pre-commit-config.yaml"},
			ids: map[string]string{hookPreCommit: "mgit-check", hookCommitMsg: "mgit-message"},
			// Of the references of a push it names the first that has something new, and no other.
			partial: []string{hookPrePush}, keptAs: ".legacy",
		},
		{name: "lefthook", mark: "call_lefthook", files: []string{"lefthook.yml", ".lefthook.yml", "lefthook.yaml", ".lefthook.yaml", "lefthook.toml", "lefthook.json"}},
		{name: "husky", mark: `. "$(dirname "$0")/h"`, files: []string{".husky/" + hook}, byName: true},
		{name: "husky", mark: "husky", files: []string{".huskyrc", ".huskyrc.json", "package.json"}},
		{name: "overcommit", mark: "vercommit", files: []string{".overcommit.yml"}, byName: true},
		{name: "CaptainHook", mark: "CaptainHook", files: []string{"captainhook.json"}},
		{name: "GrumPHP", mark: "grumphp", files: []string{"grumphp.yml", "grumphp.yml.dist"}},
	}
}

// callsMgit reports whether a hook that is not ours, or a manager's settings, call what ours would.
func callsMgit(text, hook string) bool {
	word := map[string]string{hookPreCommit: "--staged", hookCommitMsg: "--message", hookPrePush: "--push", hookPreReceive: "--receive", hookPostCheckout: "hooks hint"}[hook]
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") && strings.Contains(line, "mgit") && strings.Contains(line, word) {
			return true
		}
	}
	return false
}

// ownName is how scripts ask for the name that they are called by: basename "$0", ${0##*/}, File.basename($0).
var ownName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`basename\b[^\n]{0,20}\$\{?0\b|\$\{0##`)
})

// holdsWord reports whether a text that is no remark holds a word.
func holdsWord(text, word string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); word != "" && !strings.HasPrefix(line, "#") && slices.Contains(strings.FieldsFunc(line, isBreak), word) {
			return true
		}
	}
	return false
}

func isBreak(r rune) bool { return strings.ContainsRune(" \t,:[]{}'\"", r) }

// describe names a manager and where its settings are.
func (m hookManager) describe() string {
	return fmt.Sprintf("%s, which is set up in %s", m.name, m.files[0])
}
