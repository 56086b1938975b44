package check

func pluginRules() []Rule { return nil }
