package check

func scopeRules() []Rule { return nil }
