package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks one gateway. It may be used from many goroutines.
type Client struct {
	base  string
	token func(context.Context) (string, error)
	http  *http.Client
}

// Option changes a Client.
type Option func(*Client)

// WithToken sends a bearer token.
func WithToken(token string) Option {
	return WithTokens(func(context.Context) (string, error) { return token, nil })
}

// WithTokens asks for a bearer token before each call, so that it can be renewed.
func WithTokens(token func(context.Context) (string, error)) Option {
	return func(c *Client) { c.token = token }
}

// WithHTTP sets the client that calls are made with. It must have no time limit for a whole answer: streams of events have no end of their own.
func WithHTTP(h *http.Client) Option { return func(c *Client) { c.http = h } }

// New returns a Client of the gateway at a URL.
func New(base string, options ...Option) *Client {
	c := &Client{base: strings.TrimRight(base, "/"), http: &http.Client{}}
	for _, o := range options {
		o(c)
	}
	return c
}

// Request asks for a page.
type Request struct {
	EventName       string         `json:"eventName"`
	EventData       map[string]any `json:"eventData"`
	SelectedWidgets []string       `json:"selected_widgets,omitempty"`
	// IdempotencyKey makes a repeated request the same one; without it Submit is not tried again.
	IdempotencyKey string `json:"-"`
}

// Submitted is a request that was taken.
type Submitted struct {
	RequestID  string            `json:"request_id"`
	RoutingKey string            `json:"routing_key"`
	Status     string            `json:"status"`
	Links      map[string]string `json:"links"`
}

// State is how far a request is.
type State struct {
	RequestID   string                 `json:"request_id"`
	RoutingKey  string                 `json:"routing_key"`
	Event       string                 `json:"event"`
	Page        string                 `json:"page"`
	Status      string                 `json:"status"`
	SubmittedAt time.Time              `json:"submitted_at"`
	Widgets     map[string]WidgetState `json:"widgets"`
	Complete    json.RawMessage        `json:"complete"`
}

// WidgetState is what a widget's newest message says.
type WidgetState struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	ID     string    `json:"id"`
}

// Message is a widget's data, or its error, or the end of a page.
type Message struct {
	EventName string          `json:"eventName"`
	EventData json.RawMessage `json:"eventData"`
	RequestID string          `json:"request_id"`
	// Raw is the whole message, with the fields that are not here.
	Raw json.RawMessage `json:"-"`
}

// Widget is the part of the message's name after the page.
func (m *Message) Widget() string {
	_, widget, _ := strings.Cut(m.EventName, "__")
	return widget
}

// Submit sends a request. With an IdempotencyKey it is tried again while the gateway or the broker is away, until ctx ends.
func (c *Client) Submit(ctx context.Context, r Request) (*Submitted, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("client: write a request: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if r.IdempotencyKey != "" {
		header.Set("Idempotency-Key", r.IdempotencyKey)
	}
	var out Submitted
	for pause := (backoff{}); ; {
		err := c.call(ctx, http.MethodPost, "/v1/requests", header, body, &out)
		if err == nil {
			return &out, nil
		}
		if r.IdempotencyKey == "" || !passing(err) {
			return nil, err
		}
		if pause.wait(ctx, err) != nil {
			return nil, err
		}
	}
}

// State asks how far a request is.
func (c *Client) State(ctx context.Context, id string) (*State, error) {
	var out State
	if err := c.call(ctx, http.MethodGet, requestPath(id), nil, nil, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// Widget returns the newest message of a widget; a ProblemError with code not_ready until there is one.
func (c *Client) Widget(ctx context.Context, id, widget string) (*Message, error) {
	var raw json.RawMessage
	if err := c.call(ctx, http.MethodGet, requestPath(id)+"/widgets/"+url.PathEscape(widget), nil, nil, &raw); err != nil {
		return nil, err
	}
	return messageOf(raw)
}

// Cancel has a request stopped. One that has ended stays as it is.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, requestPath(id), nil, nil, nil)
}

func requestPath(id string) string { return "/v1/requests/" + url.PathEscape(id) }

func messageOf(raw []byte) (*Message, error) {
	m := &Message{Raw: bytes.Clone(raw)}
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("client: read a message: %w", err)
	}
	return m, nil
}

// longestAnswer bounds what is read of an answer that is no stream.
const longestAnswer = 64 << 20

// call makes one call, and decodes its answer.
func (c *Client) call(ctx context.Context, method, path string, header http.Header, body []byte, into any) error {
	res, err := c.open(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("client: read the answer: %w", err)
	}
	if into == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("client: read the answer: %w", err)
	}
	return nil
}

// open makes a call whose answer is read by the caller. What is no success is an error.
func (c *Client) open(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	maps.Copy(req.Header, header)
	if c.token != nil {
		token, err := c.token(ctx)
		if err != nil {
			return nil, fmt.Errorf("client: get a token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, &connectionError{err}
	}
	if res.StatusCode/100 != 2 {
		defer res.Body.Close()
		return nil, problemOf(res)
	}
	return res, nil
}
