package runtime

import (
	"context"
	"io"
	"strings"
	"testing"
)

// Where the document leaves the media type open, the handler may say that its bytes are JSON.
func TestBytesThatAreSaidToBeJSON(t *testing.T) {
	type bytesAnswer struct {
		ContentType string `header:"Content-Type"`
		Body        []byte `body:"*/*"`
	}
	type readerAnswer struct {
		ContentType string    `header:"Content-Type"`
		Body        io.Reader `body:"*/*"`
	}
	type request struct {
		Body string `body:"application/json"`
	}
	operation := func(id string, as any) *Operation {
		return &Operation{
			ID: id, Method: "POST", Path: "/" + id, Responses: []Response{{Status: "200", As: as, Content: []Media{{Type: "*/*"}}}},
			Body: &Body{Required: true, Content: []Media{{Type: "application/json"}}},
		}
	}
	inBubble(t, func(t *testing.T) {
		s := NewServer(&API{Realtime: &Realtime{}}, nil, silent())
		s.bind(Bind(operation("bytes", (*bytesAnswer)(nil)), func(_ context.Context, r *request) (any, error) {
			return &bytesAnswer{ContentType: "application/json", Body: []byte(r.Body)}, nil
		}))
		s.bind(Bind(operation("reader", (*readerAnswer)(nil)), func(_ context.Context, r *request) (any, error) {
			return &readerAnswer{ContentType: "application/json", Body: strings.NewReader(r.Body)}, nil
		}))
		c := servedRig(t, s).connect()
		for _, op := range []string{"bytes", "reader"} {
			if f := c.status(200, op, `"[1]"`); f["enc"] != nil || f["body"].([]any)[0] != 1.0 {
				t.Errorf("%s: got %v", op, f)
			}
			for _, text := range []string{`{`, `1,"id":99`} {
				if f := c.status(200, op, `"`+strings.ReplaceAll(text, `"`, `\"`)+`"`); f["enc"] != "text" || f["body"] != text {
					t.Errorf("%s: got %v", op, f)
				}
			}
		}
	})
}
