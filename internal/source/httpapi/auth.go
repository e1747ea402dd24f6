package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"
)

// Auth proves to an API who asks. What it puts on a request is never shown.
type Auth interface {
	// apply puts the credentials on a request; client is for asking where they come from.
	apply(ctx context.Context, client *http.Client, r *http.Request) error
	// refused is told that the API refused what r has. It says whether the next ones may be others.
	refused(r *http.Request) bool
}

// Text is a secret that is known already.
func Text(value string) Secret { return func() (string, error) { return value, nil } }

// read returns a secret that may stand in a header.
func (s Secret) read() (string, error) {
	if s == nil {
		return "", nil
	}
	value, err := s()
	if err != nil {
		return "", notConfigured(err)
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", notConfigured(errors.New("httpapi: a secret holds a control character"))
	}
	return value, nil
}

// Bearer is a token.
type Bearer struct{ Token Secret }

func (b *Bearer) apply(_ context.Context, _ *http.Client, r *http.Request) error {
	token, err := b.Token.read()
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (b *Bearer) refused(*http.Request) bool { return false }

// Basic is a user with a password.
type Basic struct{ User, Password Secret }

func (b *Basic) apply(_ context.Context, _ *http.Client, r *http.Request) error {
	user, err := b.User.read()
	if err != nil {
		return err
	}
	password, err := b.Password.read()
	if err != nil {
		return err
	}
	r.SetBasicAuth(user, password)
	return nil
}

func (b *Basic) refused(*http.Request) bool { return false }

// APIKey is a value in a header or in a parameter of the URL.
type APIKey struct {
	// Header or Query is the name of where Value goes.
	Header, Query string
	Value         Secret
}

func (k *APIKey) apply(_ context.Context, _ *http.Client, r *http.Request) error {
	value, err := k.Value.read()
	if err != nil {
		return err
	}
	if k.Header != "" {
		r.Header.Set(k.Header, value)
		return nil
	}
	all := r.URL.Query() // a link to the next page may hold it already
	all.Set(k.Query, value)
	r.URL.RawQuery = all.Encode()
	return nil
}

func (k *APIKey) refused(*http.Request) bool { return false }
