package runtime

// Limits bound what one socket may cost. Every field that is zero takes its
// default; welcome announces the values in force.
type Limits struct {
	Message  int    // bytes of one message; default 64 KiB
	Inflight int    // running calls per socket; default 64
	Channels int    // subscriptions per socket; default 128
	Batch    int    // frames per incoming message; default 32
	Queue    int    // bytes waiting to be written to one socket; default 1 MiB
	Rate     string // calls per socket, "N/s" or "N/m"; default none
}
