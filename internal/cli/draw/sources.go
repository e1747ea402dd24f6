package draw

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Sources draws where a widget's data came from and what it cost there. kinds gives each source's kind.
func Sources(w io.Writer, o Options, kinds map[string]string, eventData []byte) error {
	var d struct {
		Stats struct {
			Sources []struct {
				Source    string  `json:"source"`
				Role      string  `json:"role"`
				Rows      int64   `json:"rows"`
				Scanned   int64   `json:"scanned"`
				Bytes     int64   `json:"bytes"`
				ElapsedMS float64 `json:"elapsed_ms"`
			} `json:"sources"`
		} `json:"stats"`
	}
	if err := json.Unmarshal(eventData, &d); err != nil {
		return fmt.Errorf("draw the sources: %w", err)
	}
	c := &canvas{w: w, o: o}
	for _, s := range d.Stats.Sources {
		name := clean(s.Source)
		if kind := kinds[s.Source]; kind != "" {
			name += " (" + kind + ")"
		}
		parts := []string{fmt.Sprintf("%d rows", s.Rows)}
		if s.Rows == 1 {
			parts[0] = "1 row"
		}
		if s.Scanned > 0 {
			parts = append(parts, fmt.Sprintf("of %d read", s.Scanned))
		}
		if s.Bytes > 0 {
			parts = append(parts, bytes(s.Bytes))
		}
		parts = append(parts, fmt.Sprintf("%.1f ms", s.ElapsedMS))
		c.line("  %s", c.paint(dim, fmt.Sprintf("%-10s %-24s %s", clean(s.Role), name, strings.Join(parts, ", "))))
	}
	c.line("")
	return nil
}

func bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 10_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}
