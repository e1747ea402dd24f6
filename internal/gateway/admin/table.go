package admin

import (
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
)

// operation is one row of the table from which the routes are registered and the document is written: neither can have what the other has not.
type operation struct {
	method, path, id, summary string
	params                    []param
	// body and answer are the forms of the bodies, as values of their types; nil is none.
	body, answer any
	status       int // of a good answer; 0 is 200
	serve        func(a *API, w http.ResponseWriter, r *http.Request) error
}

// param is a parameter of the path or the query.
type param struct {
	in, name, kind, about string
}

func (a *API) table() []operation {
	class := param{"query", "class", "string", "interactive (default), refresh or export."}
	id := param{"path", "id", "string", "The dead letter's id."}
	picked := []param{
		{"query", "reason", "string", "Only this reason."}, {"query", "event", "string", "Only this event name."}, {"query", "routing_key", "string", "Only this routing key."},
		{"query", "since", "integer", "Only those of the last so many seconds."}, {"query", "older_than", "integer", "Only those that are older, in seconds."},
	}
	return []operation{
		{method: "GET", path: "/admin/v1/overview", id: "overview", summary: "How the deployment does", answer: Overview{}, serve: (*API).overview},
		{method: "GET", path: "/admin/v1/consumers", id: "consumers", summary: "Who serves which class", answer: Consumers{}, serve: (*API).consumers},
		{method: "GET", path: "/admin/v1/pending", id: "pending", summary: "What waits and runs of a class, and the oldest entries that are handed out", params: []param{
			class, {"query", "consumer", "string", "Only entries of this consumer."}, {"query", "idle", "integer", "Only entries that nobody has renewed for so many seconds."}, {"query", "limit", "integer", "At most so many entries, 1 to 500 (20)."},
		}, answer: broker.View{}, serve: (*API).pending},
		{method: "GET", path: "/admin/v1/dead-letters", id: "listDeadLetters", summary: "Dead letters, the newest first", params: append([]param{
			{"query", "limit", "integer", "At most so many, 1 to 200 (50)."}, {"query", "before", "string", "Only those before this id: next of the page before."},
		}, picked...), answer: DeadLetters{}, serve: (*API).deadLetters},
		{method: "GET", path: "/admin/v1/dead-letters/{id}", id: "showDeadLetter", summary: "A dead letter, whole", params: []param{id}, answer: DeadLetter{}, serve: (*API).deadLetter},
		{method: "DELETE", path: "/admin/v1/dead-letters/{id}", id: "deleteDeadLetter", summary: "Delete a dead letter for good", params: []param{id}, status: http.StatusNoContent, serve: (*API).deleteDeadLetter},
		{method: "POST", path: "/admin/v1/dead-letters/{id}/replay", id: "replayDeadLetter", summary: "Put a dead letter back on the stream that it came from", params: []param{id}, answer: Replayed{}, serve: (*API).replayDeadLetter},
		{method: "POST", path: "/admin/v1/dead-letters/replay", id: "replayDeadLetters", summary: "Put many back, at a rate", body: Replay{}, answer: Replayed{}, serve: (*API).replayDeadLetters},
		{method: "GET", path: "/admin/v1/sources", id: "sources", summary: "Whether the stores of the catalog answer", answer: Sources{}, serve: (*API).sources},
		{method: "GET", path: "/admin/v1/requests", id: "recentRequests", summary: "Requests that came last over HTTP, the newest first, with the moments of their way", params: []param{
			{"query", "limit", "integer", "At most so many, 1 to 100 (20)."},
		}, answer: map[string]any{}, serve: (*API).recent},
		{method: "GET", path: "/admin/v1/latency", id: "latency", summary: "How long requests took that came over HTTP and that somebody followed to their end", params: []param{
			{"query", "seconds", "integer", "Those of the last so many seconds, 10 to 86400 (900), at most about a thousand."},
		}, answer: Latency{}, serve: (*API).latency},
		{method: "POST", path: "/admin/v1/pause", id: "pause", summary: "Have all consumers read nothing more; what runs goes on", body: Pause{}, answer: PauseState{}, serve: (*API).pause},
		{method: "POST", path: "/admin/v1/resume", id: "resume", summary: "Have them read again", answer: PauseState{}, serve: (*API).resume},
		{method: "GET", path: "/admin/v1/revocations", id: "listRevocations", summary: "Tokens that were revoked and would not have ended yet, the newest revocation first", answer: Revocations{}, serve: (*API).revocations},
		{method: "POST", path: "/admin/v1/revocations", id: "revoke", summary: "End a token, or those of a subject or a tenant that were issued before a moment, everywhere and for good", body: Revoke{}, answer: revocation.Revocation{}, serve: (*API).revoke},
		{method: "GET", path: "/admin/v1/openapi.json", id: "openapi", summary: "This document", answer: map[string]any{}, serve: (*API).openAPI},
	}
}
