package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMain lets this test's own program be the worker processes.
func TestMain(m *testing.M) {
	if worker, err := asWorker(context.Background()); worker {
		if err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// BenchmarkCompute compares each page once, so that none can rot, other systems left out: figures are what `make bench-compute` is for.
func BenchmarkCompute(b *testing.B) {
	bin := b.TempDir()
	build := exec.CommandContext(b.Context(), "go", "build", "-o", bin, "./cmd/consumer", "./cmd/dispatcher")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		cache = filepath.Join("..", "..", ".cache")
	}
	for b.Loop() {
		r, err := measure(b.Context(), io.Discard, options{rounds: 1, again: 1, consumer: filepath.Join(bin, "consumer"), operator: filepath.Join(bin, "dispatcher"), catalog: "catalog.yaml", cache: cache, scripts: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if want := perRound * len(phases); r.Compared != want {
			b.Fatalf("%d pages were compared, not %d", r.Compared, want)
		}
	}
}

// TestDifferencesAreSeen has pages compared that differ in one place.
func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	page := func() answers {
		all := make(answers)
		for _, w := range widgets {
			all[w] = []row{{"a", 3.0, 0.25}, {"b", 4.0, 1.5}}
		}
		return all
	}
	if where := page().differs(page()); where != "" {
		t.Errorf("equal pages: %s", where)
	}
	for name, change := range map[string]func(answers){
		"a whole number":       func(a answers) { a["total_flights"][0][1] = 3.00000001 },
		"a text":               func(a answers) { a["flights_by_day"][0][0] = "c" },
		"a quotient":           func(a answers) { a["on_time"][1][2] = 1.5 + 1e-8 },
		"a row less":           func(a answers) { a["late_routes"] = a["late_routes"][:1] },
		"the order of a top":   func(a answers) { a["top_origins"][0], a["top_origins"][1] = a["top_origins"][1], a["top_origins"][0] },
		"a widget not there":   func(a answers) { delete(a, "delay_p90") },
		"nothing for a number": func(a answers) { a["delay_by_hour"][0][2] = nil },
	} {
		other := page()
		change(other)
		if page().differs(other) == "" {
			t.Errorf("%s: no difference was seen", name)
		}
	}
	series := page()
	series["flights_by_day"][0], series["flights_by_day"][1] = series["flights_by_day"][1], series["flights_by_day"][0]
	series["on_time"][1][2] = 1.5 + 1e-10
	if where := page().differs(series); where != "" {
		t.Errorf("the order of a series and the last digit of a quotient say nothing: %s", where)
	}
}
