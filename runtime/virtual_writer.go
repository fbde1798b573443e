package runtime

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// A virtualWriter is the http.ResponseWriter of a call by socket. It does what net/http's own
// does: the first Write implies 200, a second WriteHeader is ignored, so are headers set too
// late, 1xx is no answer, 204 and 304 have no body, and a missing Content-Type is sniffed. It
// buffers everything, so there is nothing to flush; reads and writes have no deadline of their
// own, since the socket's deadlines are not the call's.
type virtualWriter struct {
	header http.Header // what the handler sees
	sent   http.Header // as it was when the status was written
	status int         // 0: not written
	head   bool
	length int64 // declared Content-Length; -1: none
	wrote  int64
	buffer *buffer
}

// Header returns the header map that WriteHeader sends.
func (w *virtualWriter) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader fixes the status and the header.
func (w *virtualWriter) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http
	}
	if w.status != 0 || status >= 100 && status <= 199 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status = status
	// Values are never changed in place, so copying the map is enough to keep what was sent.
	w.sent = maps.Clone(w.header)
	w.length = -1
	if text := w.sent.Get("Content-Length"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			w.sent.Del("Content-Length")
		} else {
			w.length = n
		}
	}
}

func (w *virtualWriter) bodyAllowed() bool {
	return w.status >= 200 && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// sniffed is how much of a body tells its type, as for http.DetectContentType.
const sniffed = 512

// Write adds to the body.
func (w *virtualWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !w.bodyAllowed() {
		return 0, http.ErrBodyNotAllowed
	}
	if w.wrote += int64(len(p)); w.length >= 0 && w.wrote > w.length {
		return 0, http.ErrContentLength
	}
	if w.buffer == nil {
		w.buffer = newBuffer()
	}
	kept := p
	if w.head {
		kept = p[:min(len(p), sniffed-len(w.buffer.b))] // there is no body, but what would be one names its type
	}
	w.buffer.b = append(w.buffer.b, kept...)
	return len(p), nil
}

// WriteString is Write without a conversion.
func (w *virtualWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// SetReadDeadline is for http.ResponseController: the request is in memory already.
func (w *virtualWriter) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is for http.ResponseController: the reply is written to memory.
func (w *virtualWriter) SetWriteDeadline(time.Time) error { return nil }

// EnableFullDuplex is for http.ResponseController: nothing here waits for anything.
func (w *virtualWriter) EnableFullDuplex() error { return nil }

// incomplete reports whether the body has another length than the handler declared. net/http
// breaks the connection off then.
func (w *virtualWriter) incomplete() bool {
	return w.length >= 0 && w.wrote != w.length && !w.head && w.bodyAllowed()
}

func (w *virtualWriter) free() {
	if w.buffer != nil {
		w.buffer.free()
		w.buffer = nil
	}
}

// strip removes the headers that belong to a connection and returns how many cookies were among
// them.
func (w *virtualWriter) strip() (cookies int) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	cookies = len(w.sent["Set-Cookie"])
	for _, name := range [...]string{
		"Set-Cookie", "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "Content-Length", "Date",
	} {
		delete(w.sent, name)
	}
	return cookies
}

// fill makes out say what was written. Without a WriteHeader it is 200, as over HTTP.
func (w *virtualWriter) fill(out *reply) {
	out.status, out.header, out.buffer, out.body, out.media, out.types = w.status, w.sent, w.buffer, nil, "", nil
	if w.buffer != nil {
		out.body = w.buffer.b
	}
	types, set := w.sent["Content-Type"]
	switch {
	case len(types) > 0:
		out.media = types[0]
	case !set && len(out.body) > 0 && w.sent.Get("Content-Encoding") == "":
		out.media = http.DetectContentType(out.body[:min(len(out.body), sniffed)])
	}
	delete(w.sent, "Content-Type")
	out.written = true
	w.buffer = nil
}
