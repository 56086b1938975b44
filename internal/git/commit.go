package git

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signature says who did something and when. Name and Email are the raw bytes
// of the commit, in its encoding. When keeps the zone that was recorded.
type Signature struct {
	Name, Email string
	When        time.Time
}

// String is the signature as it stands in a commit:
// "Ann Other <ann@example.org> 1767225600 +0100".
func (s Signature) String() string {
	return fmt.Sprintf("%s <%s> %d %s", s.Name, s.Email, s.When.Unix(), s.When.Format("-0700"))
}

// Header is a header of a commit that mgit has no use for, for example
// "mergetag". A value of several lines holds line breaks.
type Header struct{ Name, Value string }

// Commit is a commit, taken apart without loss except for its signature: what
// was signed is this commit and no copy of it.
type Commit struct {
	ID                ID
	Tree              ID
	Parents           []ID
	Author, Committer Signature
	// AuthorLine is what follows "author ", byte for byte. When it is set,
	// EncodeCommit writes it in place of Author.
	AuthorLine string
	// Encoding is the value of the encoding header; "" means UTF-8.
	Encoding string
	// Message is everything after the headers, byte for byte.
	Message string
	// Extra are the other headers, in order, without gpgsig.
	Extra []Header
	// Signed tells that a signature was left out.
	Signed bool

	// committerLine keeps a committer that Signature cannot express (a zone of
	// "-0000", no date). It counts only while Committer is what it was read as.
	committerLine string
}

// DecodeCommit reads the bytes of the commit object id. The error says what
// Git's format lacks.
func DecodeCommit(id ID, data []byte) (*Commit, error) {
	c := &Commit{ID: id}
	rest := string(data)
	var haveTree, haveCommitter bool
	for rest != "" && rest[0] != '\n' {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		name, value, _ := strings.Cut(line, " ")
		for strings.HasPrefix(rest, " ") {
			line, rest, _ = strings.Cut(rest, "\n")
			value += "\n" + line[1:]
		}
		var err error
		switch {
		case name == "tree" && !haveTree:
			haveTree = true
			c.Tree, err = ParseID(value)
		case name == "parent" && haveTree && c.AuthorLine == "":
			var parent ID
			parent, err = ParseID(value)
			c.Parents = append(c.Parents, parent)
		case name == "author" && c.AuthorLine == "":
			c.AuthorLine = value
			c.Author = parseSignature(value)
		case name == "committer" && !haveCommitter:
			haveCommitter = true
			c.committerLine = value
			c.Committer = parseSignature(value)
		case name == "encoding" && c.Encoding == "":
			c.Encoding = value
		case name == "gpgsig" || name == "gpgsig-sha256":
			c.Signed = true
		case name == "":
			err = errors.New("it has no name")
		default:
			c.Extra = append(c.Extra, Header{name, value})
		}
		if err != nil {
			return nil, fmt.Errorf("header %q: %w", name, err)
		}
	}
	if !haveTree || c.AuthorLine == "" || !haveCommitter {
		return nil, errors.New("the commit lacks a tree, an author or a committer")
	}
	c.Message = strings.TrimPrefix(rest, "\n")
	return c, nil
}

// EncodeCommit returns the bytes of the commit object in Git's order of
// headers. c.ID and c.Signed say nothing here.
func EncodeCommit(c *Commit) []byte {
	var b []byte
	header := func(name, value string) {
		b = append(b, name...)
		b = append(b, ' ')
		b = append(b, strings.ReplaceAll(value, "\n", "\n ")...)
		b = append(b, '\n')
	}
	header("tree", c.Tree.String())
	for _, p := range c.Parents {
		header("parent", p.String())
	}
	author := c.AuthorLine
	if author == "" {
		author = c.Author.String()
	}
	header("author", author)
	committer := c.committerLine
	if committer == "" || !c.Committer.equal(parseSignature(committer)) {
		committer = c.Committer.String()
	}
	header("committer", committer)
	if c.Encoding != "" {
		header("encoding", c.Encoding)
	}
	for _, h := range c.Extra {
		header(h.Name, h.Value)
	}
	b = append(b, '\n')
	return append(b, c.Message...)
}

// equal compares what a commit stores of a signature.
func (s Signature) equal(o Signature) bool {
	_, zone := s.When.Zone()
	_, other := o.When.Zone()
	return s.Name == o.Name && s.Email == o.Email && s.When.Equal(o.When) && zone == other
}

// parseSignature reads "Name <email> seconds zone" as leniently as Git: what is
// missing or malformed stays empty, and an email ends at the last ">".
func parseSignature(line string) Signature {
	var s Signature
	open, end := strings.IndexByte(line, '<'), strings.LastIndexByte(line, '>')
	if open < 0 || end < open {
		s.Name = line
		return s
	}
	s.Name = strings.TrimSuffix(line[:open], " ")
	s.Email = line[open+1 : end]
	words := strings.Fields(line[end+1:])
	if len(words) == 0 {
		return s
	}
	seconds, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return s
	}
	zone := time.UTC
	if len(words) > 1 {
		zone = parseZone(words[1])
	}
	s.When = time.Unix(seconds, 0).In(zone)
	return s
}

// parseZone reads "+0130"; anything else is UTC.
func parseZone(s string) *time.Location {
	n, err := strconv.Atoi(s)
	if err != nil || len(s) != 5 || s[0] != '+' && s[0] != '-' || n == 0 {
		return time.UTC
	}
	return time.FixedZone("", (n/100*60+n%100)*60)
}
