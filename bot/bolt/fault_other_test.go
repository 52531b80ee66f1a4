//go:build !linux

package bolt

import "errors"

// childLimit needs a file size limit that can be raised again.
func childLimit(string) error { return errors.ErrUnsupported }
