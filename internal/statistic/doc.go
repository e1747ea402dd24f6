// Package statistic holds the formulas of the analytical widgets, apart from how their numbers are asked for and shown. Every function is pure and takes
// plain numbers; none returns infinity or what is no number: what has no answer says so.
package statistic
