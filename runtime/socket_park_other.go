//go:build !linux

package runtime

// idlePoller waits for nobody here.
var idlePoller poller

type poller struct{}

func (poller) wait(*Socket) bool { return false }
func (poller) forget(*Socket)    {}

func (*rawInput) parkable() bool { return false }
