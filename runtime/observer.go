package runtime

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// An Observer is told what happens on a server, for traces, metrics and logs: rtotel and rtprom are made of
// it. Functions that are nil are not called, and a server without observers does no work for them. All are
// called concurrently and must not wait for anything; those about channels are called with locks held and
// must not call the server either. Channels and events go by their names in the document, never by their
// addresses, so that what is counted by them is bounded.
type Observer struct {
	// Call is told that a call begins, before its middleware runs. The context that it returns, made of
	// ctx, is that of middleware and handler. The function, unless it is nil, is called once when the call
	// has been answered; of a streamed answer, when the stream is over.
	Call func(ctx context.Context, call CallStart) (context.Context, func(CallEnd))

	SocketOpened  func(s *Socket)                 // the handshake has been accepted; hello is still to come
	SocketClosed  func(s *Socket, info CloseInfo) // once for each that was opened
	SocketRefused func(status int)                // the handshake has been answered with a problem

	// TooLarge is told of a message by socket that is larger than its limit, and of how much of it came: it
	// has been answered 413 (a call, which Call is told of, too) or has ended the socket (4013).
	TooLarge func(s *Socket, bytes int)

	Subscribed   func(channel string) // a socket has become a member
	Unsubscribed func(channel string) // it is a member no more

	// Published is told of every event that the application or the document wants published. The error is
	// nil when the event is on its way.
	Published func(ctx context.Context, channel, event string, err error)

	Delivered func(channel string, members int) // an event has been queued for so many sockets
	Gap       func(channel, why string)         // a member is told that events were left out
}

// A CallStart is a call that begins.
type CallStart struct {
	Operation string // operationId; empty: the document has no operation there
	Method    string // of HTTP; over the socket that of the operation
	Route     string // the path template, such as /rooms/{roomId}; empty where Operation is
	Transport Transport
	Socket    *Socket // that the call came by; nil over HTTP
	Size      int64   // of the body in bytes, or of a message by socket that is too large; -1: the client does not say

	// Header returns a header of the call itself; over the socket not one of its handshake. It is for the
	// time before Call returns.
	Header func(name string) string
}

// A CallEnd is what a call came to.
type CallEnd struct {
	Status int   // 0: the connection was broken off
	Size   int64 // of the body of the answer, in bytes
}

// WithObserver adds an observer. Several are told in the order in which they were added.
func WithObserver(o Observer) Option {
	return func(s *settings) { s.observers = append(s.observers, o) }
}

// LogObserver returns an observer that logs a line at level Info for each call, for each socket that comes
// or goes and for each handshake that is refused. Calls look the same whichever transport brought them.
func LogObserver(l *slog.Logger) Observer {
	return Observer{
		Call: func(ctx context.Context, c CallStart) (context.Context, func(CallEnd)) {
			begin := time.Now()
			return ctx, func(end CallEnd) {
				attrs := []slog.Attr{
					slog.String("operation", c.Operation), slog.String("method", c.Method), slog.String("route", c.Route),
					slog.String("transport", string(c.Transport)), slog.Int("status", end.Status),
					slog.Int64("size", end.Size), slog.Duration("duration", time.Since(begin)),
				}
				if c.Socket != nil {
					attrs = append(attrs, slog.String("socket", c.Socket.ID()))
				}
				l.LogAttrs(ctx, slog.LevelInfo, "call", attrs...)
			}
		},
		SocketOpened: func(s *Socket) {
			l.LogAttrs(s.Context(), slog.LevelInfo, "socket opened", slog.String("socket", s.ID()), slog.String("remote", s.RemoteAddr()))
		},
		SocketClosed: func(s *Socket, info CloseInfo) {
			l.LogAttrs(s.Context(), slog.LevelInfo, "socket closed", slog.String("socket", s.ID()), slog.Int("code", info.Code),
				slog.String("reason", info.Reason), slog.Bool("byServer", info.ByServer))
		},
		SocketRefused: func(status int) {
			l.LogAttrs(context.Background(), slog.LevelInfo, "socket refused", slog.Int("status", status))
		},
	}
}

// observers are those of a server; usually there are none.
type observers []Observer

// begin tells that a call begins, and returns what to call when it is over.
func (l observers) begin(ctx context.Context, call CallStart) (context.Context, func(CallEnd)) {
	ends := make([]func(CallEnd), 0, len(l))
	for i := range l {
		if l[i].Call == nil {
			continue
		}
		next, end := l[i].Call(ctx, call)
		if next != nil {
			ctx = next
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, func(result CallEnd) {
		for i := len(ends) - 1; i >= 0; i-- { // as defer does: the first one sees all of it
			ends[i](result)
		}
	}
}

func (l observers) opened(s *Socket) {
	for i := range l {
		if f := l[i].SocketOpened; f != nil {
			f(s)
		}
	}
}

func (l observers) closed(s *Socket, info CloseInfo) {
	for i := range l {
		if f := l[i].SocketClosed; f != nil {
			f(s, info)
		}
	}
}

func (l observers) refused(p *Problem) {
	for i := range l {
		if f := l[i].SocketRefused; f != nil {
			f(p.status())
		}
	}
}

func (l observers) tooLarge(s *Socket, bytes int) {
	for i := range l {
		if f := l[i].TooLarge; f != nil {
			f(s, bytes)
		}
	}
}

func (l observers) subscribed(typ *channelType) {
	for i := range l {
		if f := l[i].Subscribed; f != nil {
			f(typ.name)
		}
	}
}

func (l observers) unsubscribed(typ *channelType) {
	for i := range l {
		if f := l[i].Unsubscribed; f != nil {
			f(typ.name)
		}
	}
}

func (l observers) published(ctx context.Context, typ *channelType, event string, err error) {
	for i := range l {
		if f := l[i].Published; f != nil {
			f(ctx, typ.name, event, err)
		}
	}
}

func (l observers) delivered(typ *channelType, members int) {
	for i := range l {
		if f := l[i].Delivered; f != nil && members > 0 {
			f(typ.name, members)
		}
	}
}

func (l observers) gap(typ *channelType, why string) {
	for i := range l {
		if f := l[i].Gap; f != nil {
			f(typ.name, why)
		}
	}
}

// observedStart describes a request over HTTP.
func (s *Server) observedStart(r *http.Request, op *boundOperation) CallStart {
	call := CallStart{Method: r.Method, Transport: TransportHTTP, Size: r.ContentLength, Header: r.Header.Get}
	if op != nil {
		call.Operation, call.Route = op.op.ID, s.settings.basePath+op.op.Path
	}
	return call
}

// observed describes a call by socket.
func (s *Socket) observed(op *boundOperation, in *callInput) CallStart {
	call := CallStart{Transport: TransportSocket, Socket: s, Size: int64(len(in.body)), Header: func(name string) string {
		if raw := in.callHeader(canonical(name)); raw != nil {
			return strings.Clone(jsonText(raw)) // the frame is used again
		}
		return ""
	}}
	if op != nil {
		call.Operation, call.Method, call.Route = op.op.ID, op.op.Method, s.rt.server.settings.basePath+op.op.Path
	}
	return call
}
