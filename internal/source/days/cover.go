package days

import (
	"slices"
	"time"
)

// mostPieces is of how many pieces a range is made at most: beyond, asking anew for all of it costs less, and leaves one.
const mostPieces = 64

// mostVersioned is of how many blocks days are made whose rows may become others.
const mostVersioned = 32

// piece is a part of a range: the days from one edge to another, and the span of the entry that they are in. Where there is none they have to be asked for.
type piece struct {
	from, to int
	kept     bool
	of       Span
}

// cover divides the days of these edges into pieces, so that as few days as possible have to be asked for, in as few pieces as possible. A span can be used for a part of its days where
// its rows tell them apart; otherwise only where all of it is asked.
func cover(edges []time.Time, spans []Span, apart bool) []piece {
	days := len(edges) - 1
	from := make([][]piece, days) // what a day may begin
	for _, s := range spans {
		i, exactly := edgeFrom(edges, s.From)
		j, exactlyTo := edgeFrom(edges, s.To)
		if !apart {
			if exactly && exactlyTo && i < j {
				from[i] = append(from[i], piece{i, j, true, s})
			}
			continue
		}
		if !exactlyTo {
			j--
		}
		for ; i < j; i++ {
			from[i] = append(from[i], piece{i, j, true, s})
		}
	}
	const day, part = 1 << 10, 1
	costs, first := make([]int, days+1), make([]piece, days)
	for i := days - 1; i >= 0; i-- {
		costs[i], first[i] = day+costs[i+1], piece{from: i, to: i + 1}
		for _, p := range from[i] {
			if c := part + costs[p.to]; c < costs[i] {
				costs[i], first[i] = c, p
			}
		}
	}
	var out []piece
	for i := 0; i < days; i = first[i].to {
		if n := len(out); n > 0 && !first[i].kept && !out[n-1].kept {
			out[n-1].to = first[i].to
			continue
		}
		out = append(out, first[i])
	}
	if len(out) > mostPieces {
		return []piece{{from: 0, to: days}}
	}
	return out
}

// edgeFrom is the first edge from a time on, and whether it is that time.
func edgeFrom(edges []time.Time, at int64) (int, bool) {
	return slices.BinarySearchFunc(edges, at, func(e time.Time, at int64) int { return int(e.Unix() - at) })
}

// block is a number of neighboring days, by their edges, that are kept together.
type block []time.Time

func (b block) span() Span { return Span{b[0].Unix(), b[len(b)-1].Unix()} }

func (b block) days() int { return len(b) - 1 }

// split divides days into blocks: the first few alone, the others together. When a range moves on, its first days leave it, and the others remain.
func split(b block, alone int) []block {
	var out []block
	for range min(alone, b.days()-1) {
		out, b = append(out, b[:2]), b[1:]
	}
	return append(out, b)
}
