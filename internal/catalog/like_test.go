package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func TestADatasetIsLikeAnother(t *testing.T) {
	t.Parallel()
	cat, err := loadText(small, `version: 1
sources: {m: {kind: mongodb, database: d, url_env: U}}
datasets:
  archive:
    like: posts
    source: m
    table: archived
    dimensions: {channel: {field: list}, owner: {}}
    measures: {neg: {agg: count, where: "score < -1"}}
  old: {like: archive, table: older}
`)
	if err != nil {
		t.Fatal(err)
	}
	posts, archive, old := cat.Datasets["posts"], cat.Datasets["archive"], cat.Datasets["old"]
	if diff := cmp.Diff(query.Relation{Table: "archived"}, archive.Relation); diff != "" {
		t.Error(diff)
	}
	if old.Relation.Table != "older" || old.Source.Name != "m" || archive.Source.Name != "m" || posts.Source.Name != "s" {
		t.Errorf("%+v of %s, %s, %s", old.Relation, old.Source.Name, archive.Source.Name, posts.Source.Name)
	}
	if got := strings.Join(sortedKeys(old.Dimensions), " "); got != "at channel owner replies score tags" {
		t.Errorf("dimensions %s", got)
	}
	if archive.Dimensions["channel"].Field.Column != "list" || posts.Dimensions["channel"].Field.Column != "channel" {
		t.Error("a dimension that is said again is not taken")
	}
	// What depends on a measure said again depends on the new one.
	ratio := old.Measures["rate"].Query.Inputs[0]
	if ratio.Name != "neg" || ratio.Where.(query.Compare).Values[0] != -1.0 { //nolint:forcetypeassert // a test
		t.Errorf("rate reads %+v", ratio)
	}
	if diff := cmp.Diff(posts.Time, old.Time); diff != "" {
		t.Error(diff)
	}
}

func TestADatasetIsLikeTheBuiltinOneItReplaces(t *testing.T) {
	t.Parallel()
	cat, err := loadText(`version: 1
extends: builtin
sources: {m: {kind: mongodb, database: d, url_env: U}}
datasets: {posts: {like: posts, source: m, table: posts}}
`)
	if err != nil {
		t.Fatal(err)
	}
	d := cat.Pages["ResearchInsightsPage"].Widgets[0].Dataset
	if d.Source.Name != "m" || d.Relation.Table != "posts" || d.Relation.Files != nil || d.Relation.Format != "" || d.Measures["posts"] == nil {
		t.Errorf("%s %+v", d.Source.Name, d.Relation)
	}
}

func TestAPageIsLikeAnother(t *testing.T) {
	t.Parallel()
	cat, err := loadText(small, `version: 1
pages:
  First:
    events: [first]
    dataset: posts
    compare: prior_period
    widgets:
      a: {kind: stat, measures: [neg]}
      b: {kind: stat, measures: [neg]}
  Product/Second:
    like: First
    widgets:
      b: {kind: breakdown, dimension: channel, measures: [neg]}
      c: {kind: stat, measures: [neg]}
  Third: {like: Product/Second, events: [third]}
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"First": "a:stat b:stat", "Product/Second": "a:stat b:breakdown c:stat", "Third": "a:stat b:breakdown c:stat"} {
		var got []string
		for _, w := range cat.Pages[name].Widgets {
			got = append(got, w.ID+":"+string(w.Kind))
			if w.Kind == Stat && w.Compare != PriorPeriod {
				t.Errorf("%s: widget %s is not compared", name, w.ID)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	if events := cat.Pages["Product/Second"].Events; len(events) != 0 {
		t.Errorf("a page took the events of another: %v", events)
	}
	if _, err := loadText(small, "version: 1\npages:\n  A: {like: B}\n  B: {like: A}\n  C: {like: D}\n"); err == nil ||
		!strings.Contains(err.Error(), "is like itself") || !strings.Contains(err.Error(), `unknown page "D"`) {
		t.Errorf("pages in a circle: %v", err)
	}
}
