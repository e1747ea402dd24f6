// Package client asks a Dispatcher gateway for pages, and follows what comes of them.
//
//	c := client.New("https://dashboards.example", client.WithToken(token))
//	taken, err := c.Submit(ctx, client.Request{EventName: "insights", EventData: map[string]any{"start_date": "2026-01-01"}})
//	…
//	for event, err := range c.Events(ctx, taken.RequestID) {
//		if err != nil {
//			return err // for good: what may pass was tried again
//		}
//		board.Apply(event)
//	}
//
// A stream of events is opened again where it was left when a connection breaks or a gateway is restarted; what the server no longer has is said
// by an event of type Reset, never left out silently. The package needs nothing but Go's own library.
package client
