package catalog

// defaultUnionRows bounds the groups that one member of a union answers with.
const defaultUnionRows = 100_000

func memberSpec() *spec {
	return object("A dataset whose rows are among those of a union.",
		must("dataset", ident("The dataset.")),
		may("where", str("A row condition over the dataset's dimensions.")),
		may("columns", mapOf("Its dimensions by those of the union that they stand for; others have the same name.", "dimension name", nameRE, ident("A dimension."))),
		may("limit", whole("Groups that it may answer with; more are an error; default 100000.", 1, 1_000_000)),
	)
}
