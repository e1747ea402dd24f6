package cassandra

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explain returns the statement of q with the arguments of its first partition, and says how many there are.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	p, err := compile(q, s.cfg.Keyspace)
	if err != nil {
		return source.Native{}, classify(err)
	}
	if p.byName {
		return source.Native{Language: "cql", Text: p.text, Args: p.args(0), Notes: []string{"the catalog's own statement", computedHere}}, nil
	}
	n := source.Native{Language: "cql", Text: p.text, Notes: p.notes(s.cfg)}
	if p.partitions.count() > 0 {
		n.Args = p.args(0)
	}
	n.Estimate = s.estimate(ctx, q, int64(p.partitions.count()))
	return n, nil
}

// estimate takes the mean size of a partition from the node's statistics, which it renews every few minutes.
func (s *Source) estimate(ctx context.Context, q *query.Query, count int64) *source.Estimate {
	out := &source.Estimate{Parts: count, Ranged: bucketed(q.Relation.Partition), Basis: "partitions, counted; their size is not known yet"}
	keyspace, table, err := nameOf(q.Relation, s.cfg.Keyspace)
	if err != nil {
		return out
	}
	it := s.session.Query("SELECT mean_partition_size, partitions_count FROM system.size_estimates WHERE keyspace_name = ? AND table_name = ?",
		keyspace, table).IterContext(ctx)
	var mean, partitions, bytes, all int64
	for it.Scan(&mean, &partitions) {
		bytes, all = bytes+mean*partitions, all+partitions
	}
	if err := it.Close(); err != nil || all == 0 {
		return out
	}
	out.Bytes, out.Basis = count*bytes/all, "partitions, counted, of the mean size that the node knows"
	return out
}

// bucketed says that a longer range has more partitions.
func bucketed(p *query.Partition) bool {
	return p != nil && slices.ContainsFunc(p.Keys, func(k query.PartitionKey) bool { return k.Bucket != "" })
}

const computedHere = "tenant, range, filters, groups and aggregates are computed locally over the rows that are read"

func (p *plan) notes(cfg Config) []string {
	var keys []string
	for _, k := range p.partitions {
		keys = append(keys, fmt.Sprintf("%d of %s (%s)", len(k.values), k.column, k.from))
	}
	count := p.partitions.count()
	out := []string{"runs once, for one partition: " + strings.Join(keys, " × ")}
	if count != 1 {
		out[0] = fmt.Sprintf("runs once for each of %d partitions, %d at once: %s", count, min(count, cfg.Parallel), strings.Join(keys, " × "))
	}
	switch {
	case p.merge != nil:
		return append(out, "the server aggregates each partition; the partitions' values are merged")
	case len(p.bounds) == 0 && p.query.Time != nil:
		out = append(out, "the time range is no part of the clustering: it is applied to the rows that are read")
	}
	if _, ok := source.ByTime(p.query); ok && stretches(p.query) != nil {
		out = append(out, "partitions are read from the newest (or oldest) ones on, until there are enough rows")
	}
	if _, ok := sorted(p.query); ok {
		out = append(out, "of each partition the first rows are read, and more of them where these are not enough")
	}
	return append(out, computedHere)
}
