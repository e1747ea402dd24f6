package mongodb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explain returns the pipeline, with marks in place of a request's values, and says when no index serves it.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	_, exact := s.exact.Load(q.Relation.Table)
	p, err := compile(q, show, exact)
	if err != nil {
		return source.Native{}, err
	}
	n := source.Native{Language: "mongodb", Args: p.args}
	pipelines := []bson.A{p.stages}
	if p.count != nil {
		pipelines = append(pipelines, p.count)
		n.Notes = append(n.Notes, "the rows before the limit are counted by a second pipeline at the same time")
	}
	if p.rest != nil {
		pipelines = append(pipelines, p.rest("the keys of the first pipeline's groups"))
		n.Notes = append(n.Notes, "the others are computed by a second pipeline, from the rows outside the first one's groups")
	}
	for i, stages := range pipelines {
		text, err := shell(q.Relation.Table, stages)
		if err != nil {
			return source.Native{}, invalid("explain: %w", err)
		}
		if i > 0 {
			n.Text += ";\n"
		}
		n.Text += text
	}
	if q.Relation.Native != nil {
		n.Notes = append(n.Notes, "begins with the catalog's own stages")
		return n, nil // what they read is not known without running them
	}
	served, err := s.indexed(ctx, q)
	switch {
	case err != nil:
		n.Notes = append(n.Notes, "the collection's indexes could not be asked for")
		return n, nil //nolint:nilerr // what would run is known without them
	case !served:
		n.Notes = append(n.Notes, "no index begins with the tenant's or the time's field: every document of "+q.Relation.Table+" is read")
	}
	n.Estimate = s.estimate(ctx, q, served)
	return n, nil
}

// estimateLimit bounds the count of what an index selects.
const estimateLimit = 2 * time.Second

// estimate counts the documents that the tenant and the range select, where an index does: that is what the pipeline reads. Without one it
// is the whole collection. Nil where the server does not answer in time.
func (s *Source) estimate(ctx context.Context, q *query.Query, served bool) *source.Estimate {
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	c := s.db.Collection(q.Relation.Table)
	if !served || q.Tenant == nil && q.Time == nil {
		rows, err := c.EstimatedDocumentCount(ctx)
		if err != nil {
			return nil
		}
		return &source.Estimate{Rows: rows, Basis: "documents of the collection"}
	}
	leading := *q
	leading.Where = nil
	match, err := (&builder{mode: run}).match(&leading)
	if err != nil {
		return nil
	}
	rows, err := c.CountDocuments(ctx, match)
	if err != nil {
		return nil
	}
	return &source.Estimate{Rows: rows, Ranged: q.Time != nil, Basis: "documents of the tenant and range, counted"}
}

// shell returns a pipeline as one would type it.
func shell(collection string, stages bson.A) (string, error) {
	lines := make([]string, len(stages))
	for i, stage := range stages {
		text, err := bson.MarshalExtJSON(stage, false, false)
		if err != nil {
			return "", err
		}
		lines[i] = "  " + string(text)
	}
	return fmt.Sprintf("db.%s.aggregate([\n%s\n])", collection, strings.Join(lines, ",\n")), nil
}

// indexed says whether an index begins with what the match leads with.
func (s *Source) indexed(ctx context.Context, q *query.Query) (bool, error) {
	var leading []string
	if q.Tenant != nil {
		leading = append(leading, q.Tenant.Field.Column)
	}
	if q.Time != nil {
		leading = append(leading, q.Time.Column)
	}
	if len(leading) == 0 {
		return true, nil // all documents are meant
	}
	cursor, err := s.db.Collection(q.Relation.Table).Indexes().List(ctx)
	if err != nil {
		return false, err
	}
	var all []struct {
		Key     bson.D `bson:"key"`
		Hidden  bool   `bson:"hidden"`
		Partial bson.D `bson:"partialFilterExpression"`
	}
	if err := cursor.All(ctx, &all); err != nil {
		return false, err
	}
	for _, index := range all {
		// A hidden index serves nobody, and a partial one only those who ask for its part.
		if !index.Hidden && len(index.Partial) == 0 && len(index.Key) > 0 && slices.Contains(leading, index.Key[0].Key) {
			return true, nil
		}
	}
	return false, nil
}
