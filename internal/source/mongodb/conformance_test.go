package mongodb_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const database = "dispatcher_test"

// collection makes a collection of a test's own.
func collection(t *testing.T, documents []any, indexed ...string) (name string) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(testenv.MongoDB(t)))
	if err != nil {
		t.Fatal(err)
	}
	name = testenv.Name("c")
	c := client.Database(database).Collection(name)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_ = c.Drop(ctx)
		_ = client.Disconnect(ctx)
	})
	if _, err := c.InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	if len(indexed) > 0 {
		keys := bson.D{}
		for _, k := range indexed {
			keys = append(keys, bson.E{Key: k, Value: 1})
		}
		if _, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: keys}); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func opened(t *testing.T, change func(*mongodb.Config)) *mongodb.Source {
	t.Helper()
	cfg := mongodb.Config{URL: testenv.MongoDB(t), Database: database}
	if change != nil {
		change(&cfg)
	}
	s, err := mongodb.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, loaded)
}

func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, loaded, 500)
}

// loaded puts rows into a collection.
func loaded(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	documents := make([]any, len(rows))
	for i, r := range rows {
		doc := bson.M{}
		for k, v := range r {
			if v != nil || i%2 == 0 { // no value is a null here and a missing field there
				doc[k] = v
			}
		}
		documents[i] = doc
	}
	return opened(t, nil), query.Relation{Table: collection(t, documents, "tenant", "at")}
}
