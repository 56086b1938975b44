package keymap

func targets() []Binding { return nil }
