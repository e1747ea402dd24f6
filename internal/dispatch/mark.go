package dispatch

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// mark is what is remembered of a widget's answer, to see whether the next one differs: a digest, and how fresh the answer was
// in milliseconds, which is 0 where it does not say. Empty is nothing.
type mark string

// behind is how much older than the last answer one may be that a peer still had: it is not sent in place of the newer one.
const behind = 5 * time.Minute

// mark is that of a widget's data; empty where nobody will ask for it.
func (j *job) mark(data any) mark {
	if j.round == nil {
		return ""
	}
	var at int64
	if c, ok := data.(strategies.Content); ok {
		var asOf time.Time
		if data, asOf = c.Content(); !asOf.IsZero() {
			at = asOf.UnixMilli()
		}
	}
	raw, err := models.Marshal(data)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return mark(strconv.FormatInt(at, 10) + "." + base64.RawURLEncoding.EncodeToString(sum[:12]))
}

func (m mark) parts() (at int64, digest string) {
	text, digest, _ := strings.Cut(string(m), ".")
	at, _ = strconv.ParseInt(text, 10, 64) // our own
	return at, digest
}

// unchanged says that a widget has nothing to say that it did not say in the last round, and what it is remembered by then.
func (j *job) unchanged(widget string, now mark) (mark, bool) {
	if !j.further() || now == "" || j.round.Said[widget] == "" {
		return now, false
	}
	last := j.round.Said[widget]
	lastAt, lastDigest := last.parts()
	at, digest := now.parts()
	switch {
	case at < lastAt && lastAt-at <= behind.Milliseconds():
		return last, true
	case digest == lastDigest:
		return now, true
	}
	return now, false
}
