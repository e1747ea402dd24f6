package catalog

// analysisFields are the keys of the analytical widgets.
func analysisFields() []field {
	return []field{
		may("window", enum("Of a trend: its window is the last hour, day, week or month of the range; default the whole range.", "hour", "day", "week", "month")),
		may("history", whole("Of a trend: how many windows of the same length just before are its history; default 8.", minHistory, maxHistory)),
		may("minimum", whole("How many rows a term must have; default 5.", 1, 1_000_000)),
		may("sample", ident("Of a trend: the dimension that the newest row of each term shows.")),
		may("direction", enum("Of a keyness: terms that are more common than elsewhere, less common, or both; default over.", "over", "under", "both")),
	}
}
