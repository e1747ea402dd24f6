package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Centrifugo publishes by the HTTP API of Centrifugo (v4 and later): https://centrifugal.dev/docs/server/server_api.
//
// The channel is the prefix with the routing key. The event's id is the idempotency key, by which Centrifugo drops what it has published within the
// last five minutes. An answer of 200 may be a refusal: its error object says so.
type Centrifugo struct {
	// URL is the address of the method publish, as in http://localhost:8000/api/publish.
	URL string
	// Key is the API's key, as it is now.
	Key func() string
	// Prefix begins each channel's name; what is before its first colon is a namespace, which has to be configured there.
	Prefix string
}

var _ Service = (*Centrifugo)(nil)

// Request makes the call of publish.
func (c *Centrifugo) Request(ctx context.Context, e *Event, _ time.Time) (*http.Request, error) {
	channel, err := json.Marshal(c.Prefix + plainText(e.RoutingKey))
	if err != nil {
		return nil, err
	}
	id, err := json.Marshal(plainText(e.ID))
	if err != nil {
		return nil, err
	}
	body := `{"channel":` + string(channel) + `,"idempotency_key":` + string(id) + `,"data":` + e.Payload + `}` // the event as it is, unread
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-API-Key", c.Key())
	return req, nil
}

// The codes of https://centrifugal.dev/docs/server/codes that will be the same next time. Others may pass: internal (100), rate limits (111), and what
// later versions have, which its own mapping to statuses takes for internal, too.
const (
	codeUnauthorized     = 101
	codeUnknownChannel   = 102
	codePermissionDenied = 103
	codeNotFound         = 104
	codeLimitExceeded    = 106
	codeBadRequest       = 107
	codeNotAvailable     = 108
	codeTooManyRequests  = 111
	codeConflict         = 113
)

// Judge looks at the status, and at the error object.
func (c *Centrifugo) Judge(res *http.Response, body []byte) error {
	if err := judge(res); err != nil {
		return err
	}
	var answer struct {
		Error *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Error == nil && answer.Result == nil {
		return transient(errors.New("live: the answer is not one of Centrifugo's"))
	}
	if answer.Error == nil {
		return nil
	}
	cause := fmt.Errorf("live: Centrifugo answered %d: %s", answer.Error.Code, answer.Error.Message)
	switch answer.Error.Code {
	case codeTooManyRequests:
		return fault.New(fault.Throttled, models.ReasonLiveFailed, "", cause)
	case codeUnauthorized, codeUnknownChannel, codePermissionDenied, codeNotFound, codeLimitExceeded, codeBadRequest, codeNotAvailable, codeConflict:
		return permanent(cause)
	}
	return transient(cause)
}
