package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Event is what a service is given.
type Event struct {
	// ID is the same each time that the event is sent.
	ID         string
	RoutingKey string
	// Payload is the live event, JSON.
	Payload string
}

// Service is a protocol that live services speak. Both methods are called from many goroutines.
type Service interface {
	// Request makes the request that gives the service an event.
	Request(ctx context.Context, e *Event, now time.Time) (*http.Request, error)
	// Judge says what an answer means: nil that the event is taken, else a fault whose class decides whether it is sent again. body is the answer's
	// beginning.
	Judge(res *http.Response, body []byte) error
}

// eventOf reads an outbox entry.
func eventOf(e *consumer.Entry) (*Event, error) {
	payload, ok := e.Field(fieldPayload)
	if !ok {
		return nil, permanent(errors.New("live: outbox entry without payload"))
	}
	id, _ := e.Field(fieldID)
	key, _ := e.Field(fieldRoutingKey)
	return &Event{ID: id, RoutingKey: key, Payload: payload}, nil
}

// judge is what a status means by itself: 2xx is success; 408, 425, 429 and 5xx may pass; everything else, redirects included, will be the same next
// time.
func judge(res *http.Response) error {
	cause := fmt.Errorf("live: the service answered %s", res.Status)
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests:
		return fault.New(fault.Throttled, models.ReasonLiveFailed, "", cause)
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return transient(cause)
	}
	return permanent(cause)
}

func permanent(err error) error { return fault.New(fault.Permanent, models.ReasonLiveFailed, "", err) }

func transient(err error) error { return fault.New(fault.Transient, models.ReasonLiveFailed, "", err) }

// plainText is a name as channels, topics and headers can carry it: a producer's request_id and routing key may be any text. What is plain stays as
// it is.
func plainText(name string) string {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' || name[i] == '%' {
			return url.PathEscape(name)
		}
	}
	return name
}
