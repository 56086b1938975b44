package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/remote"
)

// InitRequest says what `mgit init` shall not find out by itself.
type InitRequest struct {
	Customer, Scheme string // "" for what the branches say
	// The remotes that get a role because somebody says so.
	Upstream, Internal, Public, Integration []string
	// Program is how the push guard calls mgit; "" is "mgit".
	Program string
	// Records are records of branches that a new mgit.toml begins with, in TOML.
	Records string
	// DryRun fetches nothing and writes nothing.
	DryRun bool
}

// InitReport is what `mgit init` found, and what it writes or has written.
type InitReport struct {
	// Branch says what becomes of the mgit branch: "made", "adopted" or "kept".
	Branch string `json:"branch"`
	// AdoptedFrom is the remote whose mgit branch is adopted, "" for none.
	AdoptedFrom string   `json:"adopted_from"`
	Customer    string   `json:"customer"`
	Branches    int      `json:"branches"` // of the site, by their names
	Series      []string `json:"series"`

	Proposals []Proposal `json:"proposals"`
	// Offers are roles that are given only when somebody asks for them by name.
	Offers []Offer `json:"offers"`
	// Pending are the settings of the adopted branch that are not in force here yet.
	Pending []config.PendingChange `json:"-"`
	// Misnamed are branches that are nearly of the scheme, with the reason.
	Misnamed []Misnamed `json:"misnamed"`
	Guard    Guard      `json:"guard"`
	// Warnings are what else should be known.
	Warnings []Warning `json:"-"`
}

