package alert

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ID names what its parts name, the same for the same parts in the same order, and nothing else: receivers drop repeats by it.
func ID(parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts { // each with its length before it, so that no two lists read alike
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
