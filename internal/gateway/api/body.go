package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// body is a request as it was sent, taken apart.
type body struct {
	event string
	// data are the members of eventData, widgets is what stands beside it; both as they came.
	data    []models.Member
	widgets jsontext.Value
	req     *models.Request
	digest  string
}

// reserved are the keys of eventData that only producers behind the gateway may use: where the answer goes, what it counts for, and whom it concerns besides.
func reserved(key string) bool {
	switch key {
	case "request_id", "request_timestamp", "cancel_request", "exporter_id", "job_id":
		return true
	}
	return false
}

// read takes the bytes of a JSON body of a limited size.
func read(w http.ResponseWriter, r *http.Request, most int) ([]byte, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, problem.New(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body is sent as Content-Type: application/json")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(most)))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, problem.New(http.StatusRequestEntityTooLarge, models.ReasonTooLarge, "the body is larger than what is taken")
	}
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "unreadable_body", "the body could not be read to its end")
	}
	return raw, nil
}

// parse reads what a consumer would read, and refuses what a caller of the API may not say. Only the envelope is taken, in its own spelling: there is one place
// for each thing that decides who gets what.
func (a *API) parse(raw []byte) (*body, error) {
	req, err := a.o.Decoder.Decode(string(raw))
	if err != nil {
		return nil, unusable(err)
	}
	b := &body{req: req, event: req.EventName}
	outer, err := membersOf(raw)
	if err != nil {
		return nil, err
	}
	for _, m := range outer {
		switch m.Name {
		case "eventName":
		case "eventData":
			if jsontext.Value(m.Value).Kind() != '{' {
				return nil, bad(http.StatusBadRequest, models.ReasonBadType, "/eventData", "eventData is an object")
			}
			if b.data, err = membersOf(m.Value); err != nil {
				return nil, err
			}
		case "selected_widgets":
			b.widgets = m.Value
		default:
			return nil, bad(http.StatusBadRequest, "unknown_key", "/"+pointer(m.Name), "a request has eventName, eventData and selected_widgets; everything else belongs into eventData")
		}
	}
	for _, m := range b.data {
		if key := models.Canonical(m.Name); reserved(key) {
			return nil, bad(http.StatusBadRequest, "reserved_key", at(m.Name), key+" is for producers behind the gateway")
		}
	}
	if tech := strings.TrimSpace(req.StreamTech); tech != "" && !strings.EqualFold(tech, "REDIS STREAM") {
		return nil, bad(http.StatusBadRequest, "reserved_key", b.at("stream_tech"), "a request over HTTP is answered on its stream: leave stream_tech out")
	}
	b.digest, err = digest(raw)
	return b, err
}

// at is where a key stands, by the contract's name of it.
func (b *body) at(canonical string) string {
	for _, m := range b.data {
		if models.Canonical(m.Name) == canonical {
			return at(m.Name)
		}
	}
	return at(canonical)
}

// membersOf lists the members of an object, as they stand in it.
func membersOf(raw []byte) ([]models.Member, error) {
	dec := jsontext.NewDecoder(strings.NewReader(string(raw)))
	if _, err := dec.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	var out []models.Member
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, malformed(err)
		}
		key := name.String()
		val, err := dec.ReadValue()
		if err != nil {
			return nil, malformed(err)
		}
		out = append(out, models.Member{Name: key, Value: val.Clone()})
	}
	return out, nil
}

func malformed(error) error {
	return problem.New(http.StatusBadRequest, models.ReasonBadJSON, "the body is not JSON")
}

// digest is the same for bodies that say the same in the same order, however they are spaced.
func digest(raw []byte) (string, error) {
	compact := jsontext.Value(raw).Clone()
	if err := compact.Compact(); err != nil {
		return "", malformed(err)
	}
	sum := sha256.Sum256(compact)
	return hex.EncodeToString(sum[:]), nil
}
