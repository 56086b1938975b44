package job

// UsageError is a request that names something that is not there or cannot be.
// It ends mgit with exit code 2.
type UsageError struct {
	Text string
	Hint string // what to type instead; may be empty
}

func (e *UsageError) Error() string { return e.Text }
