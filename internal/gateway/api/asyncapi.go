package api

import "strings"

// AsyncAPI is the document of the streams: those of events over HTTP, by the same table as OpenAPI, and those of Redis that stand behind them.
func AsyncAPI() []byte {
	channels := map[string]any{
		"input": map[string]any{
			"address": "{input_stream}", "title": "Input stream", "description": "Redis stream of requests: one field, payload. Its name is APP_DISPATCHER_INPUT_STREAM.",
			"servers": []any{reference("servers", "redis")}, "parameters": map[string]any{"input_stream": map[string]any{"default": "go_dispatcher:requests"}},
			"messages": map[string]any{"request": reference("components", "messages", "request")},
		},
		"output": map[string]any{
			"address": "{output_prefix}{routing_key}", "title": "Output stream", "description": "Redis stream of a routing key's messages: payload, eventName, routing_key. The prefix is APP_DISPATCHER_OUTPUT_STREAM_PREFIX.",
			"servers": []any{reference("servers", "redis")}, "parameters": map[string]any{"output_prefix": map[string]any{"default": "go_dispatcher:out:"}, "routing_key": map[string]any{"description": "As the request names it."}},
			"messages": map[string]any{"message": reference("components", "messages", "widget")},
		},
	}
	operations := map[string]any{
		"takeRequest": map[string]any{"action": "receive", "channel": reference("channels", "input"), "summary": "Consumers read requests."},
		"sendMessage": map[string]any{"action": "send", "channel": reference("channels", "output"), "summary": "Consumers write messages, each with the acknowledgement of what it answers in one step."},
	}
	for _, op := range new(API).table() {
		if op.streams == "" {
			continue
		}
		messages := map[string]any{}
		for _, name := range []string{"hello", "widget", "complete", "reset", "error"} {
			messages[name] = reference("components", "messages", name)
		}
		channels[op.streams] = map[string]any{
			"address": op.path, "title": op.summary, "servers": []any{reference("servers", "http")}, "messages": messages,
			"description": "text/event-stream, or JSON lines where Accept asks for application/x-ndjson. Ids are EPOCH.STREAM-ID; a heartbeat comes every 15 s of silence.",
			"parameters":  channelParams(op.path),
		}
		operations[op.id] = map[string]any{"action": "send", "channel": reference("channels", op.streams), "summary": op.summary}
	}
	return indented(map[string]any{
		"asyncapi": "3.0.0",
		"info":     map[string]any{"title": "Dispatcher", "version": "1", "license": map[string]any{"name": "Apache-2.0"}, "description": "Streams of requests and of what comes of them. /openapi.json describes the rest."},
		"servers": map[string]any{
			"redis": map[string]any{"host": "localhost:6379", "protocol": "redis", "description": "The broker."},
			"http":  map[string]any{"host": "localhost:8080", "protocol": "http", "description": "The gateway."},
		},
		"defaultContentType": "application/json", "channels": channels, "operations": operations,
		"components": map[string]any{"schemas": components(), "messages": eventMessages()},
	})
}

func reference(path ...string) map[string]any {
	return map[string]any{"$ref": "#/" + strings.Join(path, "/")}
}

// channelParams are the names between braces of an address.
func channelParams(path string) map[string]any {
	out := map[string]any{}
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			out[strings.TrimSuffix(name, "}")] = map[string]any{"description": "As in OpenAPI."}
		}
	}
	return out
}

// eventMessages are the frames of a stream of events, and what is on the streams of Redis.
func eventMessages() map[string]any {
	message := func(name, about string, payload map[string]any) map[string]any {
		return map[string]any{"name": name, "title": name, "summary": about, "contentType": "application/json", "payload": payload}
	}
	object := func(required []string, properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "required": required, "properties": properties}
	}
	return map[string]any{
		"request":  message("request", "A request.", ref("Request")),
		"hello":    message("hello", "The first frame: its id is where the stream is read from.", object([]string{"epoch", "resumed"}, map[string]any{"epoch": textSchema(), "resumed": map[string]any{"type": "boolean"}})),
		"widget":   message("widget", "A message, as it is on the output stream.", ref("Message")),
		"complete": message("complete", "The message that closes a page.", ref("Message")),
		"reset":    message("reset", "What was shown is forgotten: the newest message of each widget follows.", object([]string{"reason"}, map[string]any{"reason": map[string]any{"enum": []string{"trimmed", "epoch", "unknown_id", "slow"}}})),
		"error":    message("error", "The stream ends and is not opened again.", ref("Problem")),
	}
}
