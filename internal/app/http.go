package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// api opens an HTTP API. Its URL and its secrets are read when it is asked: where they are not there, its widgets say so.
func (s *sources) api(ctx context.Context, def *catalog.Source) (source.Source, error) {
	local, err := s.localEngine(ctx, memoryOf(def))
	if err != nil {
		return nil, err
	}
	h := &def.HTTP
	timeout := h.Timeout
	if timeout == 0 {
		timeout = s.callTimeout
	}
	return httpapi.Open(httpapi.Config{
		URL: secretOf(catalog.Reference{Env: def.URLEnv, File: def.URLFile}), Auth: authOf(&h.Auth), CAFile: def.CAFile, AllowPrivate: h.AllowPrivate,
		Timeout: timeout, MaxBytes: h.MaxBytes, MaxTotalBytes: h.MaxTotalBytes, MaxPages: h.MaxPages, Rate: h.Rate, Connections: def.Connections,
		Health: h.Health, Reuse: h.Reuse, Local: local,
	})
}

func authOf(a *catalog.Auth) httpapi.Auth {
	switch a.Kind {
	case "bearer":
		return &httpapi.Bearer{Token: secretOf(a.Token)}
	case "basic":
		return &httpapi.Basic{User: secretOf(a.User), Password: secretOf(a.Password)}
	case "api_key":
		return &httpapi.APIKey{Header: a.Header, Query: a.Query, Value: secretOf(a.Value)}
	case "oauth2":
		return &httpapi.OAuth2{
			TokenURL: secretOf(a.TokenURL), ID: secretOf(a.ID), Secret: secretOf(a.Secret), Scopes: a.Scopes, InBody: a.InBody,
		}
	}
	return nil
}

// secretOf returns what reads a value from where the catalog says that it stands. Errors name the place, never the content.
func secretOf(at catalog.Reference) httpapi.Secret {
	return func() (string, error) {
		switch {
		case at.Text != "":
			return at.Text, nil
		case at.Env != "":
			value := os.Getenv(at.Env)
			if value == "" {
				return "", fmt.Errorf("the variable %s is not set", at.Env)
			}
			return value, nil
		}
		text, err := os.ReadFile(at.File)
		if err != nil {
			return "", err
		}
		if value := strings.TrimSpace(string(text)); value != "" {
			return value, nil
		}
		return "", errors.New("the file " + at.File + " is empty")
	}
}
