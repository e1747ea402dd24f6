package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// readJSON reads a body strictly into v. An empty one is that of no wishes.
func readJSON(r *http.Request, v any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil && dec.More() {
		err = errors.New("there is something behind the object")
	}
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return problem.New(http.StatusRequestEntityTooLarge, "body_too_large", "the body is too long")
	}
	if err != nil {
		return problem.New(http.StatusBadRequest, "bad_body", "the body cannot be read: "+err.Error())
	}
	return nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // an error here means that the caller is gone
	return nil
}
