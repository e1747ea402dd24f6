// Package budget estimates what the queries of a page would read, before any of them runs, and refuses a page that is beyond its budget, or its tenant's: with the estimate, and with what
// would make it cheaper. It asks stores no more than their own explanations do, and nothing where there is no budget. What a store cannot tell counts as nothing: an estimate that
// is missing is nobody's fault.
package budget
