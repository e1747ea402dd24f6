// Package catalog turns YAML into a checked model of sources, datasets, pages and widgets.
//
// It guarantees that a *Catalog is whole: every name it mentions exists, every type fits, every condition
// and formula is compiled. All faults of all files are reported at once, each with file, line, column and,
// where a name is misspelled, a suggestion. A Store swaps catalogs only when the new one is good.
//
// It opens no source and runs no query; it does not know requests. The condition language is parsed by
// CEL's parser and compiled to query.Filter and query.Expr; CEL's runtime is not used.
package catalog
