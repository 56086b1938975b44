package check_test

// blame is what a rule says of a commit of upstream's, which TestMoodleIsHardlyBlamed judges, and what somebody who looked at
// the commit says of that.
type blame struct{ commit, rule, why string }

// rightlyBlamed are those that would do harm if they were the last of their branch.
func rightlyBlamed() []blame {
	const (
		executable = "install.xml, lib.php or the like became executable, and most of them were set right later"
		library    = "a library came in another folder, and the files that it had before became executable on the way"
		monitor    = "tool_monitor was built in many commits, and the version came with the last"
		noStrings  = "the code came some commits before its strings"
		noWords    = "a capability came without its name, which Moodle shows in brackets then"
		services   = "a web service is there for nobody until the version rises, which it did with the next weekly release"
		caches     = "the cache's own code asks for a higher version when it meets a definition that it does not know"
		tables     = "the table changed, and a later commit of the issue raised the version"
		gradebook  = "the gradebook's branch was taken over commit by commit, with steps below those that upstream had by then"
		crlf       = "lines with CRLF among lines with LF"
		console    = "console.log went into the grade book and the quiz of a release"
		noName     = "gradereport_singleview was taken over without $plugin->component"
	)
	return []blame{
		{"8b52863f0a", "mode-change", executable},
		{"d908797918", "mode-change", executable},
		{"9b71e3aff0", "mode-change", executable},
		{"47d6e6a7d3", "mode-change", executable},
		{"bfe969e8b3", "mode-change", executable},
		{"6c0bfb1449", "mode-change", executable},
		{"accc3ced1a", "mode-change", executable},
		{"587341138f", "mode-change", executable},
		{"9eea856632", "mode-change", executable},
		{"6a6709ec51", "mode-change", executable},
		{"27bd4e4b86", "mode-change", library},
		{"5a53b77f71", "mode-change", library},

		{"5ff867362a", "version-bump", monitor},
		{"ad6f25cd8e", "version-bump", monitor},
		{"e24e0d24b9", "version-bump", monitor},
		{"bb550efc0d", "version-bump", monitor},
		{"d18c425d51", "version-bump", monitor},
		{"6a7de0d243", "version-bump", monitor},
		{"d0d6c72de2", "version-bump", monitor},
		{"d55f3e03b1", "lang-strings", noStrings},
		{"58dcafb05a", "lang-strings", noStrings},
		{"371d5e0b66", "lang-strings", noStrings},
		{"48cc3a8d4d", "lang-strings", noStrings},
		{"f235cae41f", "lang-strings", noStrings},
		{"57fac09a40", "lang-strings", noStrings},
		{"302b8abdd9", "lang-strings", noStrings},
		{"5fc6a9e77b", "lang-strings", noWords},
		{"d3c4d50f1f", "lang-strings", noWords},
		{"92b40de9de", "lang-strings", noWords},
		{"323f221b11", "lang-strings", noWords},
		{"ee9e079ddd", "lang-strings", noWords},

		{"9bdcf57951", "version-bump", services},
		{"3c1aa6fdfb", "version-bump", services},
		{"3a2ba74694", "version-bump", services},
		{"a0095e5a89", "version-bump", services},
		{"aff9da176a", "version-bump", services},
		{"0ff4ebb4a3", "version-bump", services},
		{"e2ede4262f", "version-bump", services},
		{"03ecddb440", "version-bump", caches},
		{"eeb9ee8ebf", "version-bump", caches},
		{"cbd063f4c3", "version-bump", caches},

		{"10e2355f8c", "version-bump", tables},
		{"f7785e42b3", "version-bump", tables},
		{"806c06fc7b", "version-bump", tables},
		{"c07f86ce26", "version-bump", tables},
		{"302b8abdd9", "version-bump", "a scheduled task is not scheduled until the version rises"},
		{"83360c8d52", "version-bump", "a capability is there for nobody until the version rises"},
		{"27f7487f82", "version-bump", "a handler of incoming mail is there for nobody until the version rises"},
		{"07f827acd4", "version-bump", "a capability's defaults are taken when the version rises"},
		{"8fa50fdd34", "version-bump", "a capability went, and stays in the database until the version rises"},

		{"e8e1d0a396", "version-bump", gradebook},
		{"e8e1d0a396", "savepoint", gradebook},
		{"dcfc196a0d", "savepoint", gradebook},
		{"45da536113", "version-bump", gradebook},
		{"45da536113", "savepoint", gradebook},
		{"677bc07377", "version-bump", gradebook},
		{"677bc07377", "savepoint", gradebook},
		{"a1740d7b48", "version-bump", gradebook},
		{"a1740d7b48", "savepoint", gradebook},
		{"bfe969e8b3", "version-bump", gradebook},
		{"eb451c7981", "savepoint", "the step 2014081900 of mod_forum records 2014102800, so as to jump over the one that follows"},
		{"60127c84b5", "version-lower", "a revert took the version down, which every site that had the commit refuses"},

		{"9c3b03f415", "line-ends", crlf},
		{"6f760e0107", "line-ends", crlf},
		{"323f221b11", "line-ends", crlf},
		{"2c4a3f7525", "debug-output", console},
		{"e1a2d0d92d", "debug-output", console},
		{"64b03e5bd7", "debug-output", "print_object('removing') in a form of the grade book"},

		{"8ec7b088ef", "plugin-component", noName},
		{"65c134f98a", "plugin-component", noName},
		{"d124a60b33", "plugin-component", noName},
		{"7bd4a361b3", "plugin-component", noName},
	}
}

// unparsable are those that PHP 8.2 says of, where MGIT_PHP names it: no PHP could parse the first of them, and none since 8.0
// what has curly braces behind a string.
func unparsable() []blame {
	const (
		broken = "the commit left a file that no PHP can parse, and a later one mended it"
		braces = "the library is written for PHP before 8.0"
	)
	return []blame{
		{"129e786cf4", "php-syntax", broken},
		{"a481e32f02", "php-syntax", broken},
		{"9c3b03f415", "php-syntax", broken},
		{"f70da024c8", "php-syntax", broken},
		{"4cb25b3605", "php-syntax", broken},
		{"7b9036be25", "php-syntax", broken},
		{"1c906d4945", "php-syntax", broken},
		{"041f2822bb", "php-syntax", braces},
		{"7d1cfe4c80", "php-syntax", braces},
	}
}

// wronglyBlamed are false alarms.
func wronglyBlamed() []blame {
	return []blame{
		{"bed9a55344", "version-bump", "DECIMALS went from a field of whole numbers, which is the same for every database"},
		{"d9a1cf5cae", "version-bump", "a web service was listed twice and is now once, which is the same for Moodle"},
	}
}
