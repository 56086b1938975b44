package git

import (
	"path/filepath"
	"strings"
)

// The variables by which git tells a hook which repository and which index it means, and where objects lie that
// are only just arriving; see githooks(5) and "quarantine" in git-receive-pack(1).
const (
	envDir        = "GIT_DIR"
	envWorkTree   = "GIT_WORK_TREE"
	envCommon     = "GIT_COMMON_DIR"
	envIndex      = "GIT_INDEX_FILE"
	envObjects    = "GIT_OBJECT_DIRECTORY"
	envAlternates = "GIT_ALTERNATE_OBJECT_DIRECTORIES"
	envQuarantine = "GIT_QUARANTINE_PATH"
)

// hookVariables are those that are set, as they were set.
func hookVariables(look func(string) string) []string {
	if look == nil {
		return nil
	}
	var env []string
	for _, name := range []string{envDir, envWorkTree, envCommon, envIndex, envObjects, envAlternates, envQuarantine} {
		if value := look(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// settleHook makes the paths in a hook's variables absolute, because commands run elsewhere than the hook: git reads
// the one of the repository from where it was started, and the others from the top of the work tree.
func (r *Repo) settleHook(hook []string) []string {
	settled := make([]string, 0, len(hook)+1)
	isNamed := false
	for _, kv := range hook {
		name, value, _ := strings.Cut(kv, "=")
		switch name {
		case envDir:
			value, isNamed = r.gitDir, true
		case envWorkTree:
			value = r.worktree
		case envCommon:
			value = r.common
		case envIndex, envObjects, envQuarantine:
			if !filepath.IsAbs(value) {
				value = filepath.Join(r.home(), value)
			}
		}
		if value != "" {
			settled = append(settled, name+"="+value)
		}
	}
	if isNamed && r.worktree != "" {
		settled = append(settled, envWorkTree+"="+r.worktree)
	}
	return settled
}
