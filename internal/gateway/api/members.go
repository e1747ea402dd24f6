package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// MemberValues are the values of a filter member, the most frequent first.
type MemberValues struct {
	Values []MemberValue `json:"values"`
	// Truncated says that there may be more.
	Truncated bool `json:"truncated"`
}

// MemberValue is a value, with how many rows have it.
type MemberValue struct {
	Value jsontext.Value `json:"value"`
	Count int64          `json:"count"`
}

// The bounds of a list of values, and how long its computation is waited for.
const (
	usualValues   = 50
	mostValues    = 200
	longestSearch = 200
	valuesLimit   = 15 * time.Second
)

// members answers with the values of a filter member. They are computed by a consumer, as a widget is: the request is put on the input stream like any other, and its answer awaited.
func (a *API) members(w http.ResponseWriter, r *http.Request) error {
	page, err := a.asked(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	limit := usualValues
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > mostValues {
			return bad(http.StatusBadRequest, models.ReasonBadValue, "?limit", "limit is a whole number from 1 to "+strconv.Itoa(mostValues))
		}
	}
	if len(query.Get("search")) > longestSearch {
		return bad(http.StatusBadRequest, models.ReasonBadValue, "?search", "a search has at most "+strconv.Itoa(longestSearch)+" bytes")
	}
	member := r.PathValue("member")
	if _, err := page.Values(member, "", limit); err != nil {
		return notFound(models.ReasonUnknownMember, err.Error())
	}
	select {
	case a.awaiting <- struct{}{}:
		defer func() { <-a.awaiting }()
	default:
		w.Header().Set("Retry-After", "1")
		return problem.New(http.StatusServiceUnavailable, "busy", "too many lists of values are being computed; try again")
	}
	// One row more than is shown says whether there are more.
	raw, err := json.Marshal(map[string]any{"eventName": a.eventOf(page), "eventData": memberRequest(page, member, limit+1, query)})
	if err != nil {
		return bad(http.StatusBadRequest, models.ReasonBadValue, "?search", "the parameters are no text")
	}
	b, err := a.parse(raw)
	if err != nil {
		return err
	}
	_, rec, err := a.accept(r, b, "")
	if err != nil {
		return err
	}
	values, err := a.await(r.Context(), rec, limit)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, values)
	return nil
}

// memberRequest is the eventData of a request for values: the page's parameters, range, zone and language are those of the address.
func memberRequest(p *catalog.Page, member string, limit int, query url.Values) map[string]any {
	data := map[string]any{"page_name": p.Key.Page, "member_values": map[string]any{"member": member, "search": query.Get("search"), "limit": limit}}
	if p.Key.Product != "" {
		data["product"] = p.Key.Product
	}
	names := []string{"company_id", "start_date", "end_date", "timezone", "language"}
	for _, param := range p.Parameters {
		names = append(names, param.Name)
	}
	for _, name := range names {
		if value := query.Get(name); value != "" {
			data[name] = value
		}
	}
	return data
}

// await polls for the answer, ever more seldom. One that nobody waits for any more is withdrawn.
func (a *API) await(ctx context.Context, rec *record, limit int) (*MemberValues, error) {
	waiting, cancel := context.WithTimeout(ctx, valuesLimit)
	defer cancel()
	pause := 2 * time.Millisecond
	for {
		var found *message
		if err := a.messages(waiting, rec, func(m message) bool {
			if m.Widget == catalog.ValuesWidget || found == nil {
				found = &m
			}
			return true
		}); err != nil && waiting.Err() == nil {
			return nil, err
		}
		if found != nil {
			return valuesOf(found, limit)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, 100*time.Millisecond)
		case <-waiting.Done():
			_ = a.withdraw(context.WithoutCancel(ctx), rec.ID) // it only spares work
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, problem.New(http.StatusGatewayTimeout, "not_answered", "no consumer has answered in time")
		}
	}
}

// valuesOf reads the breakdown, or the error in its place.
func valuesOf(m *message, limit int) (*MemberValues, error) {
	var data struct {
		Status string `json:"status"`
		Error  *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
		Data struct {
			Values [][]jsontext.Value `json:"values"`
		} `json:"data"`
	}
	if err := json.Unmarshal(m.Data, &data); err != nil {
		return nil, problem.New(http.StatusBadGateway, "bad_answer", "the consumers' answer is no list of values; are they of an earlier version?")
	}
	if data.Error != nil {
		return nil, problem.New(http.StatusUnprocessableEntity, data.Error.Code, data.Error.Message)
	}
	if m.Widget != catalog.ValuesWidget {
		return nil, problem.New(http.StatusBadGateway, "bad_answer", "the consumers gave no list of values; are they of an earlier version?")
	}
	out := &MemberValues{Values: []MemberValue{}}
	if len(data.Data.Values) < 2 {
		return out, nil
	}
	values, counts := data.Data.Values[0], data.Data.Values[1]
	for i := range min(len(values), len(counts)) {
		if len(out.Values) == limit {
			out.Truncated = true
			break
		}
		var count float64
		if json.Unmarshal(counts[i], &count) == nil {
			out.Values = append(out.Values, MemberValue{Value: values[i], Count: int64(count)})
		}
	}
	return out, nil
}
