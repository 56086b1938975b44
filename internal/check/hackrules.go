package check

func hackRules() []Rule { return nil }
