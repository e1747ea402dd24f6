package catalog

// tenantOfInputs is what a dataset made by SQL says of its tenant.
const tenantOfInputs = "inputs"

// defaultInputRows bounds one input of a join where it says nothing.
const defaultInputRows = 100_000

func inputSpec() *spec {
	return ruled(inputRules(), object("A dataset as SQL reads it: its dimensions with its measures, or its rows.",
		must("dataset", ident("The dataset.")),
		may("dimensions", listOf("Dimensions to group by; each is a column.", ident("A dimension."))),
		may("measures", listOf("Measures of each group; each is a column.", ident("A measure."))),
		may("columns", listOf("Dimensions of each row, in place of dimensions and measures.", ident("A dimension."))),
		may("where", str("A row condition.")),
		may("range", enum("The times that it reads: those that the request asks for, or all; default asked.", "asked", "all")),
		may("filtered", truth("The request's filters restrict this input, as far as its dataset has their members, and not the joined rows; default false.")),
		may("limit", whole("Rows that it may have; more are an error; default 100000.", 1, 1_000_000)),
	))
}
