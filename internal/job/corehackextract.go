package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/journal"
	"mgit/internal/moodle"
)

// extractFile is a file of a tree that differs from its pin in something that no
// branch explains. Each path comes once.
type extractFile struct {
	Path, Component string
	Pristine, Live  *extractSide // nil: there is no such file
	// Pieces are how the two differ. Those with By "" are orphans and go into a
	// branch; the others are in branches already.
	Pieces []hunk.Piece
	// Whole takes the live side as it is: for files that have no pieces, being
	// unknown, missing, binary or of another type.
	Whole bool
}

// extractSide is one side of an extractFile. The content of a link is where it points.
type extractSide struct {
	Mode    git.Mode
	Content []byte
}

// Where extracted branches stand.
const (
	OntoBase = "base" // on their series' base, on the pin where that does not work
	OntoPin  = "pin"
)

// extractType is the type of the branches.
const extractType = "hack"

// ExtractRequest says what branches are to be made of orphans.
type ExtractRequest struct {
	Series moodle.Series
	Pin    git.ID // the commit that the tree was made from
	Onto   string // OntoBase, which is the default, or OntoPin
	// Author is "Name <mail>" of the commits, "" for the committer.
	Author string
	// Message is the subject of the commits; "" for one that names component and tree.
	Message        string
	Reason, Ticket string // for the branches' records
	// Short is the short name of the branches. Without one they have none unless
	// the name is taken: then it is live, live2 and so on.
	Short  string
	Tree   string // what was looked at, for the message
	DryRun bool
}

// ExtractReport is what became of the orphans.
type ExtractReport struct {
	Branches []ExtractedBranch `json:"branches"` // by name
	Left     []NotExtracted    `json:"left"`     // what is in no branch, by path
	// Warnings say what should be looked at before a branch is used.
	Warnings []Warning `json:"-"`
}

// ExtractedBranch is a branch made of orphans: one commit on its base.
type ExtractedBranch struct {
	Name      string  `json:"name"`
	Component string  `json:"component"`
	Base      Commit  `json:"base"`
	OnPin     bool    `json:"on_pin"` // it stands on the pin and not on the series' base
	Tip       ID      `json:"tip"`
	Files     []Place `json:"files"`  // paths as in the pin
	Hunks     int     `json:"hunks"`  // a file that was taken as a whole counts as one
	Record    string  `json:"record"` // its key
	Reason    string  `json:"reason"` // why it stands on the pin although the base was wanted
}

// NotExtracted is a file that could not go into a branch.
type NotExtracted struct {
	Place
	Reason string `json:"reason"`
}

// extract makes branches out of orphans, one for each component, with their
// records on the mgit branch: one run, which undo takes back. It takes the lock itself.
// The run is 0 where no branch was made. The errors are *UsageError for a request
// that cannot be; what cannot go into a branch is in the report.
func extract(ctx context.Context, site *Site, request ExtractRequest, files []extractFile) (report *ExtractReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "corehack-report --extract"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	scratch, err := site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	x, err := planExtract(ctx, site, scratch, request, files)
	if err != nil {
		return nil, 0, err
	}
	if !request.DryRun {
		if run, err = x.apply(ctx, lock); err != nil {
			return nil, run, err
		}
	}
	return x.report(), run, nil
}

// extraction is an extract on its way.
type extraction struct {
	site      *Site
	request   ExtractRequest
	scratch   *git.Scratch
	pin, base *git.Commit // base is nil where the pin was asked for
	committer git.Signature
	author    git.Signature
	settings  []byte // mgit.toml as it is, nil for none
	edit      sharedEdit
	branches  []*extracted
	left      []NotExtracted
}

// extracted is one branch on its way.
type extracted struct {
	name, component, record string
	files                   []extractFile // that are in it
	hunks                   int
	on                      *git.Commit // where it stands
	tip                     git.ID
	reason                  string
}

// planExtract does everything up to the moving of references, in memory.
func planExtract(ctx context.Context, site *Site, scratch *git.Scratch, request ExtractRequest, files []extractFile) (*extraction, error) {
	x := &extraction{site: site, request: request, scratch: scratch}
	if err := x.prepare(ctx); err != nil {
		return nil, err
	}
	if err := x.collect(ctx, files); err != nil {
		return nil, err
	}
	if err := x.moveToBase(ctx); err != nil {
		return nil, err
	}
	if err := x.sign(ctx); err != nil {
		return nil, err
	}
	var err error
	if x.edit, err = x.recordEdit(x.branches); err != nil {
		return nil, err
	}
	made := make(map[string]bool)
	for _, b := range x.branches {
		made[b.name] = false
	}
	x.edit.Ledgers, err = x.site.enterInUpgrades(ctx, made)
	return x, err
}

