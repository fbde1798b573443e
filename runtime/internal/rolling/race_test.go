//go:build race

package rolling

func init() { clients = 50 }
