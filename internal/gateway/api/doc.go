// Package api is the HTTP API for requests, what comes of them, and the pages that they may ask: everything of docs/http.md but streams of events, sessions and
// administration.
//
// It keeps nothing of its own. A request is a record in Redis, written in the same step that puts the request on the input stream; what came of it is read from its
// routing key's output stream. Who asks is in the request's context (package caller), and decides about tenant, pages and routing keys; what it does not allow
// is answered as if it were not there, or refused with the key that says it.
//
//go:generate go run ./gen ../../../docs/schema
package api
