package run

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
)

// Verdict is a figure beside what it should be.
type Verdict struct {
	What  string  `json:"what"`
	Is    float64 `json:"is"`
	Asked string  `json:"asked"`
	Holds bool    `json:"holds"`
}

// Least is the verdict on a figure that should not be below another.
func Least(what string, is, asked float64) Verdict {
	return Verdict{what, is, fmt.Sprintf("at least %.4g", asked), is >= asked}
}

// Most is the verdict on a figure that should not be above another.
func Most(what string, is, asked float64) Verdict {
	return Verdict{what, is, fmt.Sprintf("at most %.4g", asked), is <= asked}
}

// Under is the verdict on a figure that should be below another.
func Under(what string, is, asked float64) Verdict {
	return Verdict{what, is, fmt.Sprintf("under %.6g", asked), is < asked}
}

// PrintVerdicts writes verdicts, one a line.
func PrintVerdicts(w io.Writer, list []Verdict) {
	fmt.Fprintln(w)
	for _, v := range list {
		mark := "holds"
		if !v.Holds {
			mark = "DOES NOT HOLD"
		}
		fmt.Fprintf(w, "%-58s %8.2f  asked %s: %s\n", v.What, v.Is, v.Asked, mark)
	}
}

// Progress says what goes on, on the terminal alone.
func Progress(format string, args ...any) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}

// Median is the middle of some figures; 0 of none.
func Median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// Save writes a run's figures; without a path it does nothing.
func Save(path string, result any) error {
	if path == "" {
		return nil
	}
	raw, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
