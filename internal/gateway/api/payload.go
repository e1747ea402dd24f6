package api

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// set replaces a key of eventData, however it was spelled; an empty text removes it.
func (b *body) set(canonical string, value any) {
	b.data = slices.DeleteFunc(b.data, func(m models.Member) bool { return models.Canonical(m.Name) == canonical })
	if value == "" {
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return // texts and numbers: what cannot be written is found missing by payload
	}
	b.data = append(b.data, models.Member{Name: canonical, Value: raw})
}

// payload writes the request for the consumers, and reads it as they will: what decides who gets what must be what was checked.
func (a *API) payload(b *body, id, tenant string) (string, error) {
	out := append([]byte(nil), `{"eventName":`...)
	out = appendQuoted(out, b.event)
	out = append(out, `,"eventData":{`...)
	for i, m := range b.data {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendQuoted(out, m.Name), ':'), m.Value...)
	}
	out = append(out, '}')
	if b.widgets != nil {
		out = append(append(out, `,"selected_widgets":`...), b.widgets...)
	}
	text := string(append(out, '}'))
	read, err := a.o.Decoder.Decode(text)
	if err != nil {
		return "", unusable(err)
	}
	if read.RequestID != id || read.Tenant() != tenant || read.RoutingKey != b.req.RoutingKey || read.CancelRequest != "" || read.CustomerCare {
		return "", fmt.Errorf("api: request %s would be read as another than the one that was checked", id)
	}
	return text, nil
}

func appendQuoted(dst []byte, s string) []byte {
	out, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return out // quoted, with U+FFFD in place of what is no UTF-8
	}
	return out
}
