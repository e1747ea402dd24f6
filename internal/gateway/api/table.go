package api

import "net/http"

// table is all that the server answers, this package's routes and those of its other parts.
func (a *API) table() []operation {
	var all []operation
	for _, part := range [][]operation{a.requestTable(), streamTable(), pageTable(), fileTable(), liveTable(), sessionTable(), documentTable()} {
		all = append(all, part...)
	}
	return all
}

func requestID() param {
	return inPath("id", "The request's id.", textSchema("format", "uuid"), "01890a5d-ac96-774b-bcce-b302099a8057")
}

func routingKey() param {
	return inPath("routing_key", "A routing key that the caller may read.", textSchema("minLength", 1, "maxLength", 512), "web:1:sales")
}

func (a *API) requestTable() []operation {
	rows := []operation{
		{
			method: http.MethodPost, path: "/v1/requests", id: "submitRequest", summary: "Ask for a page",
			about:  "Takes a request as producers put it on the input stream. With an Idempotency-Key the same request is one request for a day.",
			params: []param{{in: "header", name: "Idempotency-Key", about: "Makes a repeated request the same one.", schema: textSchema("minLength", 1, "maxLength", longestIdempotency)}},
			body:   "Request", answers: []reply{jsonReply(http.StatusAccepted, "The request is on the input stream.", "Submitted", "Location", "Idempotency-Replayed")},
			refuses: []int{400, 401, 403, 413, 415, 422, 429, 503}, serve: (*API).submit,
		},
		{
			method: http.MethodGet, path: "/v1/requests/{id}", id: "getRequest", summary: "How far a request is", params: []param{requestID()},
			answers: []reply{jsonReply(http.StatusOK, "Its state.", "State")}, refuses: []int{401, 403, 404, 429, 503}, serve: (*API).state,
		},
		{
			method: http.MethodDelete, path: "/v1/requests/{id}", id: "cancelRequest", summary: "Cancel a request",
			about: "What runs of it is stopped, what was sent stays, and its page ends with status cancelled. A request that has ended stays as it is.", params: []param{requestID()},
			answers: []reply{jsonReply(http.StatusAccepted, "It is being cancelled.", "Canceling")}, refuses: []int{401, 403, 404, 429, 503}, serve: (*API).cancel,
		},
		{
			method: http.MethodGet, path: "/v1/requests/{id}/widgets/{widget}", id: "getWidget", summary: "The newest message of a widget",
			params:  []param{requestID(), inPath("widget", "The widget's id.", textSchema("minLength", 1), "volume")},
			answers: []reply{jsonReply(http.StatusOK, "The message, as it is on the stream.", "Message")}, refuses: []int{401, 403, 404, 429, 503}, serve: (*API).widget,
		},
		{
			method: http.MethodGet, path: "/v1/requests/{id}/events", id: "followRequest", summary: "What comes of a request, from its start until it is complete", params: append([]param{requestID()}, resuming()...),
			answers: eventStream(), refuses: []int{401, 403, 404, 429, 503}, streams: "requestEvents",
		},
		{
			method: http.MethodGet, path: "/v1/buffers/{routing_key}", id: "getBuffer", summary: "The poll buffer of a routing key", params: []param{routingKey()},
			answers: []reply{jsonReply(http.StatusOK, "What is in it.", "Buffer")}, refuses: []int{400, 401, 403, 404, 422, 429, 503}, serve: (*API).buffer,
		},
	}
	for i := range rows {
		rows[i].tag = "Requests"
		if rows[i].streams != "" && a.o.Follow != nil {
			rows[i].serve = (*API).events
		}
	}
	return rows
}

// resuming are the parameters by which a stream goes on where it was left.
func resuming() []param {
	return []param{
		{in: "header", name: "Last-Event-ID", about: "The id of the last event that was read.", schema: textSchema("maxLength", 256)},
		inQuery("last_event_id", "The same, for clients that cannot set headers.", textSchema("maxLength", 256)),
	}
}

func eventStream() []reply {
	return []reply{{status: http.StatusOK, about: "Events until the stream ends; docs/http.md and /asyncapi.json describe them.", content: map[string]any{
		"text/event-stream": textSchema(), "application/x-ndjson": textSchema(),
	}}}
}

func streamTable() []operation {
	return []operation{{
		method: http.MethodGet, path: "/v1/streams/{routing_key}/events", id: "followStream", tag: "Streams", summary: "What comes for a routing key",
		params:  append([]param{routingKey(), inQuery("start", "Where to begin without an id to resume from: with what comes next, all that is kept, or the newest message of each widget.", textSchema("enum", []string{"new", "all", "newest"}, "default", "new"))}, resuming()...),
		answers: eventStream(), refuses: []int{400, 401, 403, 429, 503}, streams: "streamEvents",
	}}
}

func pageTable() []operation {
	language := inQuery("language", "The language of titles and labels: en or ar, or a tag of one.", textSchema("maxLength", 35))
	product := inQuery("product", "The page's product; none for pages without.", textSchema("maxLength", 64))
	page := inPath("page", "The page's id.", textSchema("minLength", 1), "ResearchInsightsPage")
	rows := []operation{
		{
			method: http.MethodGet, path: "/v1/pages", id: "listPages", summary: "The pages that the caller may ask", params: []param{language},
			answers: []reply{jsonReply(http.StatusOK, "The pages.", "PageList")}, refuses: []int{401, 403, 429, 503}, serve: (*API).pages,
		},
		{
			method: http.MethodGet, path: "/v1/pages/{page}", id: "getPage", summary: "What a form and a dashboard need to know of a page", params: []param{page, product, language},
			answers: []reply{jsonReply(http.StatusOK, "The page.", "Page")}, refuses: []int{401, 403, 404, 429, 503}, serve: (*API).onePage,
		},
		{
			method: http.MethodGet, path: "/v1/pages/{page}/members/{member}/values", id: "listMemberValues", summary: "The values of a filter member with their counts",
			about: "Computed by a consumer as a widget is. Parameters of the page are taken from the query, too.",
			params: []param{
				page, inPath("member", "A filter of the page.", textSchema("minLength", 1), "sentiment"), product,
				inQuery("search", "A part of a text.", textSchema("maxLength", longestSearch)),
				inQuery("limit", "How many.", map[string]any{"type": "integer", "minimum": 1, "maximum": mostValues, "default": usualValues}),
				inQuery("start_date", "The range's start, as in a request.", textSchema()), inQuery("end_date", "The range's end, as in a request.", textSchema()),
				inQuery("timezone", "An IANA time zone.", textSchema()), language,
			},
			answers: []reply{jsonReply(http.StatusOK, "The values, the most frequent first.", "MemberValues")},
			refuses: []int{400, 401, 403, 404, 422, 429, 502, 503, 504}, serve: (*API).members,
		},
	}
	for i := range rows {
		rows[i].tag = "Pages"
	}
	return rows
}
