package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/redis/go-redis/v9"
)

// message is one of a request's messages on its output stream.
type message struct {
	ID     string // the stream's
	Widget string
	Raw    string // as it is on the stream
	Data   jsontext.Value
}

// closingWidget is the name of the message that closes a page.
const closingWidget = "Complete"

// Bounds of what is read to find a request's messages: a stream that many share may be long.
const (
	readAtOnce  = 64
	mostEntries = 20_000
	mostRead    = 64 << 20
)

// skew is how far apart the clocks of two servers of a cluster may be: entries of the output stream may seem older than the request.
const skew = 5_000

// before is an id of the output stream that is before the request's first message.
func (r *record) before() string {
	ms := timeOf(r.Entry).UnixMilli() - skew
	return strconv.FormatInt(max(0, ms), 10) + "-0"
}

// messages hands a request's messages to use, the newest first, until use returns false or there are no more. Of a stream that is longer than what is read
// at most, the older ones are left out.
func (a *API) messages(ctx context.Context, r *record, use func(message) bool) error {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	stream, from, to := a.names.output(r.RoutingKey), r.before(), "+"
	for entries, bytes := 0, 0; entries < mostEntries && bytes < mostRead; {
		list, err := a.o.Redis.XRevRangeN(ctx, stream, to, from, readAtOnce).Result()
		if err != nil {
			return fmt.Errorf("api: read an output stream: %w", err)
		}
		for i := range list {
			text, _ := list[i].Values["payload"].(string)
			bytes += len(text)
			if m, ok := r.own(&list[i], text); ok && !use(m) {
				return nil
			}
		}
		if len(list) < readAtOnce {
			return nil
		}
		entries += len(list)
		to = "(" + list[len(list)-1].ID
	}
	return nil
}

// own reads a message, if it is one of the request's.
func (r *record) own(entry *redis.XMessage, text string) (message, bool) {
	if !strings.Contains(text, r.ID) {
		return message{}, false
	}
	var read struct {
		Event   string         `json:"eventName"`
		Request string         `json:"request_id"`
		Data    jsontext.Value `json:"eventData"`
	}
	if err := json.Unmarshal([]byte(text), &read, jsontext.AllowDuplicateNames(true)); err != nil || read.Request != r.ID {
		return message{}, false
	}
	widget, ok := strings.CutPrefix(read.Event, r.Page+"__")
	if !ok {
		_, widget, _ = strings.Cut(read.Event, "__")
	}
	return message{ID: entry.ID, Widget: widget, Raw: text, Data: read.Data}, true
}

// status is what a widget's data says of itself.
func (m *message) status() string {
	var data struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(m.Data, &data); err != nil || data.Status == "" {
		return "ok" // a page in Go says what it likes
	}
	return data.Status
}
