package source

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// about is what a result says besides its rows.
type about struct {
	Stats       Stats
	Parts       []Part `json:",omitempty"`
	AsOf        time.Time
	Approximate bool `json:",omitempty"`
	Truncated   bool `json:",omitempty"`
}

// headAt is where what a result says of its rows begins, after its length and checksum. Rows have a checksum of their own.
const headAt = 8

// Encode writes a result for another process: what it says of its rows, and the rows.
func (r *Result) Encode() ([]byte, error) {
	head, err := json.Marshal(about{r.Stats, r.Parts, r.AsOf, r.Approximate, r.Truncated})
	if err != nil {
		return nil, fmt.Errorf("source: encode a result: %w", err)
	}
	rows, err := r.Frame.Encode()
	if err != nil {
		return nil, err
	}
	out := make([]byte, headAt, headAt+len(head)+len(rows))
	binary.BigEndian.PutUint32(out, uint32(len(head))) //nolint:gosec // a few hundred bytes
	binary.BigEndian.PutUint32(out[4:], crc32.ChecksumIEEE(head))
	return append(append(out, head...), rows...), nil
}

// DecodeResult reads a result that Encode has written. What is no such result is an error.
func DecodeResult(data []byte) (*Result, error) {
	if len(data) < headAt || int64(binary.BigEndian.Uint32(data)) > int64(len(data)-headAt) {
		return nil, errors.New("source: decode a result: too short")
	}
	at := headAt + int(binary.BigEndian.Uint32(data))
	if crc32.ChecksumIEEE(data[headAt:at]) != binary.BigEndian.Uint32(data[4:]) {
		return nil, errors.New("source: decode a result: the checksum is another")
	}
	var a about
	if err := json.Unmarshal(data[headAt:at], &a); err != nil {
		return nil, fmt.Errorf("source: decode a result: %w", err)
	}
	rows, err := frame.Decode(data[at:])
	if err != nil {
		return nil, err
	}
	return &Result{Frame: rows, Stats: a.Stats, Parts: a.Parts, AsOf: a.AsOf, Approximate: a.Approximate, Truncated: a.Truncated}, nil
}
