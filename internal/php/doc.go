// Package php reads PHP source as tokens: what is code, and what is a comment, a string or HTML around it. It
// executes nothing, knows no grammar, and accepts what PHP would not.
package php
