package dispatch

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// storeLimit is how long a result's way to the store may take; it is sent whole then.
const storeLimit = 30 * time.Second

// ClaimCheck keeps results that are larger than Above bytes in a store, and has a message say where they are. Its zero value keeps none. It is for
// readers that know it: of output streams and live events. What polls a buffer gets its results whole.
type ClaimCheck struct {
	Above int
	Store storage.Store
}

// stored is the data of a message whose result is in the store.
type stored struct {
	Kind   string                `json:"kind"`
	Status string                `json:"status,omitempty"` // the result's
	File   strategies.StoredFile `json:"file"`
}

// claimed returns a result as it is sent: itself, or where it is. The file's name is the message's id, so that a further attempt stores the same file, and a link that
// was sent stays good. A store that does not take it costs nothing but room: the result is sent whole.
func (p *pusher) claimed(ctx context.Context, widget string, data []byte) []byte {
	c := &p.d.ClaimCheck
	if c.Above <= 0 || len(data) <= c.Above || p.j.sink == nil || p.j.sink != p.d.Sinks.Stream && p.j.sink != p.d.Sinks.Live {
		return data
	}
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	const contentType = "application/json"
	file, err := c.Store.Put(ctx, storage.File{Key: storage.Key("results", p.j.identity(), p.j.event(widget)+".json"), ContentType: contentType}, bytes.NewReader(data))
	if err != nil {
		p.d.Log.LogAttrs(ctx, slog.LevelWarn, "a large result could not be stored and is sent whole", p.j.attrs(
			slog.String("widget", widget), slog.Int("bytes", len(data)), slog.Any("error", err))...)
		return data
	}
	s := stored{Kind: "stored", File: strategies.StoredFile{URL: file.Link, ContentType: contentType, SHA256: file.SHA256, Bytes: file.Bytes, ExpiresAt: file.Expires}}
	var result struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(data, &result) == nil { // a result need not be an object
		s.Status = result.Status
	}
	encoded, err := models.Encode(s)
	if err != nil {
		return data
	}
	defer encoded.Release()
	return bytes.Clone(encoded.JSON())
}
