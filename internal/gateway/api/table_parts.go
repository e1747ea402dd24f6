package api

import "net/http"

func liveTable() []operation {
	signed := []param{
		{in: "header", name: "webhook-id", about: "The event's id: one that has come before is not put on the stream again.", schema: textSchema("maxLength", 512), required: true},
		{in: "header", name: "webhook-timestamp", about: "Unix seconds, at most five minutes away from now.", schema: textSchema(), required: true},
		{in: "header", name: "webhook-signature", about: "Standard Webhooks, v1.", schema: textSchema(), required: true},
	}
	var rows []operation
	for path, id := range map[string]string{"/dispatcher/event": "postLiveEvent", "/publisher/event": "postLiveEventOld"} {
		rows = append(rows, operation{
			method: http.MethodPost, path: path, id: id, tag: "Live service", summary: "Take a live event, as the live service of stream_tech SSE", open: true, params: signed, body: "LiveEvent",
			answers: []reply{{status: http.StatusNoContent, about: "It is on the routing key's stream."}}, refuses: []int{400, 401, 403, 413, 415, 429, 503}, serve: (*API).live,
		})
	}
	return rows
}

func fileTable() []operation {
	return []operation{{
		method: http.MethodGet, path: "/v1/files/{kind}/{tenant}/{day}/{name}", id: "getFile", tag: "Files", summary: "A report or an export of the caller's tenant",
		about: "Where consumers keep files in a folder that this server has, too, and name it as their address (APP_DISPATCHER_FILES, APP_DISPATCHER_FILES_URL). Their messages say the whole address.",
		params: []param{
			inPath("kind", "Reports or exports.", textSchema("minLength", 1), "reports"), inPath("tenant", "Whose it is.", textSchema("minLength", 1), "1"),
			inPath("day", "When it was made.", textSchema("minLength", 1), "2026-01-31"), inPath("name", "The file.", textSchema("minLength", 1), "x.pdf"),
		},
		answers: []reply{{status: http.StatusOK, about: "The file.", content: map[string]any{"application/pdf": map[string]any{}, "*/*": map[string]any{}}}}, refuses: []int{401, 403, 404, 416, 429, 503}, serve: (*API).file,
	}}
}

// sessionTable is served by the door.
func sessionTable() []operation {
	rows := []operation{
		{method: http.MethodPost, id: "beginSession", summary: "Put the bearer token into a cookie", answers: []reply{jsonReply(http.StatusOK, "Who one is.", "Session")}, refuses: []int{401, 403, 422, 429}},
		{method: http.MethodGet, id: "showSession", summary: "Who one is", answers: []reply{jsonReply(http.StatusOK, "Who one is.", "Session")}, refuses: []int{401, 403, 429}},
		{method: http.MethodDelete, id: "endSession", summary: "Forget the cookie", answers: []reply{{status: http.StatusNoContent, about: "It is forgotten."}}, refuses: []int{401, 403, 429}},
	}
	for i := range rows {
		rows[i].path, rows[i].tag = "/v1/session", "Session"
	}
	return rows
}

func documentTable() []operation {
	document := func(about string) []reply {
		return []reply{{status: http.StatusOK, about: about, content: map[string]any{"application/json": map[string]any{"type": "object"}}}}
	}
	schema := []reply{{status: http.StatusOK, about: "JSON Schema 2020-12.", content: map[string]any{"application/schema+json": map[string]any{"type": "object"}}}}
	plain := func(about string) []reply {
		return []reply{{status: http.StatusOK, about: about, content: map[string]any{"text/plain": textSchema()}}}
	}
	rows := []operation{
		{path: "/openapi.json", id: "getOpenAPI", summary: "This document", answers: document("OpenAPI 3.1."), serve: (*API).openAPI},
		{path: "/asyncapi.json", id: "getAsyncAPI", summary: "The streams", answers: document("AsyncAPI 3.0."), serve: (*API).asyncAPI},
		{path: "/v1/schemas/result.json", id: "getResultSchema", summary: "JSON Schema of a message's eventData", answers: schema, serve: (*API).schema},
		{path: "/v1/schemas/catalog.json", id: "getCatalogSchema", summary: "JSON Schema of catalog files", answers: schema, serve: (*API).schema},
		{path: "/health", id: "health", summary: "Whether the process lives", answers: document("It lives.")},
		{path: "/ready", id: "ready", summary: "Whether it can do its work", answers: append(document("It can."), reply{status: http.StatusServiceUnavailable, about: "What fails.", content: map[string]any{"application/json": map[string]any{"type": "object"}}})},
		{path: "/metrics", id: "metrics", summary: "Metrics for Prometheus", answers: plain("Text format.")},
	}
	for i := range rows {
		rows[i].method, rows[i].tag, rows[i].open = http.MethodGet, "Server", true
	}
	return rows
}
