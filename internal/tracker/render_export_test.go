package tracker

// Cleaned is the text with its lines as they are to be seen.
func (t Text) Cleaned() Text {
	var all Text
	for _, b := range t {
		all = append(all, Block{b.Kind, b.clean()})
	}
	return all
}
