// Package revocation ends tokens before their time: one token by its id, or those of a subject or a tenant that were issued before a moment.
//
// Revocations are entries of one Redis stream, which lasts as long as the last of them. Each gateway follows it (List) and has what it says in memory: a
// request costs no round trip, and a revocation is known everywhere within half a second. Who a token belongs to is package door's to know, what open streams do
// about it package events'.
package revocation