// prepare judges the request and reads what it names.
func (x *extraction) prepare(ctx context.Context) error {
	r := &x.request
	if r.Onto == "" {
		r.Onto = OntoBase
	}
	if r.Series.IsZero() {
		return &UsageError{Text: "of which series are the branches to be?", Hint: "--series"}
	}
	if r.Onto != OntoBase && r.Onto != OntoPin {
		return &UsageError{Text: fmt.Sprintf("%q is no place for a branch to stand on", r.Onto), Hint: "it is " + OntoBase + " or " + OntoPin}
	}
	if _, err := x.site.newName(NewRequest{Type: extractType, Component: moodle.CoreType, Short: r.Short, Series: r.Series}); err != nil {
		return err
	}
	var err error
	if x.committer, err = x.site.Repo.Ident(ctx); err != nil {
		return err
	}
	if x.author, err = r.authorOr(x.committer); err != nil {
		return err
	}
	if x.pin, err = x.scratch.Commit(ctx, r.Pin); err != nil {
		return fmt.Errorf("read the pin: %w", err)
	}
	if x.settings, err = x.site.readShared(ctx, settingsFile); err != nil {
		return err
	}
	if r.Onto == OntoPin {
		return nil
	}
	begun := &NewReport{site: x.site}
	if err := begun.findBase(r.Series); err != nil {
		return err
	}
	if x.base, err = x.scratch.Commit(ctx, git.ID(begun.Base.Commit)); err != nil {
		return fmt.Errorf("read the base: %w", err)
	}
	return nil
}

// authorOr is the author that the request names, else who.
func (r ExtractRequest) authorOr(who git.Signature) (git.Signature, error) {
	for _, text := range []string{r.Author, r.Message, r.Reason, r.Ticket} {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return who, &UsageError{Text: fmt.Sprintf("%q is not UTF-8", text)}
		}
	}
	if r.Author == "" {
		return who, nil
	}
	name, mail, ok := parseAuthor(r.Author)
	if !ok {
		return who, &UsageError{Text: fmt.Sprintf("%q is no author", r.Author), Hint: `--author "Ada Author <ada@example.org>"`}
	}
	who.Name, who.Email = name, mail
	return who, nil
}

// parseAuthor takes "Name <mail>" apart. Git takes no commit whose author has an
// angle bracket or a line end in its name or mail, and a mail has no blanks.
func parseAuthor(text string) (name, mail string, ok bool) {
	name, mail, ok = strings.Cut(text, " <")
	mail, closed := strings.CutSuffix(mail, ">")
	name = strings.TrimSpace(name)
	ok = ok && closed && name != "" && mail != "" && !strings.ContainsAny(name+mail, "<>") &&
		!strings.ContainsFunc(text, unicode.IsControl) && !strings.ContainsFunc(mail, unicode.IsSpace)
	return name, mail, ok
}

// message is that of a branch's commit.
func (x *extraction) message(component string) string {
	r := x.request
	subject := strings.TrimSpace(r.Message)
	if subject == "" {
		subject = component + ": changes found in the live tree"
	}
	pin := x.site.refs.describe(x.pin.ID)
	from := pin.Tag
	if from == "" {
		from = pin.Commit.Short()
	}
	text := fmt.Sprintf("%s\n\nFound in %s, which was made from %s, and in no branch.\n", subject, x.treeName(), from)
	if reason := strings.TrimSpace(r.Reason); reason != "" {
		text += "\n" + reason + "\n"
	}
	if ticket := strings.TrimSpace(r.Ticket); ticket != "" {
		text += "\nTicket: " + ticket + "\n"
	}
	return text
}

func (x *extraction) treeName() string {
	if x.request.Tree == "" {
		return "the live tree"
	}
	return ShowPath(x.request.Tree)
}

