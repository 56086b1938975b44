package keymap

func conflict() []Binding { return nil }
