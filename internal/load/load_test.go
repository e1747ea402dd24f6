package load

import (
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func TestATableIsCutByAColumnOfTexts(t *testing.T) {
	t.Parallel()
	table := &Table{Name: "messages", Tenant: "company_id", Time: "sent_at", Key: []string{"id"}, Columns: []Column{
		{Name: "company_id", Type: query.String}, {Name: "id", Type: query.String}, {Name: "interaction_id", Type: query.String},
		{Name: "sent_at", Type: query.Time}, {Name: "words", Type: query.Int}, {Name: "tags", Type: query.String, Multi: true},
	}}
	cut, err := table.Cut("interaction_id")
	if err != nil {
		t.Fatal(err)
	}
	if key := "PRIMARY KEY ((company_id, interaction_id), sent_at, id)"; cut.Name != "messages_by_interaction_id" || !strings.HasSuffix(cut.cql(), key) {
		t.Errorf("%s: %s, want %s", cut.Name, cut.cql(), key)
	}
	if key := "month text, PRIMARY KEY ((company_id, month), sent_at, id)"; !strings.HasSuffix(table.cql(), key) {
		t.Errorf("uncut: %s, want %s", table.cql(), key)
	}
	for _, column := range []string{"company_id", "words", "tags", "no_such"} {
		if _, err := table.Cut(column); err == nil {
			t.Errorf("cut by %s", column)
		}
	}
}
