package admin

import (
	"context"
	"testing"
	"time"
)

func TestLatency(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var asked time.Duration
	var list []Took
	d.o.Latency = func(_ context.Context, span time.Duration) ([]Took, error) { asked = span; return list, nil }
	d.api = New(d.o)
	none := get[Latency](d, "GET", "/admin/v1/latency", "")
	if asked != 15*time.Minute || none.Over != 900 || none.Complete.Count != 0 || none.Complete.P50 != nil {
		t.Errorf("nothing came: %v, %+v", asked, none)
	}
	for i := range 100 {
		took := Took{FirstWidget: -1, Complete: time.Duration(100-i) * time.Millisecond, Sent: -1}
		if i < 4 {
			took.FirstWidget, took.Sent = time.Duration(i+1)*time.Millisecond, 0
		}
		list = append(list, took)
	}
	got := get[Latency](d, "GET", "/admin/v1/latency?seconds=60", "")
	for _, c := range []struct {
		name          string
		got           Percentiles
		count         int
		p50, p95, p99 float64
	}{
		{"complete", got.Complete, 100, 50, 95, 99}, {"first_widget", got.FirstWidget, 4, 2, 4, 4}, {"sent", got.Sent, 4, 0, 0, 0},
	} {
		if p := c.got; p.Count != c.count || *p.P50 != c.p50 || *p.P95 != c.p95 || *p.P99 != c.p99 {
			t.Errorf("%s: %d values, %v, %v, %v", c.name, p.Count, *p.P50, *p.P95, *p.P99)
		}
	}
	if asked != time.Minute {
		t.Errorf("it asked for %v", asked)
	}
	for _, bad := range []string{"9", "86401", "x"} {
		if w := d.ask(nil, "GET", "/admin/v1/latency?seconds="+bad, ""); w.Code != 400 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}
