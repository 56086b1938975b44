package keymap

func tracker() []Binding { return nil }
