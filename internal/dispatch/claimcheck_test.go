package dispatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/storage/folder"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// full is a store that takes nothing.
type full struct{}

func (full) Put(context.Context, storage.File, io.Reader) (storage.Stored, error) {
	return storage.Stored{}, errors.New("full")
}

// dataOf are the data of messages by widget, whether they were streamed or buffered.
func dataOf(t *testing.T, outputs []commit.Output) map[string]json.RawMessage {
	t.Helper()
	got := map[string]json.RawMessage{}
	for _, o := range outputs {
		for _, op := range o.Ops {
			var payload string
			switch op := op.(type) {
			case commit.Append:
				payload = op.Fields[slices.Index(op.Fields, "payload")+1]
			case commit.SetField:
				payload = op.Value
			default:
				continue
			}
			var m struct {
				EventName string          `json:"eventName"`
				EventData json.RawMessage `json:"eventData"`
			}
			if err := json.Unmarshal([]byte(payload), &m); err != nil {
				t.Fatal(err)
			}
			_, widget, _ := strings.Cut(m.EventName, "__")
			got[widget] = m.EventData
		}
	}
	return got
}

// TestLargeResultsAreStoredOnce: a message says where a large result is, the file is the result to the byte, and a further attempt stores no second one.
func TestLargeResultsAreStoredOnce(t *testing.T) {
	t.Parallel()
	const above = 2000
	large := map[string]any{"kind": "table", "status": "partial", "text": strings.Repeat("ä", above)}
	small := map[string]any{"kind": "stat", "status": "ok"}
	page := run(func(ctx context.Context, out strategies.Pusher) error {
		return errors.Join(out.Push(ctx, "large", large), out.Push(ctx, "small", small))
	})
	whole, err := json.Marshal(large)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		tech   string
		above  int
		store  func(dir string) (storage.Store, error)
		stored bool
	}{
		"stream":             {"", above, func(dir string) (storage.Store, error) { return folder.Open(dir, "") }, true},
		"at the limit":       {"", len(whole), func(dir string) (storage.Store, error) { return folder.Open(dir, "") }, false},
		"off":                {"", 0, func(dir string) (storage.Store, error) { return folder.Open(dir, "") }, false},
		"a poll buffer":      {"API", above, func(dir string) (storage.Store, error) { return folder.Open(dir, "") }, false},
		"a store that fails": {"", above, func(string) (storage.Store, error) { return full{}, nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store, err := c.store(dir)
			if err != nil {
				t.Fatal(err)
			}
			d := dispatcher(t, page, func(o *Options) { o.ClaimCheck = ClaimCheck{Above: c.above, Store: store} })
			request := strings.Replace(asking("P", "large", "small"), `"routing_key"`, `"stream_tech":"`+c.tech+`","routing_key"`, 1)
			e := entry(request)
			for attempt := range 2 {
				var m emitter
				out := d.Handle(t.Context(), &consumer.Entry{ID: e.ID, First: e.First, Fields: e.Fields, Attempt: attempt + 1}, &m)
				if out.Err != nil {
					t.Fatal(out.Err)
				}
				got := dataOf(t, append(m.sent, out.Outputs...))
				if string(got["small"]) != `{"kind":"stat","status":"ok"}` {
					t.Errorf("small: %s", got["small"])
				}
				if !c.stored {
					if string(got["large"]) != string(whole) {
						t.Errorf("large: %.200s", got["large"])
					}
					continue
				}
				var said stored
				if err := json.Unmarshal(got["large"], &said); err != nil {
					t.Fatal(err)
				}
				link, err := url.Parse(said.File.URL)
				if err != nil {
					t.Fatal(err)
				}
				file, err := os.ReadFile(link.Path)
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(file)
				if string(file) != string(whole) || said.Kind != "stored" || said.Status != "partial" || said.File.SHA256 != hex.EncodeToString(sum[:]) || said.File.Bytes != int64(len(file)) {
					t.Errorf("%s", got["large"])
				}
			}
			files := 0
			if err := filepath.WalkDir(dir, func(_ string, f fs.DirEntry, err error) error {
				if err == nil && !f.IsDir() {
					files++
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if want := map[bool]int{true: 1}[c.stored]; files != want {
				t.Errorf("%d files, want %d", files, want)
			}
		})
	}
}
