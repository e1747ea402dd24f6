// Package rollup makes the answer to a query of the answers to finer ones: of other groups, or of parts of the range. A page's widgets are computed from fewer
// reads by it, and a long range from days that are kept.
//
// What is made so is what the store would have answered: whole numbers to the last digit, floating-point sums but for the order in which they are added up. Only what
// adds up is made of parts (Parts): counts, sums, averages, extremes and formulas over them.
package rollup
