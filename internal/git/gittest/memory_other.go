//go:build !linux

package gittest

func memoryFolder() string { return "" }
