package corehack

import (
	"bytes"
	"slices"
	"strings"
)

// kind is what the name of a file says that it is.
type kind int

const (
	other    kind = iota
	code          // what PHP, a shell or a browser may run
	backup        // a copy that an editor, a merge or a person left behind
	archive       // several files in one
	document      // of an office
	media         // pictures, sound and films
	record        // logs and dumps
)

// isPHP reports whether web servers are told to run files of this extension: at
// the end of a name or, where the last extension is one that the server does not
// know, before it.
func isPHP(extension string) bool {
	switch extension {
	case "php", "php3", "php4", "php5", "php7", "php8", "pht", "phtml", "phar", "phps":
		return true
	}
	return false
}

func kindOfExtension(extension string) kind {
	switch extension {
	case "inc", "js", "mjs", "cjs", "ts", "jsx", "tsx", "vue", "mustache", "css", "scss", "sass", "less",
		"html", "htm", "xhtml", "shtml", "sql", "xml", "xsl", "sh", "bash", "pl", "pm", "py", "rb", "cgi", "fcgi",
		"asp", "aspx", "jsp", "htaccess", "bat", "ps1", "exe", "dll", "so":
		return code
	case "bak", "orig", "rej", "old", "swp", "swo", "save", "backup":
		return backup
	case "zip", "tar", "gz", "tgz", "bz2", "tbz", "xz", "7z", "rar", "mbz", "zst", "imscc", "h5p", "jar", "iso":
		return archive
	case "pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "odp", "pages", "numbers", "key", "epub":
		return document
	case "png", "jpg", "jpeg", "gif", "svg", "ico", "bmp", "tif", "tiff", "webp", "psd", "mp3", "ogg", "wav", "flac", "m4a",
		"mp4", "m4v", "mov", "avi", "mkv", "webm", "flv", "swf", "wmv":
		return media
	case "log", "dump", "dmp", "out", "core", "cachegrind", "xt", "prof":
		return record
	}
	return other
}

// kindOf says what a file is by the last name of its path.
//
// The last extension decides, but one of PHP before it counts as well: a server
// may run "x.php.old". Only what everybody calls a copy of a PHP file is none.
func kindOf(path string) kind {
	_, base := cutPath(strings.ToLower(path))
	switch base {
	case ".htaccess", ".user.ini", "php.ini", "web.config":
		return code
	}
	parts := strings.Split(base, ".")
	last := parts[len(parts)-1]
	switch {
	case len(parts) == 1 && !isBackup(base):
		return other
	case isPHP(last):
		return code
	case isBackup(base):
		return backup
	}
	k := kindOfExtension(last)
	if len(parts) > 2 && slices.ContainsFunc(parts[1:len(parts)-1], isPHP) && (k != backup || last == "old") && k != archive {
		return code
	}
	return k
}

// isBackup reports whether a name is one that editors give to copies.
func isBackup(base string) bool {
	return strings.HasSuffix(base, "~") || strings.HasPrefix(base, ".#") ||
		len(base) > 1 && strings.HasPrefix(base, "#") && strings.HasSuffix(base, "#")
}

// headLimit is how much of a file with a harmless name is looked at for code.
const headLimit = 8 << 10

// holdsCode reports whether the beginning of a file shows that it is PHP or a
// script, whatever its name. In an archive, which may hold files of PHP as they
// are, only the very beginning tells.
func holdsCode(head []byte, k kind) bool {
	head = bytes.ToLower(head)
	if bytes.HasPrefix(head, []byte("#!")) || bytes.HasPrefix(head, []byte("<?")) && !bytes.HasPrefix(head, []byte("<?xml")) {
		return true
	}
	return k != archive && bytes.Contains(head, []byte("<?php"))
}
