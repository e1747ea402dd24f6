package load

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// batchRows is how many rows go to a store at once.
const batchRows = 1000

// MongoDB puts tables into collections of one database.
type MongoDB struct {
	client *mongo.Client
	db     *mongo.Database
}

// OpenMongoDB connects to a server. Errors of a bad URL do not hold it.
func OpenMongoDB(url, database string) (*MongoDB, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(url).SetServerSelectionTimeout(10 * time.Second))
	if err != nil {
		return nil, fmt.Errorf("load: the URL of MongoDB is not one, or misses a part")
	}
	return &MongoDB{client: client, db: client.Database(database)}, nil
}

// Load creates a collection with an index on tenant and time. A null is a field left out, as applications write it.
func (m *MongoDB) Load(ctx context.Context, t *Table, replace bool, progress Progress) error {
	c := m.db.Collection(t.Name)
	if replace {
		if err := c.Drop(ctx); err != nil {
			return fmt.Errorf("load: drop %s: %w", t.Name, err)
		}
	}
	switch err := c.FindOne(ctx, bson.D{}).Err(); {
	case err == nil:
		return has(m.db.Name() + "." + t.Name)
	case err != mongo.ErrNoDocuments: //nolint:errorlint // the driver returns it bare
		return fmt.Errorf("load: ask for %s: %w", t.Name, err)
	}
	keys := bson.D{{Key: t.Tenant, Value: 1}}
	if t.Time != "" {
		keys = append(keys, bson.E{Key: t.Time, Value: 1})
	}
	if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys}); err != nil {
		return fmt.Errorf("load: index %s: %w", t.Name, err)
	}
	var batch []any
	done := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if _, err := c.InsertMany(ctx, batch); err != nil {
			return fmt.Errorf("load: insert into %s: %w", t.Name, err)
		}
		done += len(batch)
		batch = batch[:0]
		progress(t.Name, done, t.Count)
		return nil
	}
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		doc := make(bson.D, 0, len(row))
		for i, v := range row {
			if v != nil {
				doc = append(doc, bson.E{Key: t.Columns[i].Name, Value: v})
			}
		}
		if batch = append(batch, slices.Clip(doc)); len(batch) == batchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Close ends the connections.
func (m *MongoDB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return m.client.Disconnect(ctx)
}
