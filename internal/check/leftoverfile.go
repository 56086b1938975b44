package check

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// leftoverFile finds files that editors, systems and merges leave behind, by their names, unless upstream has them.
func leftoverFile(j *Judge, f *File) {
	if !arrives(f) || has(j.Pristine, f.Path) {
		return
	}
	if what := leftoverKind(f.Path); what != "" && (f.From == "" || leftoverKind(f.From) == "") {
		j.At(f.Path, 0, what)
	}
}

// leftoverKind says what leaves a file of this name behind, "" for none.
func leftoverKind(name string) string {
	folder, base := path.Split(name)
	for dir := range strings.SplitSeq(strings.Trim(folder, "/"), "/") {
		switch dir {
		case ".idea", ".vscode", ".vs", ".fleet", "nbproject", ".settings":
			return "settings of an editor (" + dir + "/)"
		case ".svn", ".hg", "CVS", ".bzr":
			return "a folder of another version control (" + dir + "/)"
		case "__MACOSX":
			return "left over from an archive made on a Mac (__MACOSX/)"
		}
	}
	switch base {
	case ".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini":
		return "a file of the system that shows folders (" + base + ")"
	case ".project", ".buildpath":
		return "settings of an editor (" + base + ")"
	case "error_log", "php_errors.log", "npm-debug.log", "nohup.out", ".phpunit.result.cache":
		return "written by a program while it ran (" + base + ")"
	}
	switch extension := strings.ToLower(path.Ext(base)); {
	case mergeToolFile().MatchString(base):
		return "one side of a conflict, which git mergetool keeps while it runs"
	case extension == ".orig":
		return "the file before a merge (.orig)"
	case extension == ".rej":
		return "what a patch could not change (.rej)"
	case strings.HasSuffix(base, "~") && base != "~", strings.HasPrefix(base, "#") && strings.HasSuffix(base, "#") && base != "#", strings.HasPrefix(base, ".#"):
		return "a copy that an editor keeps"
	case slices.Contains([]string{".swp", ".swo", ".swn"}, extension) && strings.HasPrefix(base, "."), extension == ".swp":
		return "a file that an editor has open (" + extension + ")"
	case strings.HasPrefix(base, "._") && len(base) > 2:
		return "what a Mac knows about a file (._*)"
	case slices.Contains([]string{".bak", ".old", ".save"}, extension) && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(base, path.Ext(base))), ".php"):
		return "a copy of a script, which a web server shows as text (" + extension + ")"
	case slices.Contains([]string{".iml", ".sublime-project", ".sublime-workspace", ".code-workspace"}, extension):
		return "settings of an editor (" + extension + ")"
	}
	return ""
}

// mergeToolFile is one that git mergetool writes beside a file with conflicts: lib_LOCAL_1234.php and its likes.
var mergeToolFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`_(?:BACKUP|BASE|LOCAL|REMOTE)_[0-9]+(?:\.[0-9A-Za-z]+)?$`)
})

// largeFile finds files that pass the limit for the first time.
func largeFile(j *Judge, f *File) {
	limit := j.Options.MaxFileSize
	if limit <= 0 || f.After.Size <= limit || j.upstreamIsLarge(f, limit) {
		return
	}
	for _, b := range f.Before {
		if b.Size > limit {
			return
		}
	}
	j.At(f.Path, 0, fmt.Sprintf("%s, more than %s", inKilobytes(f.After.Size), inKilobytes(limit)))
}

// upstreamIsLarge reports whether upstream's own file at the place passes the limit, too.
func (j *Judge) upstreamIsLarge(f *File, limit int64) bool {
	if j.Pristine == nil {
		return false
	}
	info, err := fs.Stat(j.Pristine, f.Path)
	return err == nil && info.Size() > limit
}

// inKilobytes writes a size for people, rounded up: what is over a limit is never equal to it.
func inKilobytes(size int64) string {
	const kilo = 1 << 10
	if size >= 10<<20 {
		return fmt.Sprintf("%d MB", (size+kilo*kilo-1)/(kilo*kilo))
	}
	return fmt.Sprintf("%d KB", (size+kilo-1)/kilo)
}

// symlinkOutside finds links whose target is absolute or above the root. Where a folder of the target is itself a
// link is not asked.
func symlinkOutside(j *Judge, f *File) {
	if f.After.Mode != git.ModeLink || len(f.After.Data) == 0 {
		return
	}
	target := strings.ReplaceAll(string(f.After.Data), `\`, "/") // as Windows means it
	switch clean := path.Join(path.Dir(f.Path), target); {
	case path.IsAbs(target), len(target) > 1 && target[1] == ':':
		j.At(f.Path, 0, fmt.Sprintf("links to %q, an absolute path", target))
	case clean == "..", strings.HasPrefix(clean, "../"):
		j.At(f.Path, 0, fmt.Sprintf("links to %q, which is not in the repository", target))
	case clean == ".git", strings.HasPrefix(clean, ".git/"):
		j.At(f.Path, 0, fmt.Sprintf("links to %q, which is Git's own", target))
	}
}

// modeChange finds files that become executable without being scripts, and scripts that stop being so.
func modeChange(j *Judge, f *File) {
	if !f.IsRegular() || f.IsNew() || len(f.After.Data) == 0 {
		return
	}
	for _, b := range f.Before {
		if b.Mode == f.After.Mode || b.Mode != git.ModeFile && b.Mode != git.ModeExec {
			return // as one of the parents has it, or a link that became a file
		}
	}
	switch script := isScript(f); {
	case f.After.Mode == git.ModeExec && !script:
		j.At(f.Path, 0, "became executable (100644 to 100755) and is no script")
	case f.After.Mode == git.ModeFile && script:
		j.At(f.Path, 0, "is a script and no longer executable (100755 to 100644)")
	}
}

// isScript reports whether a file is run by its name: it says by what, or is a program of some system.
func isScript(f *File) bool {
	for _, head := range []string{"#!", "\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe"} {
		if strings.HasPrefix(string(f.After.Data[:min(len(f.After.Data), len(head))]), head) {
			return true
		}
	}
	return slices.Contains([]string{".sh", ".bash", ".pl", ".py", ".rb", ".exe", ".cgi"}, path.Ext(f.Path))
}
