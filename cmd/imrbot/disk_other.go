//go:build !linux && !darwin && !freebsd

package main

import "errors"

// freeSpace returns how many bytes a folder's disk has for us; here it cannot.
func freeSpace(string) (uint64, error) {
	return 0, errors.New("this system does not tell")
}
