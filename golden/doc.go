// Package golden holds documents and the code that rtgen emits for them.
//
// It has nothing to import: its tests compare, and the README says how to read
// a change of what they compare with.
package golden
