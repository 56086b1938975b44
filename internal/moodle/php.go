package moodle

// stripComments blanks the comments of PHP source with spaces, keeping line
// ends, string literals and every offset, so that patterns see code only. It
// understands //, # (but not #[attributes]) and /* */, and ?> ending a line
// comment; heredocs, which no file read here has, are not recognised.
func stripComments(source []byte) []byte {
	out := make([]byte, len(source))
	copy(out, source)
	for i := 0; i < len(out); {
		end := i + 1
		switch c := out[i]; {
		case c == '\'' || c == '"':
			end = stringEnd(out, i)
		case c == '/' && next(out, i) == '*':
			end = blockCommentEnd(out, i)
			blank(out[i:end])
		case c == '/' && next(out, i) == '/', c == '#' && next(out, i) != '[':
			end = lineCommentEnd(out, i)
			blank(out[i:end])
		}
		i = end
	}
	return out
}

func next(b []byte, i int) byte {
	if i+1 < len(b) {
		return b[i+1]
	}
	return 0
}

func blank(b []byte) {
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = ' '
		}
	}
}

// stringEnd returns the offset after the literal whose quote is at i.
func stringEnd(b []byte, i int) int {
	quote := b[i]
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(b)
}

func blockCommentEnd(b []byte, i int) int {
	for i += 2; i < len(b); i++ {
		if b[i] == '*' && next(b, i) == '/' {
			return i + 2
		}
	}
	return len(b)
}

func lineCommentEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		if b[i] == '\n' || b[i] == '\r' || b[i] == '?' && next(b, i) == '>' {
			return i
		}
	}
	return len(b)
}
