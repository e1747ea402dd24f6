package object

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/text"
)

// Explain returns the SQL that runs over the local copies, and what would have to be read for it. It lists the objects, as a
// query would; a store that is away costs only that note.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	// What the objects look like is not known before they are read: columns as the query needs them stand for it.
	example := source.FileSet{Format: q.Relation.Format, Paths: []string{"objects." + q.Relation.Format}, Delimiter: ',', Shape: text.Lines}
	if q.Relation.Format == text.CSV {
		for _, f := range q.Needs() {
			example.Columns = append(example.Columns, f.Column)
		}
	}
	n, err := s.cfg.Engine.ExplainFiles(q, []source.FileSet{example})
	if err != nil {
		return source.Native{}, err
	}
	n.Notes = append(n.Notes, "objects.* stands for the local copies of "+strings.Join(q.Relation.Files, ", ")+" in bucket "+s.cfg.Bucket)
	if _, ok := source.ByTime(q); ok && stretches(q) != nil {
		n.Notes = append(n.Notes, "objects are read from the newest (or oldest) ones on, until there are enough rows")
	}
	objects, err := s.objects(ctx, q)
	if err != nil {
		n.Notes = append(n.Notes, "the objects could not be listed")
		return n, nil //nolint:nilerr // what would run is known without them
	}
	var size int64
	for i := range objects {
		size += objects[i].Size
	}
	n.Estimate = &source.Estimate{Bytes: size, Parts: int64(len(objects)), Ranged: q.Time != nil, Basis: "objects of the range, listed; at most all of their bytes"}
	if q.Relation.Format == parquetFormat {
		columns := make([]string, 0, 8)
		for _, f := range q.Needs() {
			columns = append(columns, f.Column)
		}
		n.Notes = append(n.Notes, fmt.Sprintf("of those above %d bytes only these columns are read, and only row groups of the range: %s",
			s.cfg.WholeBelow, strings.Join(columns, ", ")))
	}
	return n, nil
}
