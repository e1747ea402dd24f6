package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Post gives an event to any service that takes a POST of it, with the headers of Standard Webhooks.
type Post struct {
	// URL is the service's base URL with the path.
	URL string
	// Keys sign each post; without one posts are not signed.
	Keys Keys
}

var _ Service = (*Post)(nil)

// errNobody says that the service knows no such reader, or none any more.
var errNobody = errors.New("nobody is there")

// Request makes the post.
func (p *Post) Request(ctx context.Context, e *Event, now time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, strings.NewReader(e.Payload))
	if err != nil {
		return nil, err
	}
	id := plainText(e.ID)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Idempotency-Key", id)
	if len(p.Keys) > 0 {
		req.Header.Set("Webhook-Signature", p.Keys.Sign(id, now, e.Payload))
	}
	return req, nil
}

// Judge goes by the status. Where it is 404 or 410, nobody is there.
func (p *Post) Judge(res *http.Response, _ []byte) error {
	err := judge(res)
	if res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone {
		return permanent(fmt.Errorf("%w: %w", err, errNobody))
	}
	return err
}
