package cassandra

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explain returns the statement of q with the arguments of its first partition, and says how many there are.
func (s *Source) Explain(_ context.Context, q *query.Query) (source.Native, error) {
	p, err := compile(q, s.cfg.Keyspace)
	if err != nil {
		return source.Native{}, classify(err)
	}
	n := source.Native{Language: "cql", Text: p.text, Notes: p.notes(s.cfg)}
	if p.partitions.count() > 0 {
		n.Args = p.args(0)
	}
	return n, nil
}

func (p *plan) notes(cfg Config) []string {
	var keys []string
	for _, k := range p.partitions {
		keys = append(keys, fmt.Sprintf("%d of %s (%s)", len(k.values), k.column, k.from))
	}
	count := p.partitions.count()
	out := []string{fmt.Sprintf("runs once for each of %d partitions, %d at once: %s", count, min(count, cfg.Parallel), strings.Join(keys, " × "))}
	switch {
	case p.merge != nil:
		return append(out, "the server aggregates each partition; the partitions' values are merged")
	case len(p.bounds) == 0 && p.query.Time != nil:
		out = append(out, "the time range is no part of the clustering: it is applied to the rows that are read")
	}
	return append(out, "tenant, range, filters, groups and aggregates are computed locally over the rows that are read")
}
