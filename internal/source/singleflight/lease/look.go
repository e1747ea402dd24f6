package lease

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
)

// Looked is what would come of a question.
type Looked struct {
	// Key is the question's, Asked says that a process is computing it now.
	Key   string
	Asked bool
	// Reuse is that of the answer that is there, Age its age and Holds for how long it is handed out; Computed and none where there is none.
	Reuse      source.Reuse
	Age, Holds time.Duration
}

// Look says what would come of a query, without asking it.
func (l *Leases) Look(ctx context.Context, q *query.Query) (*Looked, error) {
	of := singleflight.Question{Key: q.Key(), Dataset: q.Dataset, Share: q.Share}
	out := &Looked{Key: hex.EncodeToString(of.Key[:])}
	if l.answers == nil {
		of.Share = nil
	}
	at := l.keys(of)
	asked, err := l.client.Exists(ctx, at.lease).Result()
	if err != nil {
		return nil, fmt.Errorf("look for a question: %w", err)
	}
	out.Asked = asked > 0
	if of.Share == nil {
		return out, nil
	}
	left, err := l.client.PTTL(ctx, l.answers.key(at.name)).Result()
	if err != nil {
		return nil, fmt.Errorf("look for an answer: %w", err)
	}
	if left <= 0 {
		return out, nil
	}
	out.Holds, out.Age, out.Reuse = left, max(0, of.Share.FreshFor+of.Share.StaleFor-left), source.Fresh
	if left <= of.Share.StaleFor {
		out.Reuse = source.Stale
	}
	return out, nil
}
