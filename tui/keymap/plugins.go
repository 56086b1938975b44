package keymap

func plugins() []Binding { return nil }
