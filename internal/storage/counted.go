package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// Counted is a reader that knows the digest and the number of the bytes that went through it, and the error that
// ended it: a store's client may wrap that, or hide it.
type Counted struct {
	next io.Reader
	sum  hash.Hash
	n    int64
	err  error
}

// Count returns a reader of r.
func Count(r io.Reader) *Counted { return &Counted{next: r, sum: sha256.New()} }

// Read reads.
func (c *Counted) Read(p []byte) (int, error) {
	n, err := c.next.Read(p)
	c.n += int64(n)
	c.sum.Write(p[:n])
	if err != nil && err != io.EOF { //nolint:errorlint // the reader's contract: io.EOF as it is
		c.err = err
	}
	return n, err
}

// SHA256 returns the digest of what was read.
func (c *Counted) SHA256() string { return hex.EncodeToString(c.sum.Sum(nil)) }

// Bytes returns how much was read.
func (c *Counted) Bytes() int64 { return c.n }

// Err returns the content's own error, nil where it had none.
func (c *Counted) Err() error { return c.err }
