package format_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// viral is an alert of rows p0 … pn−1, of which two are shown.
func viral(t *testing.T, n int) *format.Data {
	t.Helper()
	w := widget(catalog.AlertKind)
	id, text := &catalog.Dimension{Name: "id"}, &catalog.Dimension{Name: "text", Mask: true}
	rule := alert.Rule{Kind: alert.Rows, Window: time.Hour, Bucket: time.Hour, MinCount: 1, Cooldown: time.Hour}
	w.Spec.Dimensions, w.Spec.PageSize = []*catalog.Dimension{id, text}, 2
	w.Spec.Alert = &catalog.Alert{Rule: rule, Key: id}
	w.Alert = &plan.Alert{Rule: rule, Scope: "s"}
	var rows [][]any
	for i := range n {
		rows = append(rows, []any{fmt.Sprintf("p%d", i), "call 0151 2345678"})
	}
	texts := []frame.Field{{Name: "id", Kind: frame.String}, {Name: "text", Kind: frame.String}}
	data, err := format.Widget(format.Input{Widget: w, Results: map[plan.Role]*source.Result{
		plan.Main:     result(t, []frame.Field{{Name: "posts", Kind: frame.Int}, {Name: plan.ColumnRows, Kind: frame.Int}}, []any{int64(n), int64(n)}),
		plan.Evidence: result(t, texts, rows...),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Rows that were told before give way to new ones, which keep the ids that they had; the alert is named by what it tells.
func TestAlertRowsCoolDownForThemselves(t *testing.T) {
	t.Parallel()
	until := day(3)
	d := viral(t, 4)
	subjects := d.Alert.Subjects()
	whole := d.Alert.ID
	d.Settle([]time.Time{until, until.Add(time.Hour), {}, {}})
	if diff := cmp.Diff([]any{"p2", "p3"}, d.Data.Values[0]); diff != "" || !d.Alert.Fired || !d.Alert.Cooldown.Until.Equal(until) {
		t.Errorf("shown: %s %+v", diff, d.Alert)
	}
	if diff := cmp.Diff(subjects[2:], d.Alert.Subjects()); diff != "" || d.Alert.ID == whole {
		t.Errorf("what fires: %s", diff)
	}
	if text := d.Data.Values[1][0]; text != "call [phone]" {
		t.Errorf("a masked text reads %v", text)
	}

	d = viral(t, 2)
	d.Settle([]time.Time{until, until})
	if d.Alert.Fired || d.Alert.State != "cooling_down" || len(d.Alert.Subjects()) != 0 {
		t.Errorf("all told before: %+v", d.Alert)
	}

	// Nothing cools down: the first two are told; the turn of the others is when these are silent.
	d = viral(t, 4)
	d.Settle(nil)
	if diff := cmp.Diff([]any{"p0", "p1"}, d.Data.Values[0]); diff != "" || len(d.Alert.Subjects()) != 2 || d.Alert.ID == whole || d.Alert.Value == nil || *d.Alert.Value != 4 {
		t.Errorf("nothing told before: %s %+v", diff, d.Alert)
	}
}

// What is said where another request was first leaves the data itself as it is.
func TestCooledDataIsACopy(t *testing.T) {
	t.Parallel()
	d := viral(t, 2)
	d.Settle(nil)
	before, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	cooled, err := json.Marshal(d.Cooled(day(4)))
	if err != nil {
		t.Fatal(err)
	}
	if after, err := json.Marshal(d); err != nil || string(after) != string(before) {
		t.Errorf("it changed: %s", cmp.Diff(string(before), string(after)))
	}
	for _, want := range []string{`"fired":false,"state":"cooling_down"`, `"until":"2026-03-04T00:00:00Z"`, `[false,false]`} {
		if !strings.Contains(string(cooled), want) {
			t.Errorf("no %s in %s", want, cooled)
		}
	}
}
