package commit

import (
	"strconv"
	"strings"
	"sync"
)

// slots is how many slots the keys of a cluster are in.
const slots = 16384

// Slot is where a cluster keeps a key: keys with the same text between the first braces share it.
func Slot(key string) uint16 {
	if _, after, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(after, "}"); ok && tag != "" {
			key = tag
		}
	}
	var crc uint16 // CRC16 as XMODEM has it
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc % slots
}

// tags has a hash tag for each slot, so that a key can be put beside any other.
//
//nolint:gochecknoglobals // computed once, of nothing
var tags = sync.OnceValue(func() *[slots]string {
	var table [slots]string
	for i, missing := int64(0), slots; missing > 0; i++ {
		tag := strconv.FormatInt(i, 36)
		if at := &table[Slot(tag)]; *at == "" {
			*at = tag
			missing--
		}
	}
	return &table
})

// Beside returns a key of the given name in the slot of another key.
func Beside(key, name string) string { return "{" + tags()[Slot(key)] + "}:" + name }
