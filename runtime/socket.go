package runtime

// Socket is one connected client.
type Socket struct{}
