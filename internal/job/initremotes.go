package job

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/remote"
)

// remoteRole is a role that a remote of the clone is to get.
type remoteRole struct {
	remote remote.Remote
	role   remote.Role
	reason string
}

// offered is a remote as its branches, as they were fetched, describe it.
type offered struct {
	remote.Remote
	stable   int  // branches MOODLE_*_STABLE
	ours     int  // branches and targets of the site
	most     bool // at least half of the site's
	fixes    int  // branches named after an issue of Moodle's tracker
	others   int  // any others
	hasState bool // a branch mgit
}

var (
	stableBranch = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MOODLE_[0-9]+_STABLE$`) })
	fixBranch    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(wip-)?MDL-[0-9]+`) })
)

// look describes the remotes by their fetched branches.
func (p *InitPlan) look(scheme *branches.Scheme) []offered {
	var all []offered
	for _, r := range remotes(p.site.git) {
		o := offered{Remote: r}
		for _, ref := range p.site.refs.refs {
			name, ok := strings.CutPrefix(ref.Name, "refs/remotes/"+r.Name+"/")
			if !ok || ref.Symref != "" {
				continue
			}
			switch {
			case stableBranch().MatchString(name):
				o.stable++
			case name == "mgit":
				o.hasState = true
			case fixBranch().MatchString(name):
				o.fixes++
			case scheme != nil && isOfSite(scheme, name):
				o.ours++
			default:
				o.others++
			}
		}
		o.most = o.ours > 0 && 2*o.ours >= p.ours
		all = append(all, o)
	}
	return all
}

func isOfSite(scheme *branches.Scheme, name string) bool {
	if _, err := scheme.Parse(name); err == nil {
		return true
	}
	_, err := scheme.ParseTarget(name)
	return err == nil
}

// giveRoles fills in the roles of remotes that have none, first as asked for,
// then by what the remotes hold.
func (p *InitPlan) giveRoles(all []offered) error {
	asked, err := p.askedRoles(all)
	if err != nil {
		return err
	}
	tags := len(p.site.refs.tagOf)
	upstream := upstreamOf(all)
	if p.hasRole(remote.Upstream, asked) {
		upstream = nil
	}
	for i, o := range all {
		role, isAsked := asked[o.Name]
		switch {
		case !isAsked && isTwin(all, i, asked):
		case p.isKnown(o.Remote):
			if isAsked {
				return &UsageError{Text: o.Name + " has a role already", Hint: "`mgit config show` says which, `mgit config edit` changes it"}
			}
		case isAsked:
			p.roles = append(p.roles, remoteRole{o.Remote, role, "asked for"})
		case upstream != nil && o.Name == upstream.Name:
			p.roles = append(p.roles, remoteRole{o.Remote, remote.Upstream, upstreamReason(o, tags)})
		case o.most || o.hasState:
			p.roles = append(p.roles, remoteRole{o.Remote, remote.Internal, internalReason(o)})
		case officialRank(o.Remote) == byHost:
			p.roles = append(p.roles, remoteRole{o.Remote, remote.Upstream, "is Moodle's own repository by its URL"})
		case isIntegration(o.Remote):
			p.roles = append(p.roles, remoteRole{o.Remote, remote.Integration, "is Moodle's integration repository by its URL"})
		case o.stable+o.fixes+o.ours > 0:
			p.report.Offers = append(p.report.Offers, Offer{
				Remote: o.Name, URL: remote.Redact(firstURL(o.Remote)), Role: string(remote.Public),
				Reason: offerReason(o),
			})
		default:
			p.report.warn("no-role", o.Name+" has nothing by which it can be told what it is, so it gets no role and nothing is pushed there; --internal, --public or --upstream "+o.Name+" gives it one")
		}
	}
	if upstream == nil && !p.hasRole(remote.Upstream, asked) {
		p.report.warn("no-upstream", "no remote can be told to be Moodle's own; add it (git remote add upstream https://github.com/moodle/moodle.git), fetch it with its tags and give `mgit init` again, or name it with --upstream")
	}
	return nil
}

// offerReason says why a remote may be a fork that the community sees.
func offerReason(o offered) string {
	var has []string
	for _, kind := range []struct {
		n    int
		what string
	}{{o.stable, "of Moodle's stable branches"}, {o.fixes, "named after issues of Moodle's tracker"}, {o.ours, "of the site's"}} {
		if kind.n > 0 {
			has = append(has, fmt.Sprintf("%d %s", kind.n, kind.what))
		}
	}
	return "has branches: " + strings.Join(has, ", ")
}

func internalReason(o offered) string {
	switch {
	case o.ours == 0:
		return "has a branch mgit"
	case o.hasState:
		return fmt.Sprintf("has %s of the site's and a branch mgit", count(o.ours, "branch"))
	}
	return fmt.Sprintf("has %s of the site's", count(o.ours, "branch"))
}

