package redmine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/tracker/redmine/redminetest"
)

// question is one request of the list that both are sent. {1} is the first issue that the
// list made, {run} a word that no other run has.
type question struct{ as, method, path, body string }

func questions() []question {
	issue := func(attributes string) string { return `{"issue":{` + attributes + `}}` }
	create := func(as, attributes string) question {
		return question{as, "POST", "issues.json", issue(`"project_id":"moodle-upgrade",` + attributes)}
	}
	put := func(as string, n int, attributes string) question {
		return question{as, "PUT", fmt.Sprintf("issues/{%d}.json", n), issue(attributes)}
	}
	get := func(as string, n int) question {
		return question{as, "GET", fmt.Sprintf("issues/{%d}.json?include=journals,relations", n), ""}
	}
	relate := func(as string, from, to string) question {
		return question{as, "POST", "issues/" + from + "/relations.json", `{"relation":{"issue_to_id":"` + to + `","relation_type":"relates"}}`}
	}
	list := func(as, query string) question { return question{as, "GET", query, ""} }
	return []question{
		// Who asks.
		list("manager", "users/current.json"), list("developer", "users/current.json?include=memberships"), list("admin", "users/current.json?include=memberships"), list("", "users/current.json"), list("nobody", "users/current.json"),
		list("manager", "projects/moodle-upgrade.json?include=trackers,enabled_modules"),
		list("stranger", "projects/moodle-upgrade.json"), list("nobody", "projects/moodle-upgrade.json"), list("manager", "projects/nowhere.json"),
		list("stranger", "projects/moodle-upgrade/memberships.json"), list("reporter", "projects/moodle-upgrade/versions.json"),
		list("manager", "projects/moodle-upgrade/memberships.json?limit=100"), list("manager", "issue_statuses.json"),
		list("reporter", "roles/5.json"), list("manager", "roles/77.json"),
		list("nobody", "issues.json"), list("nobody", "projects/moodle-upgrade/issues.json"),
		// Making issues: 1 to 4.
		create("manager", `"tracker_id":2,"subject":"{run} upgrade","description":"mgit:{run}:4.5"`),
		create("manager", `"tracker_id":4,"subject":"{run} child","description":"mgit:{run}:4.5:a_b","parent_issue_id":"{1}"`),
		create("developer", `"tracker_id":4,"subject":"{run} second child","description":"mgit:{run}:4.5:axb","parent_issue_id":"{1}","status_id":3`),
		create("reporter", `"tracker_id":99,"subject":"{run} dropped parent","parent_issue_id":"{1}","custom_fields":[{"id":"1","value":"x"},{"id":"77","value":"y"}]`),
		create("stranger", `"subject":"no"`), create("nobody", `"subject":"no"`), create("", `"subject":"no"`),
		{"manager", "POST", "issues.json", issue(`"project_id":"nowhere","subject":"no"`)},
		create("manager", `"subject":""`), create("manager", `"subject":"`+strings.Repeat("é", 256)+`"`),
		create("manager", `"subject":"no","parent_issue_id":"999999"`), create("manager", `"subject":"no","assigned_to_id":"9"`),
		create("manager", `"subject":"no","fixed_version_id":"2"`), create("manager", `"subject":"no","fixed_version_id":"1","assigned_to_id":"999"`),
		create("manager", `"subject":"no","custom_fields":[{"id":2,"value":"nope"}]`), create("manager", `"subject":"no","done_ratio":140`),
		{"manager", "POST", "issues.json", `{"issue":`},
		get("manager", 1), get("manager", 2), get("developer", 3), get("reporter", 4), get("stranger", 1), get("", 1),
		// Changing them.
		put("developer", 2, `"status_id":2,"notes":"begun","done_ratio":40`), get("manager", 2), get("manager", 1),
		put("developer", 2, `"status_id":6`), get("manager", 2), // no transition
		put("reporter", 2, `"status_id":5,"subject":"no","notes":"from a reporter"`), get("manager", 2),
		put("manager", 1, `"status_id":5,"done_ratio":90`), get("manager", 1), // open ones below it
		put("manager", 2, `"status_id":5`), put("manager", 3, `"status_id":6`), put("manager", 1, `"status_id":5`), get("manager", 1),
		put("manager", 2, `"status_id":1`), get("manager", 2), // below a closed one
		create("manager", `"subject":"no","parent_issue_id":"{1}"`), // likewise
		put("manager", 1, `"status_id":2`), put("manager", 2, `"status_id":1`), get("manager", 1), get("manager", 2),
		put("developer", 3, `"status_id":2`), get("developer", 3), // a developer reopens nothing
		put("manager", 1, `"parent_issue_id":"{2}"`), put("manager", 2, `"parent_issue_id":"nothing"`),
		put("manager", 2, `"assigned_to_id":"6","fixed_version_id":"1"`), get("manager", 2),
		put("manager", 2, `"assigned_to_id":"","fixed_version_id":""`), get("manager", 2),
		put("manager", 2, `"status_id":99,"unknown":"x","subject":"{run} renamed"`), get("manager", 2),
		put("manager", 2, `"notes":"hidden","private_notes":true`), get("manager", 2), get("reporter", 2),
		put("manager", 3, `"is_private":true`), get("reporter", 3), put("reporter", 3, `"notes":"no"`),
		put("manager", 2, `"lock_version":0,"subject":"stale"`), put("stranger", 2, `"notes":"no"`), put("nobody", 2, `"notes":"no"`),
		put("manager", 2, `"parent_issue_id":""`), get("manager", 2), get("manager", 1),
		{"manager", "PUT", "issues/999999.json", issue(`"subject":"no"`)},
		{"manager", "GET", "issues/999999.json", ""},
		// Relating them.
		relate("manager", "{2}", "{4}"), relate("manager", "{2}", "{4}"), relate("manager", "{4}", "{2}"), relate("manager", "{1}", "{3}"),
		relate("manager", "{1}", "{1}"), relate("manager", "{1}", "999999"), relate("manager", "999999", "{1}"), relate("reporter", "{1}", "{4}"),
		get("manager", 2), get("manager", 4),
		// Listing them.
		list("manager", "issues.json?subject=~{run}&sort=id"), list("manager", "issues.json?subject=~{run}&status_id=*&sort=id&limit=500"),
		list("reporter", "issues.json?subject=~{run}&status_id=*&sort=id&limit=2&offset=1"),
		list("manager", "issues.json?description=~mgit:{run}:4.5:a_b&status_id=*&sort=id"),
		list("manager", "issues.json?description=~MGIT:{run}:4.5:A_B%20%22mgit&status_id=*&sort=id"),
		list("manager", "issues.json?parent_id={1}&status_id=*&sort=id"),
		list("manager", "projects/moodle-upgrade/issues.json?set_filter=1&sort=id&f[]=description&op[description]=~&v[description][]=mgit:{run}&f[]=status_id&op[status_id]=*&include=relations"),
		list("manager", "projects/sandbox/issues.json?set_filter=1&sort=id&f[]=description&op[description]=~&v[description][]=mgit:{run}&f[]=status_id&op[status_id]=*"),
	}
}

