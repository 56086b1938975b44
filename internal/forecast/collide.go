package forecast

import (
	"cmp"
	"encoding/xml"
	"slices"

	"mgit/internal/moodle"
)

// Own is a step that a site has in an upgrade.php and the pristine file has not, or has
// with other code.
type Own struct {
	Number  string // the version of its condition, or of its savepoint
	Line    int
	Changed bool // upstream has a step of this number, and the site changed it
	Weight  Weight
}

// Beside is how a number stands to upstream's steps.
type Beside struct {
	Below, Above string // upstream's next steps; "" for none
	Same         bool   // upstream has a step of this very number
}

// OwnSteps compares a site's upgrade.php with the pristine one it was made from.
func OwnSteps(pristine, ours []byte) []Own {
	known := make(map[string][]string) // codes by number
	for _, s := range ParseScript(pristine).Steps {
		known[s.number()] = append(known[s.number()], s.code)
	}
	var own []Own
	for _, s := range ParseScript(ours).Steps {
		codes, has := known[s.number()]
		if s.number() == "" || slices.Contains(codes, s.code) {
			continue
		}
		own = append(own, Own{Number: s.number(), Line: s.Line, Changed: has, Weight: s.Weight})
	}
	return own
}

// number is the version that the step is about.
func (s Step) number() string {
	if s.Below == "" && len(s.Savepoints) > 0 {
		return s.Savepoints[0]
	}
	return s.Below
}

// Numbers are the versions of the steps of an upgrade.php, in order and each once.
func Numbers(source []byte) []string {
	var all []string
	for _, s := range ParseScript(source).Steps {
		if n := s.number(); n != "" {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, moodle.CompareVersions)
	return slices.CompactFunc(all, func(a, b string) bool { return moodle.CompareVersions(a, b) == 0 })
}

// Stand says how a number stands to the sorted numbers of upstream.
func Stand(number string, upstream []string) Beside {
	i, same := slices.BinarySearchFunc(upstream, number, moodle.CompareVersions)
	b := Beside{Same: same}
	if i > 0 {
		b.Below = upstream[i-1]
	}
	if same {
		i++
	}
	if i < len(upstream) {
		b.Above = upstream[i]
	}
	return b
}

// Skipped are upstream's numbers that would not run on a site whose version was
// raised by hand from one to another: those in between.
func Skipped(upstream []string, pristine, raised string) []string {
	var skipped []string
	for _, n := range upstream {
		if moodle.CompareVersions(n, pristine) > 0 && moodle.CompareVersions(n, raised) <= 0 {
			skipped = append(skipped, n)
		}
	}
	return skipped
}

// Schema is what an install.xml declares: the fields, keys and indexes of each
// table by their names.
type Schema map[string]map[string]bool

// ParseSchema reads an install.xml (lib/xmldb/xmldb.xsd). The error is that of the XML.
func ParseSchema(source []byte) (Schema, error) {
	type named struct {
		Name string `xml:"NAME,attr"`
	}
	var file struct {
		Tables []struct {
			named
			Fields  []named `xml:"FIELDS>FIELD"`
			Keys    []named `xml:"KEYS>KEY"`
			Indexes []named `xml:"INDEXES>INDEX"`
		} `xml:"TABLES>TABLE"`
	}
	if err := xml.Unmarshal(source, &file); err != nil {
		return nil, err
	}
	schema := make(Schema)
	for _, t := range file.Tables {
		parts := make(map[string]bool)
		for _, group := range [][]named{t.Fields, t.Keys, t.Indexes} {
			for _, n := range group {
				parts[n.Name] = true
			}
		}
		schema[t.Name] = parts
	}
	return schema, nil
}

// SchemaChange is a table, or with Part one of its fields, keys or indexes.
type SchemaChange struct {
	Table, Part string
}

// Added are the tables and parts that ours has and pristine has not, in order. Of a
// new table the parts are not listed.
func (pristine Schema) Added(ours Schema) []SchemaChange {
	var added []SchemaChange
	for table, parts := range ours {
		before, known := pristine[table]
		if !known {
			added = append(added, SchemaChange{Table: table})
			continue
		}
		for part := range parts {
			if !before[part] {
				added = append(added, SchemaChange{table, part})
			}
		}
	}
	slices.SortFunc(added, func(a, b SchemaChange) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Part, b.Part))
	})
	return added
}

// Has reports whether the schema declares the table, or the part of it.
func (s Schema) Has(c SchemaChange) bool {
	parts, ok := s[c.Table]
	return ok && (c.Part == "" || parts[c.Part])
}
