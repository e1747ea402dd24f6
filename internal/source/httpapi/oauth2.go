package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// OAuth2 is a token by client credentials (RFC 6749, 4.4). It is kept until shortly before its end; one request at a time asks for the next,
// and the others wait for it as long as their own time allows.
type OAuth2 struct {
	// TokenURL is where tokens come from; its address is checked as the API's own is.
	TokenURL, ID, Secret Secret
	Scopes               []string
	// InBody sends id and secret in the body; else they are sent as a user and password.
	InBody bool

	once  sync.Once
	busy  chan struct{} // held by whoever asks, and guards token
	token *oauth2.Token
}

func (o *OAuth2) init() { o.once.Do(func() { o.busy = make(chan struct{}, 1) }) }

func (o *OAuth2) apply(ctx context.Context, client *http.Client, r *http.Request) error {
	token, err := o.get(ctx, client)
	if err != nil {
		return err
	}
	token.SetAuthHeader(r)
	return nil
}

// refused forgets the token, which may have been withdrawn, unless another one has taken its place.
func (o *OAuth2) refused(r *http.Request) bool {
	o.init()
	select {
	case o.busy <- struct{}{}:
	case <-r.Context().Done():
		return false
	}
	defer func() { <-o.busy }()
	if o.token != nil && r.Header.Get("Authorization") == o.token.Type()+" "+o.token.AccessToken {
		o.token = nil
	}
	return true
}

func (o *OAuth2) get(ctx context.Context, client *http.Client) (*oauth2.Token, error) {
	o.init()
	select {
	case o.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx, ctx.Err())
	}
	defer func() { <-o.busy }()
	if o.token.Valid() {
		return o.token, nil
	}
	cfg := clientcredentials.Config{Scopes: o.Scopes, AuthStyle: oauth2.AuthStyleInHeader}
	if o.InBody {
		cfg.AuthStyle = oauth2.AuthStyleInParams
	}
	for _, s := range []struct {
		from Secret
		to   *string
	}{{o.TokenURL, &cfg.TokenURL}, {o.ID, &cfg.ClientID}, {o.Secret, &cfg.ClientSecret}} {
		value, err := s.from.read()
		if err != nil {
			return nil, err
		}
		*s.to = value
	}
	if u, err := url.Parse(cfg.TokenURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the URL of the data source's tokens is not http(s)://host/path", nil)
	}
	token, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return nil, classifyToken(ctx, err)
	}
	if strings.ContainsFunc(token.Type()+token.AccessToken, unicode.IsControl) {
		return nil, unreadable("token: it holds a control character")
	}
	o.token = token
	return token, nil
}

// classifyToken classifies without what the server of tokens answered, which may quote the secret.
func classifyToken(ctx context.Context, err error) error {
	if answered, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answered.Response != nil {
		status := answered.Response.StatusCode
		if status == http.StatusBadRequest || status == http.StatusUnauthorized {
			return fault.New(fault.Permanent, reasonDenied, textDenied, fmt.Errorf("httpapi: token: status %d", status))
		}
		return refusal(status, answered.Response.Header)
	}
	if _, ok := errors.AsType[*url.Error](err); !ok && ctx.Err() == nil {
		return unreadable("token: the answer cannot be read") // the library's text quotes it
	}
	return classify(ctx, fmt.Errorf("httpapi: token: %w", bare(err)))
}
