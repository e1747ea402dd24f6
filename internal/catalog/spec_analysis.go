package catalog

// analysisFields are the keys of the analytical widgets.
func analysisFields() []field {
	return []field{
		may("window", enum("Of a trend: its window is the last hour, day, week or month of the range; default the whole range.", "hour", "day", "week", "month")),
		may("history", whole("Of a trend: how many windows of the same length just before are its history; default 8.", minHistory, maxHistory)),
		may("minimum", whole("How many rows a term must have; default 5.", 1, 1_000_000)),
		may("sample", ident("Of a trend: the dimension that the newest row of each term shows.")),
		may("direction", enum("Of a keyness: terms that are more common than elsewhere, less common, or both; default over.", "over", "under", "both")),
		may("id", ident("Of a tree: the dimension that names a row.")),
		may("parent", ident("Of a tree: the dimension that names the row that it answers.")),
		may("depth", whole("Of a tree: how deep it is shown; default 10.", 1, 100)),
		may("gaps", object("Of a feed in the order of time: the time since the row before.",
			may("by", ident("The dimension that says who wrote; a row by somebody else is a reply.")),
			may("within", ident("The dimension, sorted by before the time, whose values are apart.")))),
		may("cumulative", truth("Of a time series or a histogram: beside each count and sum what has come so far, and when half had come.")),
	}
}
