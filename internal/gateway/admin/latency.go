package admin

import (
	"math"
	"net/http"
	"slices"
	"time"
)

// Took is how long the steps of one request took; what is not known is negative.
type Took struct{ FirstWidget, Complete, Sent time.Duration }

// Latency is how long requests took that came over HTTP of late and that somebody followed to their end.
type Latency struct {
	// Over is the time before now that they came in, in seconds.
	Over float64 `json:"over_seconds"`
	// FirstWidget and Complete are the times from submission to the first widget and to the closing message on the output stream, Sent from the first widget's
	// being on the stream to its having been written to the client.
	FirstWidget Percentiles `json:"first_widget"`
	Complete    Percentiles `json:"complete"`
	Sent        Percentiles `json:"sent"`
}

// Percentiles are of values in milliseconds: each is one of them, the smallest that so many are not above. They are null where there are no values.
type Percentiles struct {
	Count int      `json:"count"`
	P50   *float64 `json:"p50_ms"`
	P95   *float64 `json:"p95_ms"`
	P99   *float64 `json:"p99_ms"`
}

func (a *API) latency(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	over := time.Duration(q.number("seconds", 900, 10, 86400)) * time.Second
	if err := q.fault(); err != nil {
		return err
	}
	list, err := a.o.Latency(r.Context(), over)
	if err != nil {
		return err
	}
	of := func(get func(Took) time.Duration) Percentiles {
		var values []float64
		for _, t := range list {
			if d := get(t); d >= 0 {
				values = append(values, float64(d.Microseconds())/1000)
			}
		}
		return percentiles(values)
	}
	return writeJSON(w, Latency{
		Over:        over.Seconds(),
		FirstWidget: of(func(t Took) time.Duration { return t.FirstWidget }),
		Complete:    of(func(t Took) time.Duration { return t.Complete }),
		Sent:        of(func(t Took) time.Duration { return t.Sent }),
	})
}

// percentiles are by nearest rank. It sorts the values.
func percentiles(values []float64) Percentiles {
	slices.Sort(values)
	at := func(share float64) *float64 {
		if len(values) == 0 {
			return nil
		}
		return &values[int(math.Ceil(share*float64(len(values))))-1]
	}
	return Percentiles{Count: len(values), P50: at(0.50), P95: at(0.95), P99: at(0.99)}
}