// askedRoles are the roles the request gives, by remote.
func (p *InitPlan) askedRoles(all []offered) (map[string]remote.Role, error) {
	asked := make(map[string]remote.Role)
	for _, want := range []struct {
		role  remote.Role
		names []string
	}{
		{remote.Upstream, p.request.Upstream},
		{remote.Internal, p.request.Internal},
		{remote.Public, p.request.Public},
		{remote.Integration, p.request.Integration},
	} {
		for _, name := range want.names {
			if !slices.ContainsFunc(all, func(o offered) bool { return o.Name == name }) {
				return nil, &UsageError{Text: fmt.Sprintf("--%s %q: there is no such remote", want.role, name), Hint: "git remote -v lists them"}
			}
			if other, twice := asked[name]; twice && other != want.role {
				return nil, &UsageError{Text: fmt.Sprintf("%s cannot be both %s and %s", name, other, want.role)}
			}
			asked[name] = want.role
		}
	}
	return asked, nil
}

// hasRole reports whether the settings or the request know a remote of the role.
func (p *InitPlan) hasRole(role remote.Role, asked map[string]remote.Role) bool {
	for _, r := range asked {
		if r == role {
			return true
		}
	}
	return slices.ContainsFunc(p.rules, func(r remote.Rule) bool { return r.Role == role })
}

// isKnown reports whether some rule, confirmed or not, speaks of the remote.
func (p *InitPlan) isKnown(r remote.Remote) bool {
	return slices.ContainsFunc(p.rules, func(rule remote.Rule) bool {
		return slices.ContainsFunc(r.FetchURLs, func(url string) bool { return sameRepository(url, rule.URL) })
	})
}

func sameRepository(a, b string) bool {
	x, err := remote.ParseURL(a)
	if err != nil {
		return false
	}
	y, err := remote.ParseURL(b)
	return err == nil && x.Key() == y.Key()
}

// knownRules are the roles that the settings give, those that wait to be
// confirmed included.
func knownRules(c *config.Config, doc *config.Document) []remote.Rule {
	var rules []remote.Rule
	for _, r := range c.Remotes {
		rules = append(rules, remote.Rule{Name: r.Name, URL: r.URL, Role: remote.Role(r.Role)})
	}
	table, _ := doc.Get("remote")
	said, _ := table.(map[string]any)
	for _, name := range sortedNames(said) {
		url, _ := doc.Get("remote", name, "url")
		role, _ := doc.Get("remote", name, "role")
		u, isURL := url.(string)
		r, isRole := role.(string)
		if isURL && isRole {
			rules = append(rules, remote.Rule{Name: name, URL: u, Role: remote.Role(r)})
		}
	}
	return rules
}

// enterRoles turns roles into settings: a URL that others can use goes into
// mgit.toml, a path of this machine into git config.
func (p *InitPlan) enterRoles() {
	for _, r := range p.roles {
		urls := r.remote.FetchURLs
		for _, u := range r.remote.PushURLs {
			// Where pushes go elsewhere, that place needs the role as well; an
			// upstream is often given a push URL that leads nowhere.
			if r.role != remote.Upstream && r.role != remote.Integration && !slices.ContainsFunc(urls, func(o string) bool { return sameRepository(o, u) }) {
				urls = append(slices.Clone(urls), u)
			}
		}
		for _, text := range urls {
			p.enterRole(r, text)
		}
	}
}

func (p *InitPlan) enterRole(r remoteRole, text string) {
	u, err := remote.ParseURL(text)
	if err != nil {
		p.report.warn("unsafe-url", r.remote.Name+" gets no role: "+err.Error())
		return
	}
	name := p.freeName(r.remote.Name)
	switch u.Transport {
	case remote.Path, remote.File:
		for _, kv := range [][2]string{{"url", text}, {"role", string(r.role)}} {
			key := "mgit.remote." + name + "." + kv[0]
			old, _ := p.site.git.Get(key)
			p.clone.Config = append(p.clone.Config, gitSetting{key, old, kv[1]})
		}
		p.propose("git config", "mgit.remote."+name+".role", string(r.role), r.reason)
	default:
		p.set(settingValue{Path: []string{"remote", name, "url"}, Value: sharedURL(u, text)})
		p.set(settingValue{Path: []string{"remote", name, "role"}, Value: string(r.role)})
		p.propose(settingsFile, "remote."+config.FormatKey(name)+".role", string(r.role), r.reason)
	}
	p.rules = append(p.rules, remote.Rule{Name: name, URL: text, Role: r.role})
}

// sharedURL is a URL without what belongs to one person. Which user and whether
// there is a password does not matter to a role.
func sharedURL(u remote.URL, text string) string {
	switch {
	case u.Transport == remote.HTTPS:
		return "https://" + u.Host + u.Path
	case u.Password:
		return "ssh://" + u.User + "@" + u.Host + u.Path
	}
	return text
}

// freeName is a name for a rule that no other has.
func (p *InitPlan) freeName(name string) string {
	free := name
	for n := 2; slices.ContainsFunc(p.rules, func(r remote.Rule) bool { return r.Name == free }); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

func isIntegration(r remote.Remote) bool {
	u, err := remote.ParseURL(firstURL(r))
	return err == nil && strings.HasSuffix(u.Host, "moodle.org") && strings.Contains(u.Path, "integration")
}

func firstURL(r remote.Remote) string {
	if len(r.FetchURLs) == 0 {
		return ""
	}
	return r.FetchURLs[0]
}

func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ch"):
		noun += "es"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
