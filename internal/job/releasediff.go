package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/release"
	"mgit/internal/tree"
)

// ReleaseDiffRequest asks what changed between two releases.
type ReleaseDiffRequest struct {
	// From and To are tags of releases, other tags, or targets as `mgit assemble`
	// takes them: what the next release would bring.
	From, To string
	Series   string // of short names of targets, as typed
	Path     string // whose diff is wanted; "" for none
	Color    bool   // of that diff
}

// ReleaseDiff is what changed between two releases.
type ReleaseDiff struct {
	From     ReleaseSide    `json:"from"`
	To       ReleaseSide    `json:"to"`
	Branches []BranchChange `json:"branches"` // came, went, changed, each by name
	Others   []OtherChange  `json:"others"`   // by no branch: came, went, each in order
	Totals   DiffTotals     `json:"totals"`
	Path     string         `json:"path"` // whose difference is shown, "" for none
	Diff     string         `json:"diff"` // of the path, as git diff prints it

	PathBytes string `json:"path_b64,omitempty"`
}

// ReleaseSide is one of two releases that are compared.
type ReleaseSide struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // release: by its manifest; history: by what was merged into it
	Commit   ID     `json:"commit"`
	Upstream Commit `json:"upstream"`
	Branches int    `json:"branches"`

	manifest *release.Manifest
}

