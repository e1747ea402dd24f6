package api

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

//go:embed live.lua
var liveText string

//nolint:gochecknoglobals // a compiled script is a constant
var liveScript = redis.NewScript(liveText)

// mostPosted bounds a live post: a message of a page.
const mostPosted = 16 << 20

// verifier checks the signatures of live posts, with any of several keys.
type verifier []*standardwebhooks.Webhook

func newVerifier(keys [][]byte) verifier {
	var v verifier
	for _, key := range keys {
		hook, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			continue // it knows no error for a key as such
		}
		v = append(v, hook)
	}
	return v
}

// signed says that one of the keys has signed the post within the last five minutes. Signatures are compared in constant time.
func (v verifier) signed(body []byte, h http.Header) bool {
	for _, hook := range v {
		if hook.Verify(body, h) == nil {
			return true
		}
	}
	return false
}

var postID = regexp.MustCompile(`^[!-~]{1,512}$`)

// LiveEvent is what a live post must say; the rest is handed on as it is.
type LiveEvent struct {
	Event      string `json:"eventName"`
	RoutingKey string `json:"routing_key"`
}

// live takes a post as the live service: it is put on its routing key's stream, once an id.
func (a *API) live(w http.ResponseWriter, r *http.Request) error {
	if len(a.verify) == 0 {
		return problem.New(http.StatusForbidden, "live_not_configured", "live posts are taken where APP_LIVE_SECRETS is set")
	}
	body, err := read(w, r, mostPosted)
	if err != nil {
		return err
	}
	if !a.verify.signed(body, r.Header) {
		return problem.New(http.StatusUnauthorized, "bad_signature", "the post has no signature of the last five minutes that holds (webhook-id, webhook-timestamp, webhook-signature)")
	}
	id := r.Header.Get(standardwebhooks.HeaderWebhookID)
	if !postID.MatchString(id) {
		return problem.New(http.StatusBadRequest, "bad_webhook_id", "webhook-id has at most 512 printable characters")
	}
	var event LiveEvent
	if err := json.Unmarshal(body, &event); err != nil || event.Event == "" {
		return bad(http.StatusBadRequest, models.ReasonBadJSON, "/eventName", "a live event is an object with eventName, eventData and routing_key")
	}
	if err := models.CheckRoutingKey(event.RoutingKey); err != nil {
		return bad(http.StatusBadRequest, fault.ReasonOf(err), "/routing_key", fault.SafeText(err))
	}
	if err := a.post(r.Context(), id, &event, body); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// post adds the event to the stream, with the fields that consumers write.
func (a *API) post(ctx context.Context, id string, event *LiveEvent, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	stream := a.names.output(event.RoutingKey)
	err := liveScript.Run(ctx, a.o.Redis, []string{a.names.posted(a.o.Redis, stream, id), stream}, int64(a.o.LiveOnce/time.Second), a.o.MaxLen,
		"payload", body, "eventName", event.Event, "routing_key", event.RoutingKey).Err()
	if err != nil {
		return fmt.Errorf("api: live post: %w", err)
	}
	return nil
}
