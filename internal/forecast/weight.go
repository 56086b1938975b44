package forecast

// Weight is a class of work.
type Weight string

// The weights: Light is done at once on any site, Medium depends on a table that
// is seldom large, and Heavy works on a table that grows with the use of the site.
const (
	Light  Weight = "light"
	Medium Weight = "medium"
	Heavy  Weight = "heavy"
)

// Reason is one thing that a step does.
type Reason struct {
	Weight Weight
	Line   int
	// Does is what is done, in a few words: "adds a field", "changes rows one by
	// one". It is a fixed text for each kind.
	Does string
	// Tables are the tables concerned, as far as the code names them.
	Tables []string
	// In is the function in which it is done, for one that the step calls.
	In string
}