// Proposal is a setting that init found.
type Proposal struct {
	Where  string `json:"where"` // "mgit.toml" or "git config"
	Key    string `json:"key"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Offer is a role for a remote that opens it to what must not leave by mistake.
type Offer struct {
	Remote string `json:"remote"`
	URL    string `json:"url"`
	Role   string `json:"role"`
	Reason string `json:"reason"`
}

// Misnamed is a branch whose name is nearly of the scheme.
type Misnamed struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (r *InitReport) warn(id, text string) { r.Warnings = append(r.Warnings, Warning{id, text}) }

// The values of InitReport.Branch.
const (
	BranchMade    = "made"
	BranchAdopted = "adopted"
	BranchKept    = "kept"
)

// settingValue is a key of mgit.toml and the value it is to have.
type settingValue struct {
	Path  []string
	Value any
}

// InitPlan is what init would do.
type InitPlan struct {
	site    *Site
	request InitRequest
	report  *InitReport

	adopt  git.ID           // the commit that the mgit branch begins with here
	old    []byte           // mgit.toml as it is; nil for none
	readme bool             // whether there is a README already
	doc    *config.Document // mgit.toml as it is
	conf   *config.Config   // with the mgit branch that is adopted
	rules  []remote.Rule    // the roles that are known, confirmed or not
	ours   int              // names that are of the site

	roles  []remoteRole
	values []settingValue
	clone  cloneEdit
}

// PlanInit finds out what the clone is and what is missing. It asks internal
// remotes whether they have an mgit branch, so that there is never a second one.
func PlanInit(ctx context.Context, site *Site, request InitRequest) (*InitPlan, error) {
	p := &InitPlan{site: site, request: request, report: &InitReport{
		Branch: BranchKept, Series: []string{}, Proposals: []Proposal{}, Offers: []Offer{}, Misnamed: []Misnamed{},
	}}
	if err := p.readBranch(ctx); err != nil {
		return nil, err
	}
	naming, err := p.name()
	if err != nil {
		return nil, err
	}
	scheme, err := newScheme(naming)
	if err != nil {
		return nil, &UsageError{Text: err.Error()}
	}
	p.countOurs(scheme)
	if err := p.giveRoles(p.look(scheme)); err != nil {
		return nil, err
	}
	p.enterRoles()
	p.proposeSeries(scheme)
	if p.report.Guard, err = site.guardFor(ctx, p.willBePublic(), request.Program); err != nil {
		return nil, err
	}
	p.clone.Guard = p.report.Guard.edit
	if site.Repo.Shallow() {
		p.report.warn("shallow", "this clone is shallow: branches cannot be moved before `git fetch --unshallow`")
	}
	if !p.NothingToDo() {
		// A run is a commit: what would stop it should be known before.
		if _, err := site.Repo.Ident(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Report is what the plan would do. It must not be changed.
func (p *InitPlan) Report() *InitReport { return p.report }

// NothingToDo reports whether everything is in place.
func (p *InitPlan) NothingToDo() bool {
	return len(p.values) == 0 && p.adopt == git.ZeroID && p.report.Branch == BranchKept && len(p.clone.Config) == 0 && p.clone.Guard == nil
}

// readBranch finds the mgit branch to go on from: the local one, else that of a
// remote that is internal by all one can tell.
func (p *InitPlan) readBranch(ctx context.Context) error {
	s := p.site
	tip := s.shared
	if tip == git.ZeroID {
		from, id, err := p.findAdoptable(ctx)
		if err != nil {
			return err
		}
		tip, p.adopt, p.report.AdoptedFrom = id, id, from
		p.report.Branch = BranchMade
		if id != git.ZeroID {
			p.report.Branch = BranchAdopted
		}
	}
	files, err := s.sharedFilesAt(ctx, tip)
	if err != nil {
		return err
	}
	if p.old = files.Main; p.old == nil && p.report.Branch == BranchKept {
		p.report.Branch = BranchMade // undone once, or emptied
	}
	src := s.sources
	src.Shared = files
	if p.conf, err = config.Load(src); err != nil {
		return err
	}
	p.report.Pending = p.conf.Pending()
	text := p.old
	if text == nil {
		text = []byte("format = 1\n")
	}
	if p.doc, err = config.ParseDocument(settingsFile, text); err != nil {
		return err
	}
	w, err := newSharedWriter(ctx, s.Repo, tip)
	if err != nil {
		return err
	}
	readme, err := w.read(ctx, readmeFile)
	p.readme = readme != nil
	p.rules = knownRules(p.conf, p.doc)
	return err
}

// name settles customer, scheme and types.
func (p *InitPlan) name() (config.Naming, error) {
	naming := p.conf.Naming()
	names := p.branchNames()
	if s := p.request.Scheme; s != "" && s != naming.Scheme {
		if p.has("scheme") {
			return naming, &UsageError{Text: "the site has a naming scheme already: " + naming.Scheme, Hint: "`mgit config edit scheme TEMPLATE` changes it"}
		}
		naming.Scheme = s
		p.take("scheme", s, "asked for")
	}
	if c := p.request.Customer; c != "" && c != naming.Customer {
		if p.has("customer") {
			return naming, &UsageError{Text: "the site has a customer already: " + naming.Customer, Hint: "`mgit config edit customer NAME` changes it"}
		}
		naming.Customer = c
		p.take("customer", c, "asked for")
	}
	if naming.Customer == "" {
		customer, n := findCustomer(naming, names)
		if customer == "" {
			return naming, &UsageError{
				Text: fmt.Sprintf("none of %s is named by the scheme %s, so the customer cannot be told", count(len(names), "branch"), naming.Scheme),
				Hint: "--customer NAME says how the names of your branches begin, --scheme TEMPLATE how they are made",
			}
		}
		naming.Customer = customer
		p.take("customer", customer, fmt.Sprintf("%d of %s are named so", n, count(len(names), "branch")))
	} else if !p.has("customer") {
		source, _ := p.conf.Source("customer")
		if p.request.Customer == "" {
			p.take("customer", naming.Customer, "set in "+source.Place())
		}
	}
	p.report.Customer = naming.Customer
	if !p.has("types") {
		types, uses := findTypes(naming, names)
		var reasons []string
		for _, t := range types {
			if uses[t] > 0 {
				reasons = append(reasons, fmt.Sprintf("%s has %s", t, count(uses[t], "branch")))
			}
		}
		if len(types) > len(naming.Types) {
			naming.Types = types
			p.take("types", types, strings.Join(reasons, ", "))
		}
	}
	return naming, nil
}

// proposeSeries settles series, targets and how releases are named.
func (p *InitPlan) proposeSeries(scheme *branches.Scheme) {
	l := p.listing(scheme)
	p.report.Branches = len(l.Branches)
	for _, m := range l.Misnamed {
		p.report.Misnamed = append(p.report.Misnamed, Misnamed{m.Name, m.Reason})
	}
	all := allSeries(l)
	for _, v := range all {
		p.report.Series = append(p.report.Series, v.String())
	}
	if series, reason := inProduction(l); !series.IsZero() && p.conf.Series.IsZero() {
		p.take("series", series.String(), reason)
	}
	if !p.has("targets", "default") {
		for _, v := range all {
			if !p.has("targets", v.String()) {
				p.takeAt([]string{"targets", v.String()}, branches.DefaultTargets(), targetReason(l, v))
			}
		}
	}
	our, short, reason := p.findRelease(scheme.Customer())
	if !p.has("release", "ourname") && !p.has("release", "shortcustomer") && p.conf.Release.OurName == "" && p.conf.Release.ShortCustomer == "" {
		p.takeAt([]string{"release", "ourname"}, our, reason)
		p.takeAt([]string{"release", "shortcustomer"}, short, reason)
	}
}

func targetReason(l branches.Listing, v moodle.Series) string {
	var there []string
	for _, t := range l.Targets {
		if t.Version.Compare(v) == 0 {
			there = append(there, t.Short)
		}
	}
	if len(there) == 0 {
		return "the usual two"
	}
	slices.Sort(there)
	return "there is " + strings.Join(there, " and ")
}

// listing is what the site's branches are, those of remotes that will be internal
// included.
func (p *InitPlan) listing(scheme *branches.Scheme) branches.Listing {
	internal := slices.Clone(p.site.internal)
	for _, r := range remotes(p.site.git) {
		isInternal := slices.ContainsFunc(p.rules, func(rule remote.Rule) bool {
			return rule.Role == remote.Internal && slices.ContainsFunc(r.FetchURLs, func(u string) bool { return sameRepository(u, rule.URL) })
		})
		if isInternal && !slices.Contains(internal, r.Name) {
			internal = append(internal, r.Name)
		}
	}
	return scheme.List(p.site.refs.refs, internal)
}

func (p *InitPlan) countOurs(scheme *branches.Scheme) {
	for _, name := range p.branchNames() {
		if isOfSite(scheme, name) {
			p.ours++
		}
	}
}

func (p *InitPlan) willBePublic() bool {
	return p.site.hasPublic() || slices.ContainsFunc(p.roles, func(r remoteRole) bool { return r.role == remote.Public })
}

func (p *InitPlan) has(path ...string) bool {
	_, found := p.doc.Get(path...)
	return found
}

func (p *InitPlan) take(key string, value any, reason string) { p.takeAt([]string{key}, value, reason) }

// takeAt proposes a value for mgit.toml.
func (p *InitPlan) takeAt(path []string, value any, reason string) {
	p.set(settingValue{path, value})
	text, isText := value.(string)
	if !isText {
		text, _ = config.FormatValue(value) // lists of texts can always be written
	}
	p.propose(settingsFile, config.FormatPath(path...), text, reason)
}

func (p *InitPlan) set(v settingValue) { p.values = append(p.values, v) }

func (p *InitPlan) propose(where, key, value, reason string) {
	p.report.Proposals = append(p.report.Proposals, Proposal{where, key, value, reason})
}

// Apply writes what is missing. The number is 0 when there was nothing to do.
func (p *InitPlan) Apply(ctx context.Context, lock *journal.Lock) (run int, err error) {
	if p.NothingToDo() {
		return 0, nil
	}
	edit := sharedEdit{Clone: &p.clone}
	if p.adopt != git.ZeroID {
		edit.Adopt = p.adopt.String()
	}
	if len(p.values) > 0 || p.old == nil {
		text, err := p.settings()
		if err != nil {
			return 0, err
		}
		if edit.Clone.Confirm, err = guardedKeys(config.SharedFiles{Main: p.old}, config.SharedFiles{Main: text}); err != nil {
			return 0, err
		}
		edit.Files = append(edit.Files, changeFile(settingsFile, p.old, text))
	}
	if !p.readme {
		edit.Files = append(edit.Files, changeFile(readmeFile, nil, []byte(readmeText)))
	}
	return p.site.applyEdit(ctx, lock, "init", nil, edit)
}

// Init finds what is missing and, unless it is a dry run, writes it.
func Init(ctx context.Context, site *Site, request InitRequest) (report *InitReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "init"); err != nil {
			return nil, 0, err
		}
		defer lock.Release()
	}
	plan, err := PlanInit(ctx, site, request)
	if err != nil || request.DryRun {
		if plan == nil {
			return nil, 0, err
		}
		return plan.report, 0, err
	}
	run, err = plan.Apply(ctx, lock)
	return plan.report, run, err
}
