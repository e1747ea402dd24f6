package plan

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// tenantTables is a dataset whose tenants have collections of their own, and SQL that reads it.
const tenantTables = `
version: 1
sources:
  docs: {kind: mongodb, database: d, url_env: M_URL}
  local: {kind: duckdb}
datasets:
  posts:
    source: docs
    table: "posts_{tenant}"
    tenant: {parameter: company_schema, pattern: "%s"}
    dimensions: {author: {}}
    measures: {posts: {agg: count}}
  joined:
    source: local
    tenant: inputs
    sql: SELECT * FROM posts
    inputs: {posts: {dataset: posts, dimensions: [author]}}
    dimensions: {author: {}}
    measures: {authors: {agg: count}}
pages:
  Own: {dataset: posts, widgets: {n: {kind: stat, measures: [posts]}, j: {kind: stat, dataset: joined, measures: [authors]}}}
`

func TestATenantsOwnTable(t *testing.T) {
	t.Parallel()
	load := func(pattern string) *catalog.Catalog {
		t.Helper()
		cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(strings.Replace(tenantTables, "%s", pattern, 1))}}, "c.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return cat
	}
	plan := func(cat *catalog.Catalog, schema string) (*Plan, error) {
		return Build(&models.Request{CompanySchema: schema}, cat.Pages["Own"], cat, time.Now())
	}
	p, err := plan(load("[a-z0-9_]+"), "acme_1")
	if err != nil {
		t.Fatal(err)
	}
	direct, join := p.Widgets[0].Steps[0].Query, p.Widgets[1].Steps[0].Query.Relation.Join
	for _, q := range []*query.Query{direct, join.Inputs[0].Query} {
		if q.Relation.Table != "posts_acme_1" || q.Tenant != nil {
			t.Errorf("table %s, tenant %v", q.Relation.Table, q.Tenant)
		}
	}
	// What a catalog allows too generously is no name of a table all the same.
	for schema, reason := range map[string]string{
		"": models.ReasonMissingTenant, "acme": "", "other.posts": models.ReasonForbiddenName, "a$b": models.ReasonForbiddenName, "a b": models.ReasonForbiddenName,
		"../x": models.ReasonForbiddenName, "a\x00": models.ReasonForbiddenName, `a"b`: models.ReasonForbiddenName, "{tenant}": models.ReasonForbiddenName,
		strings.Repeat("a", 49): models.ReasonForbiddenName, "ä": models.ReasonForbiddenName, "system.users": models.ReasonForbiddenName,
	} {
		_, err := plan(load("(?s).*"), schema)
		if got := fault.ReasonOf(err); err != nil && got != reason || err == nil && reason != "" {
			t.Errorf("%q: %v, want %q", schema, err, reason)
		}
	}
}
