package spec

// Nearest is the word of known that was probably meant by word, for tools whose
// settings deserve the hints that documents get; empty when none is close.
func Nearest(word string, known []string) string { return nearest(word, known) }
