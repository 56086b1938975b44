package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mgit/internal/config"
)

func document(t *testing.T, text string) *config.Document {
	t.Helper()
	d, err := config.ParseDocument("mgit.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const written = `# The settings of our site.
# Ask Ann before you change them.

format = 1   # do not touch
customer = "LUVLE" # us

types = [
  "feature", # new things
  "hack",    # changes in core
]
note = """
[not.a.table]
key = 1"""

[remote.site]   # ours
	url = "https://git.example.org/site.git"  # not the old one
role = 'internal'

[branch."mod_forum-subject"]
# why: see the minutes
reason = "long"
later = { a = 1 }

# the end
`

func TestSetValueKeepsTheRest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		path     []string
		value    any
		old, new string // the only change in the text
	}{
		{"a text", []string{"customer"}, "LU", `"LUVLE" # us`, `"LU" # us`},
		{"a list on several lines", []string{"types"}, []string{"hack"}, "[\n  \"feature\", # new things\n  \"hack\",    # changes in core\n]", `["hack"]`},
		{"a long text", []string{"note"}, "x", "\"\"\"\n[not.a.table]\nkey = 1\"\"\"", `"x"`},
		{"a key in a table", []string{"remote", "site", "role"}, "public", `'internal'`, `"public"`},
		{"a key with a comment behind it", []string{"remote", "site", "url"}, "https://x.org/a", `"https://git.example.org/site.git"  #`, `"https://x.org/a"  #`},
		{"another type", []string{"customer"}, true, `"LUVLE" #`, `true #`},
		{"an inline table as a whole", []string{"branch", "mod_forum-subject", "later"}, int64(3), `{ a = 1 }`, `3`},
		{"a new key at the top", []string{"series"}, "4.1", "key = 1\"\"\"\n", "key = 1\"\"\"\nseries = \"4.1\"\n"},
		{"a new key in a table", []string{"branch", "mod_forum-subject", "public"}, true, "later = { a = 1 }\n", "later = { a = 1 }\npublic = true\n"},
		{"a new table", []string{"remote", "a b", "role"}, "public", "# the end\n", "# the end\n\n[remote.\"a b\"]\nrole = \"public\"\n"},
		{"a new key of a table that is only above others", []string{"remote", "x"}, 1, "# the end\n", "# the end\n\n[remote]\nx = 1\n"},
		{"a text that needs quoting", []string{"customer"}, "a\"b\\c\nd\te\x01\u007f é", `"LUVLE" # us`, `"a\"b\\c\nd\te\u0001\u007F é" # us`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := document(t, written)
			if err := d.SetValue(test.value, test.path...); err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(written, test.old, test.new, 1)
			if diff := cmp.Diff(want, string(d.Bytes())); diff != "" || want == written {
				t.Error(diff)
			}
			if err := d.SetValue(test.value, test.path...); err != nil || string(d.Bytes()) != want {
				t.Errorf("set again: %v\n%s", err, cmp.Diff(want, string(d.Bytes())))
			}
		})
	}
}

func TestEditsOfOddFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", "k = 1\n"},
		{"# only a comment\n", "# only a comment\nk = 1\n"},
		{"# head\n\n# more\n[t]\na = 1\n", "# head\n\nk = 1\n# more\n[t]\na = 1\n"},
		{"a = 1", "a = 1\nk = 1\n"},
		{"a = 1 # x", "a = 1 # x\nk = 1\n"},
		{"a = 1\r\n[t]\r\n", "a = 1\r\nk = 1\r\n[t]\r\n"},
		{"[t]\na = 1\n", "k = 1\n[t]\na = 1\n"},
		{"[[t]]\nk = 1\n[[t]]\nk = 2\n", "k = 1\n[[t]]\nk = 1\n[[t]]\nk = 2\n"},
		{"\"k\" = 2\n", "\"k\" = 1\n"},
		{"'k'=2", "'k'=1"},
		{"k = '''x''''' # '''\n", "k = 1 # '''\n"},
		{"k = \"\"\"a\\\"\"\"\"\"\"\n", "k = 1\n"},
		{"[t]\nk = 2\n[u]\n", "k = 1\n[t]\nk = 2\n[u]\n"},
	} {
		d := document(t, test.text)
		err := d.SetValue(1, "k")
		if err != nil || string(d.Bytes()) != test.want {
			t.Errorf("%q became %q, %v; want %q", test.text, d.Bytes(), err, test.want)
		}
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*config.Document) error{
		"below a value":          func(d *config.Document) error { return d.SetValue(1, "customer", "x") },
		"a value for a table":    func(d *config.Document) error { return d.SetValue(1, "remote") },
		"inside an inline table": func(d *config.Document) error { return d.SetValue(2, "branch", "mod_forum-subject", "later", "a") },
		"no UTF-8":               func(d *config.Document) error { return d.SetValue("\xff", "customer") },
		"no TOML":                func(d *config.Document) error { return d.SetValue(struct{}{}, "customer") },
		"a table twice":          func(d *config.Document) error { return d.AppendTable([]string{"remote", "site"}) },
		"a record twice":         func(d *config.Document) error { return d.AppendRecord("mod_forum-subject", config.Record{}) },
		"a table below a value": func(d *config.Document) error {
			return d.AppendTable([]string{"customer", "x"}, config.KeyValue{Key: "a", Value: 1})
		},
		"out of an inline table": func(d *config.Document) error { return d.Remove("branch", "mod_forum-subject", "later", "a") },
	} {
		d := document(t, written)
		if err := edit(d); err == nil || string(d.Bytes()) != written {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(written, string(d.Bytes())))
		}
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	d := document(t, written)
	err := d.AppendRecord("core-mail", config.Record{Paths: []string{"lib/a b.php"}, Reason: "spam", Public: true})
	if err != nil {
		t.Fatal(err)
	}
	want := written + "\n[branch.core-mail]\norigin = \"local\"\npaths = [\"lib/a b.php\"]\nreason = \"spam\"\npublic = true\n"
	if diff := cmp.Diff(want, string(d.Bytes())); diff != "" {
		t.Error(diff)
	}
	err = d.SetRecord("mod_forum-subject", config.Record{Origin: config.OriginExternal, Ticket: "LU-1"})
	if err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(want, "reason = \"long\"\nlater = { a = 1 }\n", "later = { a = 1 }\norigin = \"external\"\nticket = \"LU-1\"\n", 1)
	if diff := cmp.Diff(want, string(d.Bytes())); diff != "" {
		t.Error(diff)
	}
	if err := d.SetRecord("mod_quiz", config.Record{Owner: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove("branch", "core-mail"); err != nil {
		t.Fatal(err)
	}
	if text := string(d.Bytes()); strings.Contains(text, "spam") || !strings.Contains(text, "[branch.mod_quiz]\norigin = \"local\"\nowner = \"Ann\"\n") {
		t.Error(text)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path     []string
		old, new string
	}{
		{[]string{"customer"}, "customer = \"LUVLE\" # us\n", ""},
		{[]string{"types"}, "types = [\n  \"feature\", # new things\n  \"hack\",    # changes in core\n]\n", ""},
		{[]string{"remote", "site", "url"}, "\turl = \"https://git.example.org/site.git\"  # not the old one\n", ""},
		{[]string{"remote"}, "[remote.site]   # ours\n\turl = \"https://git.example.org/site.git\"  # not the old one\nrole = 'internal'\n", ""},
		{[]string{"nothing", "there"}, "", ""},
	} {
		d := document(t, written)
		if err := d.Remove(test.path...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Replace(written, test.old, test.new, 1), string(d.Bytes())); diff != "" {
			t.Errorf("%q: %s", test.path, diff)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	d := document(t, written)
	for key, want := range map[string]int{
		"format": 4, "customer": 5, "types": 7, "note": 11, "remote": 15, "remote.site": 15, "remote.site.url": 16,
		"remote.site.role": 17, "branch.mod_forum-subject.reason": 21, "branch.mod_forum-subject.later": 22,
		"branch.mod_forum-subject.later.a": 22, "branch.mod_forum-subject.nothing": 19, "nothing": 1, "not.a.table": 1,
	} {
		if got := d.Line(strings.Split(key, ".")...); got != want {
			t.Errorf("%s stands on line %d, not %d", key, want, got)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]int{"a = ": 1, "a = 1\n\nb = [": 3, "a = 1\na = 2\n": 2, "[x]\n[x]\n": 2, "a = \"\xff\"": 1} {
		_, err := config.ParseDocument("f.toml", []byte(text))
		if bad := (*config.SyntaxError)(nil); !errors.As(err, &bad) || bad.Line != line || bad.File != "f.toml" {
			t.Errorf("%q: %v, want line %d", text, err, line)
		}
	}
}

// Whatever FormatValue writes is read back as the same.
func TestFormatValueIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var value func(depth int) any
		value = func(depth int) any {
			switch rapid.IntRange(0, 6+depth).Draw(t, "kind") {
			case 0, 7:
				return rapid.String().Draw(t, "text")
			case 1:
				return rapid.Int64().Draw(t, "number")
			case 2:
				return rapid.Bool().Draw(t, "truth")
			case 3:
				return rapid.Float64().Draw(t, "float")
			case 4:
				return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "time"), 0).UTC()
			case 5:
				list := []any{}
				for range rapid.IntRange(0, 3).Draw(t, "length") {
					list = append(list, value(depth+1))
				}
				return list
			}
			table := map[string]any{}
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				table[rapid.StringN(1, -1, -1).Draw(t, "key")] = value(depth + 1) // the decoder mixes up empty ones in lists
			}
			return table
		}
		want := value(0)
		text, err := config.FormatValue(want)
		if err != nil {
			t.Fatal(err)
		}
		d, err := config.ParseDocument("f", []byte("value = "+text+"\n"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, _ := d.Get("value")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{written, site, "a = 1", "[[a]]\nb.\"c\" = '''x'''\n", "a = [1, { b = \"]\" }] # ]", "\ufeffa = 1\r\n", "a = \"\"\"\\\n  x\"\"\"\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := config.Load(config.Sources{Shared: config.SharedFiles{Main: data}, User: user(string(data)), Rules: rules()}); err == nil {
			t.Log("loaded")
		}
		d, err := config.ParseDocument("f", data)
		if err != nil {
			return
		}
		before := string(d.Bytes())
		if err := d.SetValue("value", "new", "key"); err != nil {
			if string(d.Bytes()) != before {
				t.Fatal("a refused edit changed the text")
			}
			return
		}
		if got, _ := d.Get("new", "key"); got != "value" {
			t.Fatalf("%v in %q", got, d.Bytes())
		}
	})
}
