package trino

import (
	"context"
	"encoding/json"
	"math"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// estimateLimit bounds the planning of a statement that is only explained.
const estimateLimit = 5 * time.Second

// Explain returns the SQL of q and its arguments, and what the cluster's planner expects it to read.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	st, err := s.statement(q)
	if err != nil {
		return source.Native{}, classify(ctx, err)
	}
	n := source.Native{Language: "sql", Text: st.SQL, Args: st.Args}
	if q.Relation.Join != nil {
		n.Notes = append(n.Notes, "the inputs are joined where they are, in one statement; their limits do not bound it")
	}
	plan, err := s.plan(ctx, q, st)
	if err != nil {
		n.Notes = append(n.Notes, "not planned: "+fault.SafeText(err))
		return n, nil //nolint:nilerr // what would be asked is known without the cluster
	}
	n.Estimate = estimated(plan)
	return n, nil
}

// plan has the cluster plan a statement. It takes its parameters as EXECUTE IMMEDIATE does: as literals that the driver writes.
func (s *Source) plan(ctx context.Context, q *query.Query, st *sqlgen.Statement) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	ctx, run := s.watch.begin(ctx, 0)
	defer run.end(ctx)
	text, err := driver.Serial(st.SQL)
	if err != nil {
		return nil, classify(ctx, err)
	}
	text = "EXPLAIN (TYPE IO, FORMAT JSON) EXECUTE IMMEDIATE " + text
	for i, arg := range st.Args {
		value, err := driver.Serial(arg)
		if err != nil {
			return nil, classify(ctx, err)
		}
		text += map[bool]string{true: " USING ", false: ", "}[i == 0] + value
	}
	var plan string
	if err := s.db.QueryRowContext(ctx, text, s.limits(ctx, q.Dataset, nil)...).Scan(&plan); err != nil {
		return nil, classify(ctx, err)
	}
	return []byte(plan), nil
}

// estimated adds up what is read of each table. What the planner does not know it says as "NaN".
func estimated(plan []byte) *source.Estimate {
	var io struct {
		Tables []struct {
			Estimate struct {
				Rows  number `json:"outputRowCount"`
				Bytes number `json:"outputSizeInBytes"`
			} `json:"estimate"`
		} `json:"inputTableColumnInfos"`
	}
	if json.Unmarshal(plan, &io) != nil || len(io.Tables) == 0 {
		return nil
	}
	out := &source.Estimate{Ranged: true, Basis: "the planner's estimate of what is read of each table, from its statistics"}
	for _, t := range io.Tables {
		if math.IsNaN(float64(t.Estimate.Rows)) {
			return nil
		}
		out.Rows += int64(t.Estimate.Rows)
		if !math.IsNaN(float64(t.Estimate.Bytes)) {
			out.Bytes += int64(t.Estimate.Bytes)
		}
	}
	return out
}

// number is one that JSON has as a text where it is none.
type number float64

// UnmarshalJSON reads a number or the name of what is none.
func (n *number) UnmarshalJSON(raw []byte) error {
	var f float64
	if json.Unmarshal(raw, &f) != nil {
		f = math.NaN()
	}
	*n = number(f)
	return nil
}
