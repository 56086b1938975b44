package moodle

import "testing"

func TestStripComments(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"none", "<?php $a = 1;", "<?php $a = 1;"},
		{"line", "a // b\nc", "a     \nc"},
		{"hash", "a # b\r\nc", "a    \r\nc"},
		{"attribute", "#[A] b", "#[A] b"},
		{"block keeps lines", "a /* b\n * c */ d", "a     \n" + "        d"},
		{"block not closed", "a /* b", "a     "},
		{"slash star slash is open", "a /*/ b", "a      "},
		{"end of PHP ends a line comment", "// a ?> b", "     ?> b"},
		{"in single quotes", "'// a /* b' # c", "'// a /* b'    "},
		{"in double quotes", `"# a" // b`, `"# a"     `},
		{"escaped quote", `'a\'// b' // c`, `'a\'// b'     `},
		{"string not closed", "'a // b", "'a // b"},
		{"quote in a comment", "// it's\n'a' # b", "       \n'a'    "},
		{"a lone slash", "a / b", "a / b"},
		{"escape at the end", `'\`, `'\`},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		source := []byte(tt.source)
		if got := string(stripComments(source)); got != tt.want {
			t.Errorf("%s: %q becomes %q, want %q", tt.name, tt.source, got, tt.want)
		}
		if string(source) != tt.source {
			t.Errorf("%s: the source was changed", tt.name)
		}
	}
}
