// Package suite holds no code: its tests turn the JSON Schema Test Suite into
// operations and play every case of it against generated servers.
package suite
