package tracker

// Markup is how a tracker reads texts.
type Markup string

// The markups.
const (
	Textile    Markup = "textile"     // Redmine's own
	Markdown   Markup = "markdown"    // Redmine's older one, by Redcarpet
	CommonMark Markup = "common_mark" // Redmine's newer one; GitHub's and GitLab's too
	WikiMarkup Markup = "wiki"        // Jira's, that its interface 2 reads
)

// Text is a text without markup, that [Text.Render] writes in one. What stands in it is
// shown as it is: nothing in it is read as markup, mentions anybody or closes anything.
type Text []Block

// Block is a paragraph, a list or lines of code.
type Block struct {
	Kind  BlockKind
	Lines []string // a paragraph's lines, a list's items, lines of code; one of a heading
}

// BlockKind says what a Block is.
type BlockKind int

// The kinds of Block.
const (
	Paragraph BlockKind = iota
	Heading             // of a part of the text
	List
	Code // in a fixed font, line for line
	// Addresses are a list of https addresses, which become links: the only ones that a
	// text has. One with anything in it that a markup could read is shown as text.
	Addresses
)
