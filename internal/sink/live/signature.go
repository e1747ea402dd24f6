package live

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
)

// Keys sign posts as Standard Webhooks has it (symmetric, v1), each with all of them: while a secret is replaced the service takes either
// signature. Without a key posts are not signed.
type Keys [][]byte

// Sign returns the header Webhook-Signature: for each key the HMAC-SHA256 over the id, the time and the body, with a space between them.
func (k Keys) Sign(id string, at time.Time, body string) string {
	var header []byte
	for i, key := range k {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write([]byte(body))
		if i > 0 {
			header = append(header, ' ')
		}
		header = append(header, "v1,"...)
		header = base64.StdEncoding.AppendEncode(header, h.Sum(nil))
	}
	return string(header)
}
