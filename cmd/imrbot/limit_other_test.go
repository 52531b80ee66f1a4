//go:build !linux

package main

import "testing"

// setFileLimit is for Linux alone; its test is skipped elsewhere.
func setFileLimit(t *testing.T, _ int, _ uint64) { t.Fatal("not on this system") }
