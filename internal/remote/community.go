package remote

import (
	"fmt"
	"regexp"
	"strings"
)

// communityName is how Moodle's developers name a branch that solves an issue of
// their tracker: MDL-12345-main, MDL-12345-405-wording. See moodledev.io, "Git for
// developers".
var communityName = regexp.MustCompile(`^MDL-[1-9][0-9]*-[A-Za-z0-9][A-Za-z0-9._-]*$`)

// IsCommunityName reports whether a branch name is one under which a fix is offered
// to the community.
func IsCommunityName(name string) bool { return CheckCommunityName(name) == nil }

// CheckCommunityName says why a branch name is none under which a fix is offered to
// the community: MDL-n-main, with the branch of Moodle that the fix is for in place of
// main, and whatever may follow.
func CheckCommunityName(name string) error {
	if !communityName.MatchString(name) || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, ".lock") {
		return fmt.Errorf("%q is not of the form MDL-12345-main or MDL-12345-main-suffix", name)
	}
	return nil
}
