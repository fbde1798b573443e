// Package runtime is what code emitted by rtgen runs on. It answers the operations of an OpenAPI
// document over HTTP and over WebSocket with one handler each, and guarantees that a call gets the
// same answer by both: the same middleware, the same security checks, the same decoding and
// validation, the same handler, the same encoding.
//
// Applications implement the Handler interface of their emitted package and serve what its
// NewServer returns:
//
//	type app struct{ chat.Unimplemented }
//
//	func (app) CreateMessage(ctx context.Context, req *chat.CreateMessageRequest) (chat.CreateMessageResponse, error) {
//		if closed(req.RoomID) {
//			return nil, rt.Conflict("the room is closed")
//		}
//		return &chat.CreateMessageCreated{Body: chat.Message{Text: req.Body.Text}}, nil
//	}
//
//	func main() {
//		log.Fatal(http.ListenAndServe("localhost:8080", chat.NewServer(app{}, chat.WithBearer(check))))
//	}
//
// # The path of a call
//
// A transport (HTTP, or the socket) → UseHTTP or UseSocket → Use → security → decoding and
// validation → handler → encoding → the transport. Middleware is ordinary net/http middleware. A
// call by socket is an *http.Request to it, the one that the same call would be over HTTP; where
// no middleware is installed that request is never made.
//
// A request that does not fit the document is answered 400 with every violation at once and the
// handler does not run. The order of other refusals is: 404 and 405, 406, 401 and 403, 415 and 413.
// A request body without Content-Type is taken as the only media type that the operation declares,
// or as its JSON one. Unknown query parameters and headers are ignored.
//
// # Answers
//
// Handlers return one of the response structs that the document declares for the operation, by
// value or by pointer, or an error. A [Problem] is sent if the operation declares its status; any
// other error is logged and becomes a 500 whose text says nothing. A panic becomes the same 500;
// [http.ErrAbortHandler] breaks the connection off, and is 499 by socket.
//
// # Concurrency
//
// A [Server] and everything it hands out is safe for concurrent use. Handlers, middleware and
// security checks are called concurrently, also for the calls of one socket, unless the document
// says order. The context of a call ends when the caller leaves or cancels, when the operation's
// timeout has passed, and when the reply has been sent. A handler that ignores its context is not
// interrupted. Request structs belong to the handler; the readers and files in them are valid
// until it returns.
package runtime
