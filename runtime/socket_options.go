package runtime

// socketSettings are the settings of the socket side.
type socketSettings struct{}
