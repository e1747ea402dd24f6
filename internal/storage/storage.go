// Package storage is the contract of the place for files that are too large for a message, or meant to be opened by people: exports and
// reports. A file is written as a stream, in constant memory, and is there whole or not at all; whoever asked for it
// gets a link. It is no source: nothing reads files back through it.
package storage

import (
	"context"
	"io"
	"time"
)

// File says what is stored, and under which name.
type File struct {
	// Key is the file's name in the store, made by Key.
	Key string
	// ContentType is told to whoever opens the link.
	ContentType string
	// Name is what a browser calls the file when it saves it; a file without one is shown in place.
	Name string
}

// Stored is a file that is there.
type Stored struct {
	// Link opens it without credentials.
	Link string
	// SHA256 is of its bytes, in lower-case hexadecimal digits.
	SHA256 string
	Bytes  int64
	// Expires is when the link ends; zero is never.
	Expires time.Time
}

// Store keeps files. It is used from many goroutines. An error of content ends the call and leaves no file; a file that is there
// under the same key is replaced at once, never half. Errors are classified by fault.
type Store interface {
	Put(ctx context.Context, f File, content io.Reader) (Stored, error)
}

// Reasons of errors, the same for every store.
const (
	ReasonUnavailable = "storage_unavailable"
	ReasonDenied      = "storage_denied"
	ReasonConfig      = "storage_config"
	ReasonFull        = "storage_full"
)
