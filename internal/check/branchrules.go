package check

func branchRules() []Rule { return nil }
