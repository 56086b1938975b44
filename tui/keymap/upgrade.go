package keymap

func upgrade() []Binding { return nil }
