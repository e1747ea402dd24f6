package stores

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// asDocuments puts the rows into a collection of a database of their own.
func asDocuments(t *testing.T, s *set) placed {
	t.Helper()
	address := testenv.MongoDB(t)
	client, err := mongo.Connect(options.Client().ApplyURI(address))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database(testenv.Name("same_"))
	t.Cleanup(func() {
		_ = db.Drop(clean(t))
		_ = client.Disconnect(clean(t))
	})
	c := db.Collection(s.name)
	for from := 0; from < len(s.rows); from += 1000 {
		var batch []any
		for i, r := range s.rows[from:min(from+1000, len(s.rows))] {
			batch = append(batch, s.document(r, from+i))
		}
		if _, err := c.InsertMany(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: s.tenant, Value: 1}, {Key: s.time, Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	return placed{
		source:   fmt.Sprintf("{kind: mongodb, database: %s, url_file: %q}", db.Name(), urlFile(t, address)),
		relation: func(string) string { return "table: " + s.name },
		holds:    func(t *testing.T) []string { t.Helper(); return documentsOf(t, db) },
	}
}

// document is a row as applications write it: no value is a null here and a missing field there, and whole numbers are kept as
// whatever the driver or shell made of them.
func (s *set) document(r sourcetest.Row, i int) bson.M {
	doc := bson.M{}
	for j := range s.columns {
		c := &s.columns[j]
		v := r[c.name]
		if n, ok := v.(int64); ok && (c.kind == query.Int || c.epoch()) {
			switch {
			case i%3 == 0 && n == int64(int32(n)):
				v = int32(n)
			case i%3 == 1 && n < 1<<50 && n > -1<<50: // doubles add up exactly as far as they go
				v = float64(n)
			}
		}
		if f, ok := v.(float64); ok && c.kind == query.Float && i%3 == 0 && f == math.Trunc(f) && math.Abs(f) < 1<<31 && !math.Signbit(f) {
			v = int32(f)
		}
		if v != nil || i%2 == 0 {
			doc[c.name] = v
		}
	}
	return doc
}

// documentsOf lists what a server holds: every database but those of other tests, with all documents of this one.
func documentsOf(t *testing.T, db *mongo.Database) (out []string) {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			t.Fatal(err)
		}
		var all []bson.Raw
		if err := cursor.All(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		var data []byte
		for _, d := range all {
			data = append(data, d...)
		}
		out = append(out, fmt.Sprintf("%s %d %s", name, len(all), digest(data)))
	}
	slices.Sort(out)
	return out
}
