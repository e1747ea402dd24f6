package object

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// keyMost is the longest name that stores take.
const keyMost = 1024

// Link returns a URL under which an object can be read for a while without credentials.
func (s *Source) Link(ctx context.Context, key string, valid time.Duration) (string, error) {
	clean := path.Clean("/"+key) == "/"+key && !strings.HasSuffix(key, "/")
	if key == "" || !clean || len(key) > keyMost || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) || strings.Contains(key, `\`) {
		return "", fault.New(fault.Reject, "bad_value", "this is not an object's name", nil)
	}
	u, err := s.client.PresignedGetObject(ctx, s.cfg.Bucket, key, valid, nil)
	if err != nil {
		return "", classify(ctx, fmt.Errorf("object: link: %w", err))
	}
	return u.String(), nil
}
