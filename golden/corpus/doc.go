// Package corpus tests rtgen on documents as their publishers wrote them: each
// one has to generate without configuration, compile in Go and TypeScript, and
// have all of its operations answer. The documents are data that lies beside
// the repository, not in it; RTGEN_CORPUS says where.
package corpus
