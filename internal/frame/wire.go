package frame

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// sumSize is how much of the SHA-256 of what follows a frame begins with. Arrow believes the lengths that it reads: one changed bit may ask for a terabyte.
const sumSize = 16

// Encode writes a frame as a checksum and an Arrow IPC stream, for another process.
func (f *Frame) Encode() ([]byte, error) {
	var out bytes.Buffer
	out.Write(make([]byte, sumSize))
	w := ipc.NewWriter(&out, ipc.WithSchema(f.rec.Schema()), ipc.WithZstd())
	if err := w.Write(f.rec); err != nil {
		return nil, fmt.Errorf("frame: encode: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("frame: encode: %w", err)
	}
	data := out.Bytes()
	sum := sha256.Sum256(data[sumSize:])
	copy(data, sum[:sumSize])
	return data, nil
}

// Decode reads a frame that Encode has written. What is no such frame is an error.
func Decode(data []byte) (*Frame, error) {
	if len(data) < sumSize {
		return nil, errors.New("frame: decode: too short")
	}
	if sum := sha256.Sum256(data[sumSize:]); !bytes.Equal(sum[:sumSize], data[:sumSize]) {
		return nil, errors.New("frame: decode: the checksum is another")
	}
	r, err := ipc.NewReader(bytes.NewReader(data[sumSize:]))
	if err != nil {
		return nil, fmt.Errorf("frame: decode: %w", err)
	}
	defer r.Release()
	var fields []Field
	for _, c := range r.Schema().Fields() {
		kind, ok := kindOf(c.Type)
		if !ok {
			return nil, fmt.Errorf("frame: decode: column %q is a %s", c.Name, c.Type)
		}
		fields = append(fields, Field{Name: c.Name, Kind: kind})
	}
	if !r.Next() {
		return nil, fmt.Errorf("frame: decode: no rows: %w", r.Err())
	}
	rec := r.RecordBatch()
	rec.Retain() // the reader lets go of it
	return of(fields, rec), nil
}

func kindOf(t arrow.DataType) (Kind, bool) {
	for _, k := range []Kind{String, Int, Float, Bool, Time} {
		if have, err := k.arrow(); err == nil && arrow.TypeEqual(have, t) {
			return k, true
		}
	}
	return "", false
}
