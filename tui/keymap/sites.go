package keymap

func sites() []Binding { return nil }
