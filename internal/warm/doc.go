// Package warm remembers in Redis which pages somebody waited for, and asks for them again before somebody does, so that what is kept of their answers is there: at its times (Schedule), or when an operator says so.
//
// What is remembered is bounded: so many pages of each of the tenants that ask most, each at most a few kilobytes, forgotten when nobody has asked for a month. It is written by a goroutine of its own, every few seconds,
// and a help only: what can't be written is not remembered. A page is remembered as everybody asks it who asks the same, whoever reads the answer; ranges up to today are ranges up to today again.
package warm
