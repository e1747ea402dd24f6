package days

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// A file is the SHA-256 of what follows it: the entry's shape and span, when it was computed (µs since 1970), the number of its days' edges and these (s), the dataset's name and the version
// of its rows, each behind its length, and the frame, compressed, as package frame writes it. Numbers have 8 bytes, the highest first.

const headSize = sha256.Size + sha256.Size + 8 + 8 + 8

var errFile = errors.New("days: not a whole file of this entry")

func encode(key Key, e Entry) ([]byte, error) {
	rows, err := e.Frame.Encode()
	if err != nil {
		return nil, fmt.Errorf("days: %w", err)
	}
	out := make([]byte, sha256.Size, headSize+8*len(e.Days)+len(e.Dataset)+len(rows)+16)
	out = append(out, key.Shape[:]...)
	number := func(n int64) { out = binary.BigEndian.AppendUint64(out, uint64(n)) } //nolint:gosec // the bits are what counts
	number(key.From)
	number(key.To)
	number(e.At.UnixMicro())
	number(int64(len(e.Days)))
	for _, t := range e.Days {
		number(t.Unix())
	}
	for _, text := range []string{e.Dataset, e.Version} {
		number(int64(len(text)))
		out = append(out, text...)
	}
	out = append(out, rows...)
	sum := sha256.Sum256(out[sha256.Size:])
	copy(out, sum[:])
	return out, nil
}

// decode reads the file of an entry. What is not wholly that is an error.
func decode(key Key, data []byte) (Entry, error) {
	if len(data) < headSize {
		return Entry{}, errFile
	}
	if sum := sha256.Sum256(data[sha256.Size:]); !bytes.Equal(sum[:], data[:sha256.Size]) {
		return Entry{}, errFile
	}
	r := reader{data: data[sha256.Size:]}
	if !bytes.Equal(r.bytes(sha256.Size), key.Shape[:]) || r.number() != key.From || r.number() != key.To {
		return Entry{}, errFile
	}
	e := Entry{At: time.UnixMicro(r.number()).UTC()}
	for n := r.number(); n > 0 && !r.short; n-- {
		e.Days = append(e.Days, time.Unix(r.number(), 0).UTC())
	}
	e.Dataset = string(r.bytes(r.number()))
	e.Version = string(r.bytes(r.number()))
	if r.short {
		return Entry{}, errFile
	}
	var err error
	if e.Frame, err = frame.Decode(r.data); err != nil {
		return Entry{}, fmt.Errorf("days: %w", err)
	}
	return e, nil
}

// datasetOf is the dataset of a file, whole or not.
func datasetOf(data []byte) string {
	r := reader{data: data}
	r.bytes(headSize)
	r.bytes(8 * r.number())
	return string(r.bytes(r.number()))
}

// reader reads a file from its beginning.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) bytes(n int64) []byte {
	if n < 0 || n > int64(len(r.data)) {
		r.short = true
		return nil
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *reader) number() int64 {
	if b := r.bytes(8); b != nil {
		return int64(binary.BigEndian.Uint64(b)) //nolint:gosec // the bits are what counts
	}
	return 0
}
