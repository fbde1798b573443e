package runtime

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"unsafe"
)

// This file is the seam between the two halves of the runtime. The HTTP and the socket
// transport both turn what arrives into one exchange, and both deliver the reply that comes
// out; neither knows how an operation is answered.

// An exchange is one request of one operation, whichever transport brought it. It exists from
// the moment the request has been decoded until its reply has been handed to the transport and
// belongs to the goroutine that runs the call.
type exchange struct {
	callContext // what the handler's context carries; server, op, identity and input are here

	ctx      context.Context // what the handler gets: callContext, with a deadline if there is one
	socket   *Socket         // the caller's: over HTTP the event stream that the call acts for; nil: none
	session  *http.Request   // over HTTP, when it names a session, known here or not; else nil
	left     bool            // the call acts for the session no more
	request  any             // *Req, decoded and valid
	body     []byte          // the body as JSON text; nil when there is none or it has no JSON form
	kept     *keptAnswer     // the answer, when the call is only made again; nil: the handler makes it
	realtime any             // what the hooks carry from before to after and to the reply
	mark     uint64          // where the checks of its credentials began
	origin   *http.Request   // over HTTP; nil over the socket
	seen     *http.Request   // by socket, behind middleware: the request that came through it

	content *contentHeader // over HTTP

	published published // what the handler and the document have published

	reader bodyReader // of the request; here, so that it is no allocation of its own. Likewise below.
	reply  reply      // that the handler's answer makes
}

// newExchange begins the exchange of a call whose context carries c; parent is that context
// without c.
func newExchange(c callContext, parent context.Context) *exchange {
	return new(exchange).begin(c, parent)
}

// newHTTPExchange is newExchange for a request, with what its answer needs in one piece.
func newHTTPExchange(c callContext, parent context.Context) *exchange {
	x := new(struct {
		exchange
		content contentHeader
	})
	x.exchange.content = &x.content
	return x.begin(c, parent)
}

// A contentHeader holds the values of two headers that nearly every answer has.
type contentHeader struct {
	values [2]string
	digits [20]byte
}

// of returns Content-Type and Content-Length of a reply whose body is known.
func (c *contentHeader) of(out *reply) (kind, length []string) {
	c.values[0] = out.media
	digits := strconv.AppendInt(c.digits[:0], int64(len(out.body)), 10)
	c.values[1] = unsafe.String(unsafe.SliceData(digits), len(digits)) // never changed again
	return c.values[0:1:1], c.values[1:2:2]
}

// begin makes ex the exchange of a call.
func (ex *exchange) begin(c callContext, parent context.Context) *exchange {
	ex.callContext = c
	ex.Context = parent
	ex.ctx, ex.exchange = &ex.callContext, ex
	ex.mark = c.server.revoked.mark()
	if c.input != nil {
		ex.socket, c.input.ran = c.input.socket, ex
	}
	return ex
}

// leave ends what the call does for an event stream. It may be called again.
func (ex *exchange) leave() {
	if ex.session != nil {
		ex.server.realtime.leave(ex)
	}
}

// requestParam returns the JSON text of a decoded parameter, defaults included. ok is false
// when the request did not carry it and it has no default. It serves $request.path.x,
// $request.query.x, $request.header.x.
func (ex *exchange) requestParam(in In, name string) (text []byte, ok bool) {
	return ex.op.paramJSON(ex.request, in, name)
}

// requestBody returns the JSON text of the body, nil when there is none. It serves
// $request.body and $request.body#/pointer. The bytes must not be kept after the exchange.
func (ex *exchange) requestBody() []byte { return ex.body }

// claim returns a claim of the caller's identity: "sub" is its Subject, any other name one of
// its Claims. It serves $auth.x.
func (ex *exchange) claim(name string) (value any, ok bool) {
	if ex.identity == nil {
		return nil, false
	}
	if name == "sub" && ex.identity.Subject != "" {
		return ex.identity.Subject, true
	}
	value, ok = ex.identity.Claims[name]
	return value, ok
}

// A reply is the answer to one call. Status is always set. The bytes of body live in a pooled
// buffer: the transport copies or writes them and then calls release.
type reply struct {
	status   int
	header   http.Header // without Content-Type; may be nil
	media    string      // Content-Type; empty when there is no body
	body     []byte
	reader   io.Reader  // when set, body is nil and this is it; over the socket it has been read
	stream   streamFunc // when set, body is nil and items follow until it returns
	realtime any        // exchange.realtime, for the transport that delivers

	live    bool               // stream follows a channel
	written bool               // no codec has made body, or it came through an http.ResponseWriter: it may be anything
	types   []string           // media as a header value, shared; nil: make one
	buffer  *buffer            // owner of body; nil when body is not pooled
	room    int                // free bytes of buffer before body; 0: nothing is known of it
	spool   *spool             // files of the request, which the answer may read
	cancel  context.CancelFunc // ends the deadline of the call; nil: none
}

