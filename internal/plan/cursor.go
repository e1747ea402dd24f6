package plan

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A cursor is text of ours that a requester hands back to get the page that follows. It holds where that page begins, and a digest of itself
// and of the widget's query, so that one that was altered, or is that of another widget, tenant, order or filter, is refused. It is no secret and needs none: what it
// holds is bound as values, tenant and filters are always the request's, and whatever it may say the request may ask for anyway.

const (
	// ReasonCursor is the code of a cursor that cannot be used.
	ReasonCursor = "bad_cursor"
	// cursorVersion begins every cursor: another form gets another one.
	cursorVersion = "c1."
	digestBytes   = 12
	maxCursor     = 16 << 10
	// maxCursorText bounds a text that rows are sorted by: longer ones are not carried along.
	maxCursorText = 512
	maxRowsBefore = 1 << 40
)

// position is where a page begins.
type position struct {
	Widget string `json:"w"`
	// From and To are the first page's range, At is when it was planned, in microseconds: what happens later changes no page.
	From int64 `json:"f"`
	To   int64 `json:"t"`
	At   int64 `json:"a"`
	Page int   `json:"p"`
	// Before is how many rows are on the pages before.
	Before int64 `json:"b"`
	// Values are those of the last row by which rows are ordered, and Skip how many rows of the pages before have them. Without values, rows are
	// counted off.
	Values []json.RawMessage `json:"v,omitempty"`
	Skip   int64             `json:"s,omitempty"`
	Total  *int64            `json:"n,omitempty"`

	digest, payload []byte
}

func (p *position) rng() query.Range {
	return query.Range{From: time.UnixMicro(p.From).UTC(), To: time.UnixMicro(p.To).UTC()}
}

func (p *position) encode(mark []byte) (string, error) {
	payload, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return cursorVersion + base64.RawURLEncoding.EncodeToString(append(digest(payload, mark), payload...)), nil
}

func digest(payload, mark []byte) []byte {
	h := sha256.New()
	_, _ = h.Write(mark) // a hash never fails
	_, _ = h.Write(payload)
	return h.Sum(nil)[:digestBytes]
}

// decode reads a cursor. Whether it is one of this query is known only when there is one: see genuine.
func decode(text string) (*position, error) {
	broken := reject(ReasonCursor, "the cursor is damaged; ask for the first page, and for others by its next_cursor")
	if len(text) > maxCursor || !strings.HasPrefix(text, cursorVersion) {
		return nil, broken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(text, cursorVersion))
	if err != nil || len(raw) <= digestBytes {
		return nil, broken
	}
	p := &position{digest: raw[:digestBytes], payload: raw[digestBytes:]}
	dec := json.NewDecoder(bytes.NewReader(p.payload))
	dec.DisallowUnknownFields()
	if dec.Decode(p) != nil || p.Page < 1 || p.Page > maxPage || p.Before < 0 || p.Before > maxRowsBefore || p.Skip < 0 || p.Skip > p.Before || p.From > p.To {
		return nil, broken
	}
	return p, nil
}

// genuine says whether p was made for a query.
func (p *position) genuine(mark []byte) bool {
	return subtle.ConstantTimeCompare(p.digest, digest(p.payload, mark)) == 1
}

// cursor reads the request's cursor of a widget: a text, which is that of every widget asked for, or texts by widget id.
func (r *request) cursor(w *catalog.Widget) (*position, error) {
	given, err := r.key(w, "cursor")
	if err != nil {
		return nil, err
	}
	if byID, ok := given.(map[string]any); ok {
		given = byID[w.ID]
	}
	switch text, ok := given.(string); {
	case given == nil, ok && text == "":
		return nil, nil //nolint:nilnil // the first page
	case !ok:
		return nil, reject(ReasonCursor, "cursor is neither a text nor an object of texts by widget")
	default:
		p, err := decode(text)
		if err == nil && p.Widget != w.ID {
			return nil, reject(ReasonCursor, "the cursor is of widget %s", strconv.Quote(clip(p.Widget)))
		}
		return p, err
	}
}

// cursorValue writes a value of a row as a cursor holds it; false where it cannot.
func cursorValue(v any) (json.RawMessage, bool) {
	switch x := v.(type) {
	case time.Time:
		v = x.UnixMicro()
	case float64:
		if x == 0 {
			v = 0.0 // it has two forms, which are equal
		}
	case string:
		if len(x) > maxCursorText {
			return nil, false
		}
	}
	raw, err := json.Marshal(v)
	return raw, err == nil
}

// readValue reads a value of a column's type.
func readValue(raw json.RawMessage, t query.Type) (v any, ok bool) {
	if string(raw) == "null" {
		return nil, true
	}
	var err error
	switch t {
	case query.String:
		var x string
		err = json.Unmarshal(raw, &x)
		v = x
	case query.Int:
		v, err = strconv.ParseInt(string(raw), 10, 64)
	case query.Float:
		v, err = strconv.ParseFloat(string(raw), 64)
	case query.Bool:
		var x bool
		err = json.Unmarshal(raw, &x)
		v = x
	case query.Time:
		var n int64
		n, err = strconv.ParseInt(string(raw), 10, 64)
		v = time.UnixMicro(n).UTC()
	}
	return v, err == nil
}
