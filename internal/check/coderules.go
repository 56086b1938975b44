package check

func codeRules() []Rule { return nil }
