// Package jsonscan reads JSON text strictly and without building Go values.
//
// It has two halves. The scanners (String, Number, Skipper) answer only "well formed or not" and
// are what the typed codec runs on every request. Parse builds a Doc, a flat table of the values
// of a text with their byte offsets, and is the one place that finds words and positions for
// what is wrong; it runs where a general validator needs random access and when a scanner has
// refused a text.
//
// Both halves accept exactly the same texts: RFC 8259 with the choices of RFC 8785 and RFC 7493
// (I-JSON) that leave no room for two readings. Text is valid UTF-8, escapes do not form lone
// surrogates, an object does not repeat a name, nothing but white space follows the value, and
// containers nest no deeper than a limit.
package jsonscan
