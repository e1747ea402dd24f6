package admin

import (
	"context"
	"sync"
	"time"
)

const (
	sampleEvery = 5 * time.Second
	sampleSpan  = time.Minute
)

// Rates are requests a second over the last minute, or since the process began to count.
type Rates struct {
	// Submitted are those that came, retries and rounds among them; Finished those that left the streams.
	Submitted float64 `json:"submitted_per_second"`
	Finished  float64 `json:"finished_per_second"`
	// Rejected are new dead letters.
	Rejected float64 `json:"rejected_per_second"`
	// Over is the time that they are of, in seconds.
	Over float64 `json:"over_seconds"`
}

// counts are what the streams had at one moment, since they were made.
type counts struct {
	at                            time.Time
	submitted, finished, rejected int64
}

// sampler keeps the counts of a minute.
type sampler struct {
	mu   sync.Mutex
	kept []counts
}

func newSampler() *sampler { return &sampler{} }

// sample counts once: a question a stream.
func (a *API) sample(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sampleEvery)
	defer cancel()
	now := counts{at: time.Now()}
	for _, class := range a.o.Classes {
		given, holds, err := added(ctx, a.o.Redis, class.Stream)
		if err != nil {
			return err
		}
		now.submitted += given
		now.finished += given - holds
	}
	var err error
	if now.rejected, _, err = added(ctx, a.o.Redis, a.o.Rejected); err != nil {
		return err
	}
	a.rates.add(now)
	return nil
}

func (s *sampler) add(c counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.kept); n > 0 && c.submitted < s.kept[n-1].submitted {
		s.kept = nil // the streams were made anew
	}
	s.kept = append(s.kept, c)
	for len(s.kept) > 2 && c.at.Sub(s.kept[1].at) >= sampleSpan {
		s.kept = s.kept[1:]
	}
}

// rates returns what changed between the first and the last count that is kept.
func (s *sampler) rates() *Rates {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < 2 {
		return nil
	}
	first, last := s.kept[0], s.kept[len(s.kept)-1]
	over := last.at.Sub(first.at).Seconds()
	if over <= 0 {
		return nil
	}
	per := func(n int64) float64 { return max(0, float64(n)/over) }
	return &Rates{Submitted: per(last.submitted - first.submitted), Finished: per(last.finished - first.finished), Rejected: per(last.rejected - first.rejected), Over: over}
}
