package statistic

// Bin is a stretch of a number's range, and how much lies in it.
type Bin struct {
	From, To float64
	// Open says that one of its edges is nowhere.
	Open  bool
	Value float64
}

// Half returns where half of all has come, going through the bins in their order; within a bin what it holds counts as evenly spread. False says that there is
// nothing, that some of it is less than nothing, or that half is reached in a bin that is open.
func Half(bins []Bin) (float64, bool) {
	total := 0.0
	for _, b := range bins {
		if b.Value < 0 {
			return 0, false
		}
		total += b.Value
	}
	sum := 0.0
	for _, b := range bins {
		if b.Value > 0 && sum+b.Value >= total/2 {
			return b.From + (b.To-b.From)*(total/2-sum)/b.Value, !b.Open
		}
		sum += b.Value
	}
	return 0, false
}
