// Package models holds the wire types of the contract: requests as producers send them, events and their
// enrichment, output messages, and the reasons of dead letters. It is a leaf: it performs no I/O.
package models
