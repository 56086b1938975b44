package keymap

func branches() []Binding { return nil }
