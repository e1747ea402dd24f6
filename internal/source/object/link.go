package object

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// Link returns a URL under which an object can be read for a while without credentials.
func (s *Source) Link(ctx context.Context, key string, valid time.Duration) (string, error) {
	if key == "" || path.Clean("/"+key) != "/"+key || strings.HasSuffix(key, "/") {
		return "", fault.New(fault.Reject, "bad_value", "this is not an object's name", nil)
	}
	u, err := s.client.PresignedGetObject(ctx, s.cfg.Bucket, key, valid, nil)
	if err != nil {
		return "", classify(ctx, fmt.Errorf("object: link: %w", err))
	}
	return u.String(), nil
}
