//go:build !unix

package runtime

// A rawInput does nothing here: connections are read through net.Conn.
type rawInput struct{}

func (*rawInput) open(*guardedConn)       {}
func (*rawInput) usable() bool            { return false }
func (*rawInput) fill(*guardedConn) error { return nil }
