package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// The contract's names of poll buffers.
const (
	bufferPrefix   = "PUBLISH_ENGINE::BUFFER::"
	statusPrefix   = "EVENT::STATUS::"
	metaField      = "__meta__"
	countField     = "__processed_count__"
	statusBuffered = "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS"
	statusRuns     = "PROCESSING_EVENT_IN_PUBLISHER_CONTROLLER"
	mostFields     = 5_000
)

// Buffer is a poll buffer.
type Buffer struct {
	// Status is running, complete, or absent where the status has expired.
	Status string `json:"status"`
	// Total is how many requests are announced, Processed how many have ended.
	Total     int64 `json:"total"`
	Processed int64 `json:"processed"`
	// Widgets are the messages by their event names.
	Widgets map[string]jsontext.Value `json:"widgets"`
}

// buffer answers with the poll buffer of a routing key.
func (a *API) buffer(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("routing_key")
	if err := models.CheckRoutingKey(key); err != nil {
		return bad(http.StatusBadRequest, fault.ReasonOf(err), "routing_key", fault.SafeText(err))
	}
	if !caller.From(r.Context()).MayRead(key) {
		return problem.New(http.StatusForbidden, "other_stream", "the caller may not read this routing key")
	}
	b, err := a.bufferOf(r.Context(), key)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, b)
	return nil
}

func (a *API) bufferOf(ctx context.Context, key string) (*Buffer, error) {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	n, err := a.o.Backend.HLen(ctx, bufferPrefix+key).Result()
	if err == nil && n > mostFields {
		return nil, problem.New(http.StatusUnprocessableEntity, "too_large", "the buffer has more messages than one answer takes")
	}
	var fields *redis.MapStringStringCmd
	var status *redis.StringCmd
	if err == nil {
		_, err = a.o.Backend.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			fields, status = pipe.HGetAll(ctx, bufferPrefix+key), pipe.Get(ctx, statusPrefix+key)
			return nil
		})
	}
	if err := ignoreNil(err); err != nil {
		return nil, fmt.Errorf("api: read a poll buffer: %w", err)
	}
	b := &Buffer{Status: "absent", Total: 1, Widgets: map[string]jsontext.Value{}}
	switch status.Val() {
	case statusRuns:
		b.Status = stateRunning
	case statusBuffered:
		b.Status = stateComplete
	}
	if n == 0 && b.Status == "absent" {
		return nil, notFound("unknown_buffer", "there is no buffer under this routing key")
	}
	for field, value := range fields.Val() {
		switch field {
		case metaField:
			var meta struct {
				Total jsontext.Value `json:"total_messages"` // producers write a number or a text
			}
			if json.Unmarshal([]byte(value), &meta) == nil {
				if n, err := strconv.ParseInt(textOf(meta.Total), 10, 64); err == nil && n > 0 {
					b.Total = n
				}
			}
		case countField:
			b.Processed, _ = strconv.ParseInt(value, 10, 64) // the consumers' own
		default:
			if raw := jsontext.Value(value); raw.IsValid() {
				b.Widgets[field] = raw
			}
		}
	}
	return b, nil
}
