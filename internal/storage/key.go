package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// partMost is the longest part of a key.
const partMost = 80

// Key joins the parts of a file's name. A part may be any text, from a request too: what is neither an ASCII letter or digit nor one of _ . - is
// replaced, and a part that had such a thing, is too long or empty ends in a digest of what it was, so that different parts never
// make the same name, nor one that leads out of its folder.
func Key(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = part(p)
	}
	return strings.Join(out, "/")
}

func part(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, s)
	if clean == s && s != "" && len(s) <= partMost && strings.Trim(s, ".") != "" {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	const digest = 12
	clean = strings.Trim(clean, ".")
	return clean[:min(len(clean), partMost-digest-1)] + "~" + hex.EncodeToString(sum[:])[:digest]
}
