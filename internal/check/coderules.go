package check

// codeRules are about code that does not run, or is not what it is made from.
func codeRules() []Rule {
	return []Rule{
		{
			ID:       "built-js",
			Severity: Warning,
			Title:    "JavaScript changed without the files that are built from it, or the other way round",
			Why:      "browsers get what is built, so that a change of the source alone does nothing on a live site, and one of the build alone is lost with the next",
			Hint:     "run `npx grunt amd` (or `npx grunt shifter` for YUI) in the plugin's folder and commit what it writes",
			whole:    builtJS,
		},
		{
			ID:       "php-syntax",
			Severity: Error,
			Title:    "PHP that cannot be parsed",
			Why:      "one file that does not parse can bring the whole site down, upgrades included",
			Hint:     "`php -l FILE` says the same; where the site runs another version of PHP than this machine, say which is asked with `git config mgit.php`",
			files:    phpSyntax,
		},
	}
}
