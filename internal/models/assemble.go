package models

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const keyEventData = "event_data"

// partly returns what could be read of a request that is cut off or malformed further on, or nil.
func partly(inner []member) *Request {
	if len(inner) == 0 {
		return nil
	}
	req := &Request{}
	_ = req.fill(inner) // the fault that stopped the decoder comes first
	return req
}

// assemble makes a request of the top-level keys, and of those of eventData where it is an object: the envelope, or
// the flat customer-care object.
func assemble(top, inner []member) (*Request, error) {
	req := &Request{}
	var data []byte
	outer := top[:0:0]
	isFlat := true
	for _, m := range top {
		switch snake(m.name) {
		case "event_name":
			v, err := value{m.name, m.value}.text()
			if err != nil {
				return req, err
			}
			req.EventName = strings.TrimSpace(v)
			isFlat = false
		case keyEventData:
			data = m.value
			isFlat = false
		default:
			outer = append(outer, m)
		}
	}
	if isFlat && looksFlat(outer) {
		req.CustomerCare = true
		req.EventName = customerCareEvent
		return req, req.fill(outer)
	}
	var err error
	if inner == nil {
		if inner, err = eventData(data); inner == nil {
			return req, err
		}
	}
	// The inner object wins over the envelope, whose selected_widgets add to its own.
	if fault := req.fill(inner); fault != nil {
		err = fault
	}
	return req, errors.Join(err, req.fillOuter(outer))
}

// customerCareEvent is the event of a flat object, which names none.
const customerCareEvent = "engagements_go_dispatcher"

// looksFlat recognizes the customer-care object, which has no envelope.
func looksFlat(list []member) bool {
	has := func(names ...string) bool {
		return slices.ContainsFunc(list, func(m member) bool { return slices.Contains(names, snake(m.name)) })
	}
	return has("job_id") && has("widgets_names", "widget_names_mapping", "trackers_list", "company_time_zone", "promises_ids")
}

// eventData reads the envelope's eventData, an object or one in a string.
func eventData(raw []byte) ([]member, error) {
	if raw == nil || jsontext.Value(raw).Kind() == 'n' {
		return nil, reject(ReasonNoEventData, "the request has no eventData")
	}
	if jsontext.Value(raw).Kind() == '"' {
		s, err := value{"eventData", raw}.unquote()
		if err != nil || strings.TrimSpace(s) == "" {
			return nil, reject(ReasonNoEventData, "the request's eventData is empty")
		}
		raw = []byte(s)
	}
	if k := jsontext.Value(raw).Kind(); k != '{' {
		return nil, reject(ReasonNoEventData, "eventData is %s, not an object", kindName(k))
	}
	inner, _, err := members(raw, nil)
	if inner == nil {
		inner = []member{}
	}
	return inner, err
}

// fill reads all keys. It goes on after a fault, so that as much as possible is known, and returns the first.
func (r *Request) fill(list []member) error {
	var first error
	for _, m := range list {
		name := canonical(m.name)
		if name != m.name && slices.ContainsFunc(list, func(o member) bool { return o.name == name }) {
			continue // the snake_case spelling wins where both are there
		}
		if err := r.set(name, value{m.name, m.value}); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// fillOuter reads what stands beside eventData: further widgets, and keys that eventData does not have.
func (r *Request) fillOuter(list []member) error {
	for _, m := range list {
		name := canonical(m.name)
		if name == keySelectedWidgets {
			more, err := value{m.name, m.value}.list()
			if err != nil {
				return err
			}
			r.addWidgets(more)
			continue
		}
		if name == "request_id" && r.RequestID == "" {
			if err := r.set(name, value{m.name, m.value}); err != nil {
				return err
			}
			continue
		}
		if _, taken := r.Extra[name]; !taken {
			r.keep(name, m.value)
		}
	}
	return nil
}

func (r *Request) addWidgets(list []string) {
	seen := make(map[string]bool, len(list)+len(r.SelectedWidgets))
	for _, w := range r.SelectedWidgets {
		seen[w] = true
	}
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" && !seen[w] {
			seen[w] = true
			r.SelectedWidgets = append(r.SelectedWidgets, w)
		}
	}
}

func (r *Request) keep(name string, raw []byte) {
	if r.Extra == nil {
		r.Extra = make(map[string][]byte)
	}
	r.Extra[name] = raw
}
