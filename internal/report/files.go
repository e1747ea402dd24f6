package report

import "io"

// FileFormat is a way to write one widget's rows as a file.
type FileFormat struct {
	// Name is what requests call it, and how its files' names end.
	Name, ContentType string
	Write             func(w io.Writer, r *Report, widget *Widget) error
}

// FileFormats returns the formats that have a file for each widget.
func FileFormats() []FileFormat {
	return []FileFormat{
		{"csv", "text/csv; charset=utf-8", func(w io.Writer, _ *Report, widget *Widget) error { return WriteCSV(w, widget) }},
		{"jsonl", "application/jsonl", func(w io.Writer, _ *Report, widget *Widget) error { return WriteLines(w, widget) }},
		{"parquet", "application/vnd.apache.parquet", WriteParquet},
	}
}
