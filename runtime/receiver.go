package runtime

// NewReceiver returns the server of an application that receives the webhooks or callbacks of a
// document. Emitted code calls it. The difference to [NewServer] is that nothing of the document's
// realtime is served: that belongs to the API, not to who listens to it.
func NewReceiver(api *API, bindings []Binding, opts ...Option) *Server {
	receiving := *api
	receiving.Realtime = nil
	return NewServer(&receiving, bindings, opts...)
}