// witness is one of the two that are asked.
type witness struct {
	site site
	run  string
	made []int
}

// fill puts the numbers of issues into a text.
func (w *witness) fill(text string) string {
	text = strings.ReplaceAll(text, "{run}", w.run)
	for i, id := range w.made {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i+1), strconv.Itoa(id))
	}
	return text
}

// ask sends a question and returns what matters of the answer.
func (w *witness) ask(t *testing.T, q question) map[string]any {
	t.Helper()
	path, query, _ := strings.Cut(w.fill(q.path), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), q.method, w.site.url+"/"+path+"?"+values.Encode(), strings.NewReader(w.fill(q.body)))
	if err != nil {
		t.Fatal(err)
	}
	switch q.as {
	case "":
	case "nobody":
		request.Header.Set("X-Redmine-API-Key", unknownKey)
	default:
		request.Header.Set("X-Redmine-API-Key", redminetest.Key(q.as))
	}
	if q.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if len(strings.TrimSpace(string(data))) > 0 && response.StatusCode != http.StatusBadRequest {
		if err := json.Unmarshal(data, &body); err != nil {
			t.Fatalf("%s %s: %v: %.200s", q.method, path, err, data)
		}
	}
	if made, ok := body["issue"].(map[string]any); ok && q.method == "POST" {
		w.made = append(w.made, int(made["id"].(float64)))
	}
	out, _ := w.boil("", body).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	out["status of the answer"] = response.StatusCode
	return out
}

// kept are the keys that are compared, beside those of lists.
func kept() []string {
	return []string{
		"user", "login", "firstname", "lastname", "admin", "project", "identifier", "trackers", "enabled_modules", "name",
		"memberships", "roles", "role", "versions", "status", "issue_statuses", "is_closed",
		"issue", "issues", "total_count", "limit", "offset", "id", "tracker", "parent", "assigned_to", "fixed_version", "subject",
		"description", "done_ratio", "is_private", "custom_fields", "value", "relation", "relations", "issue_id", "issue_to_id",
		"relation_type", "journals", "notes", "private_notes", "errors",
	}
}

// boil leaves what matters: keys that the client reads, numbers of issues by the order in
// which they were made, reasons in any order.
func (w *witness) boil(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			switch {
			case !slices.Contains(kept(), name):
			case name == "id" && (key == "journals" || key == "relation" || key == "relations" || key == "memberships" || key == "enabled_modules"):
			case name == "id" && (key == "issue" || key == "issues" || key == "parent"), name == "issue_id", name == "issue_to_id":
				out[name] = slices.Index(w.made, int(value.(float64))) + 1
			default:
				out[name] = w.boil(name, value)
			}
		}
		return out
	case []any:
		list := []any{}
		for _, one := range v {
			o := w.boil(key, one)
			if journal, ok := o.(map[string]any); ok && key == "journals" && (journal["notes"] == "" || journal["notes"] == nil) {
				continue
			}
			list = append(list, o)
		}
		if key == "errors" || key == "enabled_modules" {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return list
	case string:
		return strings.ReplaceAll(v, w.run, "{run}")
	case nil:
		return "" // of a text that nobody wrote
	}
	return v
}

// The fake answers as the real one does.
func TestRedmineAnswersLikeTheFake(t *testing.T) {
	t.Parallel()
	run := fmt.Sprintf("R%08X", rand.Uint32())
	real, fake := &witness{site: real(t), run: run}, &witness{site: fake(t), run: run}
	for i, q := range questions() {
		want, got := real.ask(t, q), fake.ask(t, q)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d: %s: %s %s %s\n-real +fake\n%s", i, q.as, q.method, q.path, q.body, d)
		}
		if len(real.made) != len(fake.made) {
			t.Fatal("one of them made an issue, and the other one did not")
		}
	}
}
