package runtime

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

type noteBody struct {
	Text    string   `json:"text"`
	ReplyTo *string  `json:"replyTo,omitempty"`
	Tags    []string `json:"tags,omitempty"`
	Urgent  bool     `json:"urgent,omitempty"`
}

type noteRequest struct {
	Room string   `path:"room"`
	Body noteBody `body:"application/json"`
}

type note struct {
	ID     string   `json:"id"`
	Room   string   `json:"room"`
	Author string   `json:"author"`
	Text   string   `json:"text"`
	Tags   []string `json:"tags,omitempty"`
	Seq    int64    `json:"seq"`
}

type noteOK struct {
	Body note `body:"application/json"`
}

var noteOperation = Operation{
	ID: "createNote", Method: "POST", Path: "/rooms/{room}/notes",
	Params:    []Param{{Name: "room", In: InPath, Required: true, Schema: "Room"}},
	Body:      &Body{Required: true, Content: []Media{{Type: "application/json", Schema: "NewNote"}}},
	Responses: []Response{{Status: "201", As: (*noteOK)(nil), Content: []Media{{Type: "application/json", Schema: "Note"}}}},
}

const noteSchemas = `{"Room":{"type":"string","pattern":"^[a-z0-9-]+$","maxLength":64},
"NewNote":{"type":"object","additionalProperties":false,"required":["text"],"properties":{"text":{"type":"string","minLength":1,"maxLength":2000},
"replyTo":{"type":"string"},"tags":{"type":"array","maxItems":10,"items":{"type":"string","maxLength":30}},"urgent":{"type":"boolean"}}},
"Note":{"type":"object","required":["id","room","author","text","seq"],"properties":{"id":{"type":"string"},"room":{"type":"string"},"author":{"type":"string"},
"text":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},"seq":{"type":"integer","format":"int64"}}}}`

func noteServer() *Server {
	return NewServer(&API{Schemas: noteSchemas, Realtime: &Realtime{Endpoint: "/realtime"}}, []Binding{
		Bind(&noteOperation, func(_ context.Context, r *noteRequest) (*noteOK, error) {
			return &noteOK{Body: note{ID: "0123456789", Room: r.Room, Author: "ada", Text: r.Body.Text, Tags: r.Body.Tags, Seq: 7}}, nil
		}),
	}, silent(), WithLimits(Limits{Inflight: 128}))
}

// A pipeline is a client that costs next to nothing: it sends the same bytes, and counts messages.
type pipeline struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	n    int
}

func newPipeline(tb testing.TB, addr string, n int) *pipeline {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	p := &pipeline{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), n: n}
	fmt.Fprintf(conn, "GET /realtime HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: rtgen.v1.json\r\n\r\n", addr)
	r, err := http.ReadResponse(p.in, nil)
	if err != nil || r.StatusCode != http.StatusSwitchingProtocols {
		tb.Fatal(err, r)
	}
	_, _ = conn.Write(masked(`{"t":"hello"}`))
	p.await(tb, 1)
	text := strings.Repeat("a line of ordinary text, ", 8)
	for id := range n {
		p.out = append(p.out, masked(`{"t":"call","id":`+strconv.Itoa(id+1)+`,"op":"createNote","path":{"room":"general-1"},"body":{"text":"`+text+`","tags":["one","two"],"urgent":true}}`)...)
	}
	return p
}

// masked frames a text of up to 64 KiB as a client does; a mask of zeros is one like any other.
func masked(text string) []byte {
	var b bytes.Buffer
	b.WriteByte(0x81)
	if len(text) < 126 {
		b.WriteByte(0x80 | byte(len(text)))
	} else {
		b.WriteByte(0x80 | 126)
		_ = binary.Write(&b, binary.BigEndian, uint16(len(text)))
	}
	b.Write(make([]byte, 4))
	b.WriteString(text)
	return b.Bytes()
}

func (p *pipeline) await(tb testing.TB, n int) {
	for range n {
		head, err := p.in.Peek(4)
		if err != nil {
			tb.Fatal(err)
		}
		size, skip := int(head[1]), 2
		if size == 126 {
			size, skip = int(head[2])<<8|int(head[3]), 4
		}
		if _, err := p.in.Discard(skip + size); err != nil {
			tb.Fatal(err)
		}
	}
}

func (p *pipeline) round(tb testing.TB) {
	if _, err := p.conn.Write(p.out); err != nil {
		tb.Fatal(err)
	}
	p.await(tb, p.n)
}

// BenchmarkSocketCalls is what typed calls of 250 bytes cost, from the connection to the connection, with
// so many in flight on so many sockets; a raw echo of the same bytes is beside it.
func BenchmarkSocketCalls(b *testing.B) {
	server := noteServer()
	for _, size := range []struct{ sockets, deep int }{{1, 1}, {1, 64}, {50, 16}} {
		b.Run(fmt.Sprintf("%d×%d", size.sockets, size.deep), func(b *testing.B) {
			srv := httptest.NewServer(server)
			b.Cleanup(srv.Close)
			var all []*pipeline
			for range size.sockets {
				all = append(all, newPipeline(b, srv.Listener.Addr().String(), size.deep))
			}
			b.ReportAllocs()
			calls := 0
			for b.Loop() { // all send before any takes its answers
				for _, p := range all {
					if _, err := p.conn.Write(p.out); err != nil {
						b.Fatal(err)
					}
				}
				for _, p := range all {
					p.await(b, p.n)
				}
				calls += size.sockets * size.deep
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(calls), "ns/call")
			for _, p := range all {
				_ = p.conn.Close()
			}
		})
	}
}