// sign signs the commits where the user signs commits: once it is settled which
// they are, since it may ask for a passphrase.
func (x *extraction) sign(ctx context.Context) error {
	settings, err := x.site.Repo.Config(ctx)
	if err != nil || !settings.Bool("commit.gpgsign", false) {
		return err
	}
	for _, b := range x.branches {
		c, err := x.scratch.Commit(ctx, b.tip)
		if err != nil {
			return err
		}
		if b.tip, err = x.scratch.SignCommit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// apply creates the branches and their records.
func (x *extraction) apply(ctx context.Context, lock *journal.Lock) (int, error) {
	if len(x.branches) == 0 {
		return 0, nil
	}
	draft := journal.Draft{Command: "corehack-report --extract " + x.treeName()}
	var err error
	if draft.Payload, err = x.edit.encode(); err != nil {
		return 0, err
	}
	for _, b := range x.branches {
		draft.Moves = append(draft.Moves, journal.Move{Group: b.name, Ref: "refs/heads/" + b.name, New: b.tip})
	}
	run, err := journal.Apply(ctx, x.site.Repo, lock, x.scratch, draft, x.applyRecords())
	if err != nil {
		return 0, err
	}
	for _, out := range run.TakenOut {
		x.takeOut(out)
	}
	return run.Number, nil
}

// applyRecords writes the records of the branches that came to be.
func (x *extraction) applyRecords() journal.Shared {
	return func(ctx context.Context, run *journal.Run, tip git.ID) (git.ID, error) {
		out := make(map[string]bool)
		for _, t := range run.TakenOut {
			out[t.Group] = true
		}
		made := *run
		if len(out) > 0 {
			edit, err := x.recordEdit(slices.DeleteFunc(slices.Clone(x.branches), func(b *extracted) bool { return out[b.name] }))
			if err != nil {
				return tip, err
			}
			edit.Ledgers = x.edit.Ledgers // an entry of a branch that was taken out stays out
			if made.Payload, err = edit.encode(); err != nil {
				return tip, err
			}
		}
		return applyShared(x.site.Repo)(ctx, &made, tip)
	}
}

// takeOut moves a branch that somebody else began meanwhile to what is left.
func (x *extraction) takeOut(out journal.TakenOut) {
	x.branches = slices.DeleteFunc(x.branches, func(b *extracted) bool {
		if b.name != out.Group {
			return false
		}
		for _, f := range b.files {
			x.leave(f.Path, out.Reason)
		}
		return true
	})
}

func (x *extraction) leave(path, reason string) {
	x.left = append(x.left, NotExtracted{At(path), reason})
}

func (x *extraction) report() *ExtractReport {
	r := &ExtractReport{Branches: []ExtractedBranch{}, Left: append([]NotExtracted{}, x.left...)}
	for _, b := range x.branches {
		e := ExtractedBranch{
			Name: b.name, Component: b.component, Base: x.site.refs.describe(b.on.ID), OnPin: x.base == nil || b.on.ID != x.base.ID,
			Tip: ID(b.tip), Files: []Place{}, Hunks: b.hunks, Record: b.record, Reason: b.reason,
		}
		for _, f := range b.files {
			e.Files = append(e.Files, At(f.Path))
		}
		r.Branches = append(r.Branches, e)
	}
	slices.SortFunc(r.Branches, func(a, b ExtractedBranch) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(r.Left, func(a, b NotExtracted) int { return strings.Compare(a.Raw, b.Raw) })
	return r
}

// recordEdit adds the branches' records to mgit.toml.
func (x *extraction) recordEdit(branches []*extracted) (sharedEdit, error) {
	if len(branches) == 0 {
		return sharedEdit{}, nil
	}
	text := x.settings
	if text == nil {
		text = []byte("format = 1\n")
	}
	doc, err := config.ParseDocument(settingsFile, text)
	if err != nil {
		return sharedEdit{}, err
	}
	for _, b := range branches {
		if err := doc.AppendRecord(b.record, x.recordOf(b)); err != nil {
			return sharedEdit{}, err
		}
	}
	if err := judgeFiles(config.SharedFiles{Main: text}, config.SharedFiles{Main: doc.Bytes()}); err != nil {
		return sharedEdit{}, err
	}
	return sharedEdit{Files: []fileEdit{changeFile(settingsFile, slices.Clone(x.settings), doc.Bytes())}}, nil
}

func (x *extraction) recordOf(b *extracted) config.Record {
	reason := strings.TrimSpace(x.request.Reason)
	if reason == "" {
		reason = "found in " + x.treeName()
	}
	var paths []string
	for _, f := range b.files {
		paths = append(paths, f.Path)
	}
	return config.Record{Reason: reason, Ticket: strings.TrimSpace(x.request.Ticket), Paths: recordPaths(paths)}
}
