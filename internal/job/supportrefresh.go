package job

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mgit/internal/support"
	"mgit/internal/web"
)

// SupportRefreshRequest says where newer dates are.
type SupportRefreshRequest struct {
	// From is a file, as seen from the folder the site was opened in, or an https
	// address; "" is Moodle's own.
	From string
	// Date is the day the file is of, where it does not say; zero is the day of Now.
	Date   time.Time
	Now    time.Time
	DryRun bool
	// Transport is for tests; nil is that of package web.
	Transport http.RoundTripper
}

// SupportRefreshReport is what newer dates changed.
type SupportRefreshReport struct {
	Old     SupportData     `json:"old"`
	New     SupportData     `json:"new"`
	Changes []SupportChange `json:"changes"`
	Changed bool            `json:"changed"` // something was, or would be, written
}

// SupportChange is one date or mark of a series that changed; of a series that is new,
// every one.
type SupportChange struct {
	Series string `json:"series"`
	Key    string `json:"key"` // released, general, security, lts, experimental or newest
	Old    string `json:"old"`
	New    string `json:"new"`
}

// SupportRefresh reads newer dates of support and stores them on the mgit branch. The
// error is a *UsageError for a file that is not there, is wrong or is older than what
// is known, and an *UnreachableError for an address that does not answer.
func SupportRefresh(ctx context.Context, site *Site, request SupportRefreshRequest) (report *SupportRefreshReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	read, err := site.readSupport(ctx, request)
	if err != nil {
		return nil, 0, err
	}
	lock, err := site.lockUnless(ctx, request.DryRun, "support refresh")
	if err != nil {
		return nil, 0, err
	}
	defer lock.release()
	now, _, err := site.supportData(ctx)
	if err != nil {
		return nil, 0, err
	}
	if read.Date.Before(now.Date) {
		return nil, 0, &UsageError{
			Text: fmt.Sprintf("these dates are of %s, and those that are known already of %s", dayText(read.Date), dayText(now.Date)),
			Hint: "a file that does not say of which day it is counts as today's, or as that of --date",
		}
	}
	stored, err := site.readShared(ctx, supportFile)
	if err != nil {
		return nil, 0, err
	}
	r := &SupportRefreshReport{Old: describeSupport(now), New: describeSupport(read), Changes: supportChanges(now, read.Over(support.BuiltIn()))}
	text := read.Encode()
	if r.Changed = !bytes.Equal(stored, text); !r.Changed || request.DryRun {
		return r, 0, nil
	}
	edit := sharedEdit{Files: []fileEdit{changeFile(supportFile, stored, text)}}
	run, err = site.applyEdit(ctx, lock.Lock, "support refresh", nil, edit)
	return r, run, err
}

// readSupport reads the newer dates.
func (s *Site) readSupport(ctx context.Context, request SupportRefreshRequest) (*support.Data, error) {
	from := cmp.Or(request.From, support.Home)
	var data []byte
	var err error
	if strings.Contains(from, "://") {
		if data, err = fetchSupport(ctx, from, request.Transport); err != nil {
			return nil, err
		}
	} else if data, err = readSupportFile(s.fromDir(from)); err != nil {
		return nil, err
	}
	on := request.Date
	if on.IsZero() {
		on, _ = time.Parse(time.DateOnly, request.Now.Format(time.DateOnly))
	}
	d, err := support.Parse(data, on)
	if err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("%s: %v", from, err), Hint: "the form is that of " + support.Home}
	}
	if d.Date.After(request.Now) {
		return nil, &UsageError{Text: fmt.Sprintf("%s is of %s, which is not yet", from, dayText(d.Date))}
	}
	d.Source = from
	if !strings.Contains(from, "://") {
		d.Source = "a file called " + filepath.Base(from) // the path is one machine's
	}
	return d, nil
}

// fetchSupport asks a server for the file. Nothing is sent that tells who asks.
func fetchSupport(ctx context.Context, address string, transport http.RoundTripper) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Fragment != "" {
		return nil, &UsageError{Text: "the address cannot be read", Hint: "it is like " + support.Home}
	}
	server, err := web.New((&url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}).String(), web.Options{Limit: support.MaxSize, Tries: 2, Transport: transport})
	if err != nil {
		return nil, &UsageError{Text: err.Error(), Hint: "it is like " + support.Home + "; or name a file"}
	}
	answer, err := server.Do(ctx, web.Request{Path: u.EscapedPath(), Query: u.Query()})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &UnreachableError{Remote: u.Host, Err: err}
	}
	return answer.Body, nil
}

func readSupportFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("read support dates: %v", err)}
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, &UsageError{Text: fmt.Sprintf("%s is no file", name)}
	}
	data, err := io.ReadAll(io.LimitReader(f, support.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read support dates: %w", err)
	}
	return data, nil
}

// supportChanges puts the differences into words, one a key.
func supportChanges(before, after *support.Data) []SupportChange {
	changes := []SupportChange{}
	for _, c := range before.Diff(after) {
		old, now := supportKeys(c.Old), supportKeys(c.New)
		for i, key := range []string{"released", "general", "security", "lts", "experimental", "newest"} {
			if old[i] != now[i] {
				changes = append(changes, SupportChange{Series: c.Series.String(), Key: key, Old: old[i], New: now[i]})
			}
		}
	}
	return changes
}

func supportKeys(s *support.Series) [6]string {
	if s == nil {
		return [6]string{}
	}
	yes := func(is bool) string {
		if is {
			return "yes"
		}
		return ""
	}
	return [6]string{dayText(s.Released), dayText(s.General), dayText(s.Security), yes(s.LTS), yes(s.Experimental), s.Newest.String()}
}

// mergeSupport joins two versions of support.json, series by series.
func mergeSupport(was, ours, theirs []byte) ([]byte, error) {
	files := make([]*support.Data, 3)
	for i, data := range [][]byte{was, ours, theirs} {
		if data == nil {
			continue
		}
		d, err := support.Parse(data, time.Time{})
		if err != nil {
			return nil, err
		}
		files[i] = d
	}
	return support.Merge(files[0], files[1], files[2]).Encode(), nil
}
