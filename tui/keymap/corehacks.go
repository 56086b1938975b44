package keymap

func corehacks() []Binding { return nil }
