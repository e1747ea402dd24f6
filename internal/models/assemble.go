package models

import (
	"errors"
	"slices"
	"strings"
)

const (
	keyEventName = "event_name"
	keyEventData = "event_data"
	// maxKeys bounds the keys of an object and the widgets of a request: some of what looks at them takes the square of it.
	maxKeys = 1000
)

// partly returns what could be read of a request that is cut off or malformed further on, or nil.
func partly(s *scratch) *Request {
	if len(s.inner) == 0 {
		return nil
	}
	req := &Request{}
	_ = req.fill(s.inner) // the fault that stopped the decoder comes first
	return req
}

// assemble makes a request of the top-level keys: an envelope, or the flat customer-care object.
func assemble(s *scratch) (*Request, error) {
	req := &Request{}
	var data []byte
	isFlat := true
	for _, m := range s.outer {
		switch snake(m.Name) {
		case keyEventName:
			v, err := value{m.Name, m.Value}.text()
			if err != nil {
				return req, err
			}
			req.EventName = strings.TrimSpace(v)
			isFlat = false
		case keyEventData:
			data = m.Value
			isFlat = false
		default:
			s.rest = append(s.rest, m)
		}
	}
	if isFlat && looksFlat(s.rest) {
		req.CustomerCare = true
		req.EventName = customerCareEvent
		return req, req.fill(s.rest)
	}
	if kindOf(data) != '{' {
		var err error
		if data, err = eventData(data); err != nil {
			return req, err
		}
		s.inner, _ = appendMembers(s.inner, data, nil)
	}
	// The inner object wins over the envelope, whose selected_widgets add to its own.
	err := req.fill(s.inner)
	return req, errors.Join(err, req.fillOuter(s.rest))
}

// customerCareEvent is the event of a flat object, which names none.
const customerCareEvent = "engagements_go_dispatcher"

// looksFlat recognizes the customer-care object, which has no envelope.
func looksFlat(list []Member) bool {
	has := func(names ...string) bool {
		return slices.ContainsFunc(list, func(m Member) bool { return slices.Contains(names, snake(m.Name)) })
	}
	return has("job_id") && has("widgets_names", "widget_names_mapping", "trackers_list", "company_time_zone", "promises_ids")
}

// eventData returns the object that the envelope's eventData holds, as such or in a string.
func eventData(raw []byte) ([]byte, error) {
	if raw == nil || kindOf(raw) == 'n' {
		return nil, reject(ReasonNoEventData, "the request has no eventData")
	}
	if kindOf(raw) == '"' {
		v := value{"eventData", raw}
		s, err := v.unquote()
		if err != nil || strings.TrimSpace(s) == "" {
			return nil, reject(ReasonNoEventData, "the request's eventData is empty")
		}
		if raw, err = v.unpack(s); err != nil {
			return nil, err
		}
	}
	if k := kindOf(raw); k != '{' {
		return nil, reject(ReasonNoEventData, "eventData is %s, not an object", kindName(k))
	}
	return raw, nil
}

// fill reads all keys. It goes on after a fault, so that as much as possible is known, and returns the first.
func (r *Request) fill(list []Member) error {
	var first error
	if len(list) > maxKeys {
		first = reject(ReasonTooLarge, "the request has %d keys, more than the limit of %d", len(list), maxKeys)
		list = list[:maxKeys]
	}
	for _, m := range list {
		name := canonical(m.Name)
		if name != m.Name && slices.ContainsFunc(list, func(o Member) bool { return o.Name == name }) {
			continue // the snake_case spelling wins where both are there
		}
		if err := r.set(name, value{m.Name, m.Value}); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// fillOuter reads what stands beside eventData: further widgets, and keys that eventData does not have.
func (r *Request) fillOuter(list []Member) error {
	for _, m := range list {
		name := canonical(m.Name)
		if name == keySelectedWidgets {
			more, err := value{m.Name, m.Value}.list()
			if err == nil {
				err = r.addWidgets(more)
			}
			if err != nil {
				return err
			}
			continue
		}
		if name == "request_id" && r.RequestID == "" {
			if err := r.set(name, value{m.Name, m.Value}); err != nil {
				return err
			}
			continue
		}
		if _, taken := r.ExtraOf(name); !taken {
			r.keep(name, m.Value)
		}
	}
	return nil
}

// addWidgets adds each name once. Requests name tens of widgets: a map of them would cost more than it spares.
func (r *Request) addWidgets(list []string) error {
	if len(list)+len(r.SelectedWidgets) > maxKeys {
		return reject(ReasonTooLarge, "the request asks for %d widgets, more than the limit of %d", len(list)+len(r.SelectedWidgets), maxKeys)
	}
	if r.SelectedWidgets == nil {
		r.SelectedWidgets = make([]string, 0, len(list))
	}
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(r.SelectedWidgets, w) {
			r.SelectedWidgets = append(r.SelectedWidgets, w)
		}
	}
	return nil
}

func (r *Request) keep(name string, raw []byte) {
	if r.Extra == nil {
		r.Extra = make([]Member, 0, 4)
	}
	r.Extra = append(r.Extra, Member{Name: name, Value: raw})
}
