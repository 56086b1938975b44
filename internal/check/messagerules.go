package check

func messageRules() []Rule { return nil }
