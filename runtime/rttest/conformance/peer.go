package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
)

// Libraries by which a program can speak WebSocket. They have no code in common, so that what one of
// them forgives or gets wrong shows in the results of the other.
const (
	Coder   = "coder"   // github.com/coder/websocket
	Gorilla = "gorilla" // github.com/gorilla/websocket, which the runtime uses too
)

// A peer is the client's end of a WebSocket connection, whichever library makes it.
type peer interface {
	read(ctx context.Context) (text bool, data []byte, err error)
	write(ctx context.Context, text bool, data []byte) error

	// fragments sends a text message with a fragment for each byte. The connection has been dialled
	// for that.
	fragments(ctx context.Context, data string) error
	ping(ctx context.Context) error // waits for the pong, which somebody has to read
	subprotocol() string

	// close does the closing handshake. An error says that the server has not answered with the code.
	close(ctx context.Context, code int) error
	cut() // ends the connection without a word
}

// A dialing says how a connection is opened.
type dialing struct {
	header     http.Header
	protocols  []string
	compressed bool // offer compression
	fragmented bool // messages are sent in fragments
}

const readLimit = 8 << 20

func (t *Target) dial(ctx context.Context, url string, d dialing) (peer, *http.Response, error) {
	if t.Library == Gorilla {
		return dialGorilla(ctx, url, t.Client, d)
	}
	return dialCoder(ctx, url, t.Client, d)
}

// closeCode is the code with which the server has closed, -1 when err says something else.
func closeCode(err error) int {
	if e, ok := errors.AsType[*gorilla.CloseError](err); ok {
		return e.Code
	}
	return int(coder.CloseStatus(err))
}

type coderPeer struct{ ws *coder.Conn }

func dialCoder(ctx context.Context, url string, client *http.Client, d dialing) (peer, *http.Response, error) {
	opts := &coder.DialOptions{HTTPHeader: d.header, Subprotocols: d.protocols, HTTPClient: client}
	if d.compressed {
		opts.CompressionMode = coder.CompressionContextTakeover
	}
	ws, resp, err := coder.Dial(ctx, url, opts)
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(readLimit)
	return coderPeer{ws}, resp, nil
}

func (p coderPeer) read(ctx context.Context) (bool, []byte, error) {
	kind, data, err := p.ws.Read(ctx)
	return kind == coder.MessageText, data, err
}

func (p coderPeer) write(ctx context.Context, text bool, data []byte) error {
	kind := coder.MessageBinary
	if text {
		kind = coder.MessageText
	}
	return p.ws.Write(ctx, kind, data)
}

func (p coderPeer) fragments(ctx context.Context, data string) error {
	w, err := p.ws.Writer(ctx, coder.MessageText)
	if err != nil {
		return err
	}
	for i := range len(data) {
		if _, err := w.Write([]byte{data[i]}); err != nil {
			return err
		}
	}
	return w.Close()
}

func (p coderPeer) ping(ctx context.Context) error { return p.ws.Ping(ctx) }
func (p coderPeer) subprotocol() string            { return p.ws.Subprotocol() }
func (p coderPeer) cut()                           { _ = p.ws.CloseNow() }
func (p coderPeer) close(_ context.Context, code int) error {
	return p.ws.Close(coder.StatusCode(code), "")
}

type gorillaPeer struct {
	ws    *gorilla.Conn
	pongs chan struct{}
	gone  chan struct{} // closed when reading has ended
	end   func()        // closes gone

	writing sync.Mutex // held by the one who writes
}

func dialGorilla(ctx context.Context, url string, client *http.Client, d dialing) (peer, *http.Response, error) {
	dialer := gorilla.Dialer{Subprotocols: d.protocols, EnableCompression: d.compressed, TLSClientConfig: tlsOf(client)}
	if d.fragmented {
		dialer.WriteBufferSize = 1 // a full buffer is a fragment
	}
	ws, resp, err := dialer.DialContext(ctx, strings.Replace(url, "http", "ws", 1), d.header)
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(readLimit)
	p := &gorillaPeer{ws: ws, pongs: make(chan struct{}, 1), gone: make(chan struct{})}
	p.end = sync.OnceFunc(func() { close(p.gone) })
	context.AfterFunc(ctx, p.cut)
	ws.SetPongHandler(func(string) error {
		select {
		case p.pongs <- struct{}{}:
		default: // nobody waits
		}
		return nil
	})
	return p, resp, nil
}

// tlsOf is the trust of a client, which the dialer needs for itself.
func tlsOf(client *http.Client) *tls.Config {
	if t, ok := client.Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
		config := t.TLSClientConfig.Clone()
		config.NextProtos = nil // the handshake is one of HTTP/1.1
		return config
	}
	return nil
}

func (p *gorillaPeer) read(context.Context) (bool, []byte, error) {
	kind, data, err := p.ws.ReadMessage()
	if err != nil {
		p.end()
	}
	return kind == gorilla.TextMessage, data, err
}

func (p *gorillaPeer) write(_ context.Context, text bool, data []byte) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if text {
		return p.ws.WriteMessage(gorilla.TextMessage, data)
	}
	return p.ws.WriteMessage(gorilla.BinaryMessage, data)
}

func (p *gorillaPeer) fragments(ctx context.Context, data string) error {
	return p.write(ctx, true, []byte(data))
}

func (p *gorillaPeer) ping(ctx context.Context) error {
	p.writing.Lock()
	err := p.ws.WriteMessage(gorilla.PingMessage, nil)
	p.writing.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-p.pongs:
		return nil
	case <-p.gone:
		return errors.New("the connection has ended")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *gorillaPeer) subprotocol() string { return p.ws.Subprotocol() }

func (p *gorillaPeer) close(ctx context.Context, code int) error {
	p.writing.Lock()
	err := p.ws.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(code, ""))
	p.writing.Unlock()
	for err == nil {
		_, _, err = p.read(ctx)
	}
	if closeCode(err) == code {
		return nil
	}
	return err
}

func (p *gorillaPeer) cut() {
	p.end()
	_ = p.ws.Close() // nothing is left to lose
}
