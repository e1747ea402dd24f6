//go:build !unix

package app

import (
	"errors"
	"os"
)

// lockFile has no lock to take here: old folders stay.
func lockFile(*os.File) error { return errors.ErrUnsupported }