// release gives back what the reply has borrowed. The reply must not be used afterwards.
func (r *reply) release() {
	if c, ok := r.reader.(io.Closer); ok {
		_ = c.Close() // everything that was asked for has been read
	}
	if r.spool != nil {
		r.spool.close()
	}
	if r.cancel != nil {
		r.cancel()
	}
	if r.buffer != nil {
		r.buffer.free()
	}
	*r = reply{status: r.status}
}

// contentType returns media as a header value.
func (r *reply) contentType() []string {
	if len(r.types) == 1 && r.types[0] == r.media {
		return r.types[:1:1]
	}
	return []string{r.media}
}

// A streamItem is one item of a streamed answer. Data is JSON text without line breaks, valid only
// during the call that hands it over; event and id are for server-sent events and may be empty.
type streamItem struct {
	event, id string
	retry     int // milliseconds; 0: not said
	data      []byte
	mark      bool // no event: a position, a time to come back, or only that the connection lives
	text      bool // data is no JSON but the text of an event's data; it may have line breaks
}

// A streamFunc produces the items of a streamed answer. It returns when the stream is over,
// when emit fails or when ctx ends, and runs at most once, on the transport's goroutine.
type streamFunc func(ctx context.Context, emit func(streamItem) error) error

// A callInput is one call frame, as the socket transport has scanned it. The slices point into
// the frame and must stay unchanged until the reply has been released.
type callInput struct {
	op      string // operationId, or "METHOD /path?query"
	byPath  bool   // op is the latter
	path    []byte // JSON object; nil: absent. Likewise below.
	query   []byte
	headers []byte
	body    []byte // JSON value; absent is nil, which is not "null"
	enc     string // "", "text" or "base64": how body, a JSON string, holds a body that is no JSON

	socket      *Socket
	socketID    string
	handshake   *http.Request // headers, cookies, RemoteAddr, TLS; never changed
	defaults    http.Header   // hello.headers: under the headers of the call, over the handshake's
	credentials []credential  // of the connection: subprotocol token, hello.auth, auth frames
	identity    *Identity     // of the connection; nil: nobody
	room        *exchange     // where its exchange may live, used once; nil: nowhere in particular
	ran         *exchange     // its exchange; nil: there is none yet
	base        http.Header   // baseHeader(handshake, defaults), if the connection keeps it
}

// A credential is one that a connection holds apart from its handshake headers. Scheme is the
// document's key of a security scheme or an HTTP scheme such as "bearer", in any letter case.
type credential struct {
	scheme, token string
}

// realtimeHooks is what the call path asks of the socket side. The order for one exchange is
// before, handler, after; after runs exactly once for each before that returned nil, panics and
// failures included, and before the reply is handed to the transport.
type realtimeHooks interface {
	// before runs when the request has been authorised and decoded, for operations with
	// Subscribe, Unsubscribe, Publish, Stream or Order. A *Problem becomes the reply; the
	// handler does not run then.
	before(ex *exchange) error
	// after sees the handler's answer. It may add to header (Realtime-Position) and leaves in
	// ex.realtime what the transport needs to deliver (subs, pub, buffered events). Body is nil
	// unless the answer is JSON and is valid during the call only.
	after(ex *exchange, status int, header http.Header, body []byte)
	// stream returns the live events of an operation with Stream, over HTTP only, after the
	// handler answered with success.
	stream(ex *exchange) streamFunc

	// enter looks, over HTTP, whether the call acts for an event stream, and returns why it may not
	// run when the limits of that are used up; leave ends that, when the
	// answer is written or the call has panicked. It may be called again.
	enter(ex *exchange, r *http.Request) *Problem
	leave(ex *exchange)

	serveSocket(w http.ResponseWriter, r *http.Request) // GET on Realtime.Endpoint
	serveStream(w http.ResponseWriter, r *http.Request) // Realtime.Stream

	// begun and ended stand around each call over HTTP.
	begun()
	ended()

	// shutdown drains every socket and returns when all are closed or ctx ends.
	shutdown(ctx context.Context) error
}

// noRealtime stands in where the document declares no realtime.
type noRealtime struct{}

func (noRealtime) before(*exchange) error                             { return nil }
func (noRealtime) after(*exchange, int, http.Header, []byte)          {}
func (noRealtime) stream(*exchange) streamFunc                        { return nil }
func (noRealtime) enter(*exchange, *http.Request) *Problem            { return nil }
func (noRealtime) leave(*exchange)                                    {}
func (noRealtime) begun()                                             {}
func (noRealtime) ended()                                             {}
func (noRealtime) serveSocket(w http.ResponseWriter, _ *http.Request) { writeProblem(w, notFound()) }
func (noRealtime) serveStream(w http.ResponseWriter, _ *http.Request) { writeProblem(w, notFound()) }
func (noRealtime) shutdown(context.Context) error                     { return nil }
