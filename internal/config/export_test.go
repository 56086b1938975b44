package config

// KeyPatterns returns all keys, dotted, "*" for any name.
func KeyPatterns() []string {
	var patterns []string
	for _, s := range specs() {
		patterns = append(patterns, s.path)
	}
	return patterns
}
