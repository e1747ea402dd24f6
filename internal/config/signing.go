package config

import (
	"encoding/base64"
	"strings"
)

// The secrets of Standard Webhooks: their prefix, and how long one may be.
const (
	signingPrefix  = "whsec_"
	signingFewest  = 24
	signingLongest = 64
)

// SigningKeys returns the keys that live posts are signed with, none where they are not.
func (l Live) SigningKeys() [][]byte {
	keys, _ := l.signingKeys()
	return keys
}

// signingKeys decodes the secrets. bad is the number of the first one that is none, counted from 1; 0 where all are good.
func (l Live) signingKeys() (keys [][]byte, bad int) {
	for n, secret := range strings.FieldsFunc(l.Secrets.Reveal(), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		text, ok := strings.CutPrefix(secret, signingPrefix)
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(key) < signingFewest || len(key) > signingLongest {
			return nil, n + 1
		}
		keys = append(keys, key)
	}
	return keys, 0
}