// DiffTotals counts branches.
type DiffTotals struct {
	Came    int `json:"came"`
	Went    int `json:"went"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Hacks   int `json:"hacks"` // of those that came, went or changed
}

// BranchChange is what became of one branch.
type BranchChange struct {
	Change  string `json:"change"` // one of the change constants
	Key     string `json:"key"`    // of its record
	Branch  string `json:"branch"`
	OldName string `json:"old_name"` // its name in the older release, "" where it is new
	Type    string `json:"type"`     // "" for a branch that is not of the naming scheme
	Hack    bool   `json:"hack"`     // it changes core
	Ticket  string `json:"ticket"`
	Why     string `json:"reason"` // by its record
	OldTip  ID     `json:"old_tip"`
	NewTip  ID     `json:"new_tip"`
	Files   int    `json:"files"` // that it changes, against what it stands on
	// Commits are those that only the newer release has, Gone those that only the
	// older one has, oldest first. A commit that was carried to a new base is in neither.
	Commits []BoardCommit `json:"commits"`
	Gone    []BoardCommit `json:"gone"`
}

// What a branch did.
const (
	BranchCame    = "came"
	BranchWent    = "went"
	BranchChanged = "changed"
)

// BoardCommit is a commit as a change board wants it.
type BoardCommit struct {
	Commit  ID        `json:"commit"`
	Subject string    `json:"subject"`
	Author  string    `json:"author"`
	When    time.Time `json:"when"`
}

// DiffReleases compares two releases by what was merged into them, and with a path
// by its content.
func DiffReleases(ctx context.Context, site *Site, request ReleaseDiffRequest) (*ReleaseDiff, error) {
	if err := site.whole(); err != nil {
		return nil, err
	}
	d := &ReleaseDiff{Branches: []BranchChange{}, Others: []OtherChange{}}
	var err error
	if d.From, err = site.releaseSide(ctx, request.From, request.Series); err != nil {
		return nil, err
	}
	if d.To, err = site.releaseSide(ctx, request.To, request.Series); err != nil {
		return nil, err
	}
	if err := d.compare(ctx, site); err != nil {
		return nil, fmt.Errorf("compare %s and %s: %w", request.From, request.To, err)
	}
	if request.Path != "" {
		return d, d.addDiff(ctx, site, request)
	}
	return d, nil
}

// keyOf is the key of a branch's record; of a foreign name the name.
func (s *Site) keyOf(name string) string {
	if n, ok := s.parsed(name); ok {
		return n.Key()
	}
	return name
}

func (s *Site) parsed(name string) (branches.Name, bool) {
	if s.Scheme == nil {
		return branches.Name{}, false
	}
	n, err := s.Scheme.Parse(name)
	return n, err == nil
}

// compare fills in the branches.
func (d *ReleaseDiff) compare(ctx context.Context, site *Site) error {
	changes := release.Compare(d.From.manifest, d.To.manifest, site.keyOf)
	var steps []release.Step
	for _, c := range changes {
		for _, s := range []*release.Step{c.From, c.To} {
			if s != nil {
				steps = append(steps, *s)
			}
		}
	}
	if err := site.allHere(ctx, steps); err != nil {
		return err
	}
	own, err := d.own(ctx, site, steps)
	if err != nil {
		return err
	}
	for _, c := range changes {
		b, err := site.boardChange(ctx, own, c)
		if err != nil {
			return err
		}
		d.Branches = append(d.Branches, b)
	}
	order := []string{BranchCame, BranchWent, BranchChanged}
	slices.SortStableFunc(d.Branches, func(a, b BranchChange) int {
		return slices.Index(order, a.Change) - slices.Index(order, b.Change)
	})
	d.count()
	return d.addOthers(ctx, site)
}

func (d *ReleaseDiff) own(ctx context.Context, site *Site, steps []release.Step) (*history.Own, error) {
	for _, m := range []*release.Manifest{d.From.manifest, d.To.manifest} {
		for _, s := range m.Steps {
			if s.Kind == release.Upstream {
				steps = append(steps, s)
			}
		}
		steps = append(steps, release.Step{Kind: release.Upstream, Tip: m.Base.Commit})
	}
	return site.ownOfRelease(ctx, d.From.manifest.Base.Commit, steps)
}

// allHere makes sure that the tips are in this clone.
func (s *Site) allHere(ctx context.Context, steps []release.Step) error {
	for _, step := range steps {
		_, err := s.Repo.Store().Commit(ctx, step.Tip)
		if errors.Is(err, git.ErrNotFound) {
			return &UsageError{Text: fmt.Sprintf("%s at %s is not in this clone", ShowPath(step.Name), step.Tip), Hint: "git fetch --tags brings what a release was made of"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *ReleaseDiff) count() {
	t := &d.Totals
	for _, b := range d.Branches {
		switch b.Change {
		case BranchCame:
			t.Came++
		case BranchWent:
			t.Went++
		default:
			t.Changed++
		}
		if b.Hack {
			t.Hacks++
		}
	}
	t.Same = d.To.Branches - t.Came - t.Changed
}

// boardChange tells of one branch what a change board wants to know.
func (s *Site) boardChange(ctx context.Context, own *history.Own, c release.Change) (BranchChange, error) {
	b := BranchChange{Change: BranchChanged, Key: c.Key}
	step := c.To
	var from, to git.ID
	if c.From != nil {
		b.OldName, from = c.From.Name, c.From.Tip
	}
	switch {
	case c.From == nil:
		b.Change = BranchCame
	case c.To == nil:
		b.Change, step = BranchWent, c.From
	}
	if c.To != nil {
		to = c.To.Tip
	}
	b.Branch, b.OldTip, b.NewTip = step.Name, ID(from), ID(to)
	record := s.Config.Records[c.Key]
	if n, ok := s.parsed(step.Name); ok {
		b.Type = n.Type
		record = s.Config.Records[n.Key()]
	}
	b.Hack, b.Why = b.Type == hackType, record.Reason
	if b.Ticket = step.Ticket; b.Ticket == "" {
		b.Ticket = record.Ticket
	}
	b.Commits, b.Gone = apart(own, from, to)
	var err error
	b.Files, err = s.filesOf(ctx, own, step.Tip)
	return b, err
}

// hackType is the type of branches that change core.
const hackType = "hack"

// apart lists the commits that only one of two tips has. Those that were carried
// from one to the other have the same author, date and subject, and are in neither.
func apart(own *history.Own, from, to git.ID) (came, gone []BoardCommit) {
	type identity struct{ who, subject string }
	identify := func(c *git.Commit) identity {
		subject, _, _ := strings.Cut(c.Message, "\n")
		return identity{c.Author.String(), subject}
	}
	list := func(tip, without git.ID) []BoardCommit {
		all := []BoardCommit{}
		if tip == git.ZeroID {
			return all
		}
		carried := make(map[identity]int)
		if without != git.ZeroID {
			for _, c := range own.Of(without, tip) {
				carried[identify(c)]++
			}
		}
		for _, c := range own.Of(tip, without) {
			if len(c.Parents) > 1 {
				continue
			}
			id := identify(c)
			if carried[id] > 0 {
				carried[id]--
				continue
			}
			all = append(all, BoardCommit{ID(c.ID), id.subject, c.Author.Name, c.Author.When})
		}
		return all
	}
	return list(to, from), list(from, to)
}

// filesOf counts the files that a branch changes against what it stands on.
func (s *Site) filesOf(ctx context.Context, own *history.Own, tip git.ID) (int, error) {
	base, err := history.Base(ctx, s.Repo, own, tip)
	if err != nil || base == git.ZeroID || base == tip {
		return 0, err
	}
	commits, err := s.Repo.Store().Commits(ctx, []git.ID{base, tip})
	if err != nil {
		return 0, err
	}
	n := 0
	err = tree.Diff(ctx, s.Repo.Store(), commits[0].Tree, commits[1].Tree, func(tree.Change) error {
		n++
		return nil
	})
	return n, err
}

// addDiff adds the difference at a path, by Git's own rules and nobody's programs.
func (d *ReleaseDiff) addDiff(ctx context.Context, site *Site, request ReleaseDiffRequest) error {
	commits, err := site.Repo.Store().Commits(ctx, []git.ID{git.ID(d.From.Commit), git.ID(d.To.Commit)})
	if err != nil {
		return err
	}
	path, err := site.pathIn(ctx, request.Path, commits[0].Tree, commits[1].Tree)
	if err != nil {
		return err
	}
	if path == "" {
		return &UsageError{
			Text: fmt.Sprintf("neither %s nor %s has %s", d.From.Name, d.To.Name, ShowPath(request.Path)),
			Hint: "a path begins at the root of Moodle, such as mod/forum",
		}
	}
	color := "--color=never"
	if request.Color {
		color = "--color=always"
	}
	out, err := site.Repo.Cmd("diff-tree", "-r", "-p", "--find-renames", "--no-ext-diff", "--no-textconv", color,
		commits[0].Tree.String(), commits[1].Tree.String(), "--", ":(top,literal)"+path).Output(ctx)
	if err != nil {
		return err
	}
	d.Path, d.PathBytes = pathJSON(path)
	d.Diff = string(out)
	return nil
}

// pathIn returns the path that a word means, as it is or as reports show it: "" for
// one that none of the trees has.
func (s *Site) pathIn(ctx context.Context, word string, trees ...git.ID) (string, error) {
	word = strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/")
	tries := []string{word}
	if raw, ok := readShown(word); ok {
		tries = append(tries, raw)
	}
	for _, try := range tries {
		for _, root := range trees {
			at, err := tree.At(ctx, s.Repo.Store(), root, try)
			if err != nil || at != (tree.Node{}) {
				return try, err
			}
		}
	}
	return "", nil
}
