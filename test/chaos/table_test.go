package chaos

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// table collects the verdicts of a run.
type table struct {
	mu       sync.Mutex
	from     uint64
	verdicts []verdict
	broken   []string // rows that failed, and why
}

//nolint:gochecknoglobals // the run's result: tests write it, TestMain prints it
var results table

func (b *table) seed(seed uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.from = seed
}

// add notes the verdict of a row.
func (b *table) add(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.verdicts = append(b.verdicts, v)
	if !v.failed { // else the row's end says what it saw
		progress("row %s, %s: %s", v.row.matrix, v.row.name, v.said())
	}
}

// broke notes that a row failed, which may have been before its verdict.
func (b *table) broke(r row, saw []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := fmt.Sprintf("BROKEN: row %s, %s: %s", r.matrix, r.name, strings.Join(saw, "; "))
	b.broken = append(b.broken, said)
	progress("%s", said)
}

// progress is a line of a run of minutes, said at once.
func progress(format string, args ...any) {
	if full() {
		fmt.Printf(time.Now().UTC().Format("15:04:05")+"  "+format+"\n", args...)
	}
}

// print writes the table in Markdown, in the order of the matrix.
func (b *table) print(w io.Writer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.verdicts) == 0 && len(b.broken) == 0 {
		return
	}
	order := map[string]int{}
	for i, r := range rows() {
		order[r.name] = i
	}
	slices.SortFunc(b.verdicts, func(x, y verdict) int { return cmp.Compare(order[x.row.name], order[y.row.name]) })
	lines := [][]string{{"row", "name", "fault", "fired", "asked", "no reply", "messages", "lost", "doubled", "dead letters", "healed in", "memory", "verdict"}}
	for i := range b.verdicts {
		v := &b.verdicts[i]
		lines = append(lines, []string{
			v.row.matrix, v.row.name, v.row.fault, strconv.Itoa(v.fired), strconv.Itoa(v.asked), strconv.Itoa(v.maybe), strconv.Itoa(v.sent),
			strconv.Itoa(v.lost), strconv.Itoa(v.doubled), strconv.Itoa(v.dead), fmt.Sprint(v.heal.Round(100 * time.Millisecond)),
			fmt.Sprintf("%d MB", v.rss>>20), v.said(),
		})
	}
	fmt.Fprintf(w, "\n%s=%d\n\n", envSeed, b.from)
	write(w, lines)
	for _, line := range b.broken {
		fmt.Fprintln(w, line)
	}
}

func write(w io.Writer, lines [][]string) {
	width := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line[:len(line)-1] {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for n, line := range lines {
		for i, cell := range line {
			fmt.Fprintf(w, "| %-*s ", width[i], cell)
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			fmt.Fprintln(w, "|"+strings.Repeat("---|", len(line)))
		}
	}
}
