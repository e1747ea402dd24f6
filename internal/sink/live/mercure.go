package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Mercure publishes to a hub of the Mercure protocol: https://mercure.rocks/spec, Publication and Authorization.
//
// The topic is the prefix with the routing key, the data the event. Updates are private unless it is said otherwise: the hub gives them to subscribers
// alone whose token names the topic.
type Mercure struct {
	// URL is the hub's, as in https://hub.example/.well-known/mercure.
	URL string
	// Key is what publishers' tokens are signed with (HS256), as it is now.
	Key func() string
	// Prefix begins each topic; an HTTPS address is what the protocol recommends.
	Prefix string
	// Type is the event type of server-sent events; empty is the usual one, message.
	Type string
	// Public gives updates to subscribers without a token, too.
	Public bool
}

var _ Service = (*Mercure)(nil)

// ShortestMercureKey is what RFC 7518 asks of keys of HS256, in bytes.
const ShortestMercureKey = 32

// publisherToken is how long a token holds that was made for one request.
const publisherToken = 5 * time.Minute

// Request makes the request of a publication.
func (m *Mercure) Request(ctx context.Context, e *Event, now time.Time) (*http.Request, error) {
	token, err := m.token(now)
	if err != nil {
		return nil, err
	}
	form := url.Values{"topic": {m.Prefix + plainText(e.RoutingKey)}, "data": {e.Payload}, "id": {"urn:dispatcher:" + url.PathEscape(e.ID)}}
	if m.Type != "" {
		form.Set("type", m.Type)
	}
	if !m.Public {
		form.Set("private", "on")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+token)
	return req, nil
}

// token makes a publisher's token for this moment. It carries the right to publish as hubs of today read it (mercure.publish), and as the newer draft
// of the protocol has it (authorization_details, of a token for this hub alone).
func (m *Mercure) token(now time.Time) (string, error) {
	options := (&jose.SignerOptions{}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(m.Key())}, options)
	if err != nil {
		return "", fmt.Errorf("live: sign a publisher's token: %w", err)
	}
	claims, err := json.Marshal(map[string]any{
		"iss": "dispatcher", "sub": "dispatcher", "client_id": "dispatcher", "aud": m.URL, "iat": now.Unix(), "exp": now.Add(publisherToken).Unix(),
		"mercure":               map[string]any{"publish": []string{"*"}},
		"authorization_details": []any{map[string]any{"type": "mercure", "actions": []string{"publish"}, "topics": []any{map[string]string{"match": "*"}}}},
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("live: sign a publisher's token: %w", err)
	}
	return signed.CompactSerialize()
}

// Judge goes by the status: 400 is a bad field, 401 and 403 are a key or a topic that the hub does not take.
func (m *Mercure) Judge(res *http.Response, _ []byte) error { return judge(res) }
