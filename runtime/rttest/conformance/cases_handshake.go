package conformance

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

var negotiationCases = []testCase{
	{name: "a handshake without subprotocol is refused with 400 before the upgrade", run: func(c *play) {
		c.refused(400, dialing{protocols: []string{}})
	}},
	{name: "a handshake with foreign subprotocols only is refused with 400", run: func(c *play) {
		c.refused(400, dialing{protocols: []string{"rtgen.v0.json", "rtgen.v1.jso", "RTGEN.V1.JSON"}})
	}},
	{name: "the protocol is chosen among others", run: func(c *play) {
		n, _, err := c.dial(dialing{protocols: []string{"other", protocol}})
		c.check(err == nil, "dial: %v", err)
		c.check(n.ws.subprotocol() == protocol, "got subprotocol %q", n.ws.subprotocol())
		n.hello()
	}},
	{name: "a token in the subprotocols is taken and never echoed", run: func(c *play) {
		token := "rtgen.auth." + base64.RawURLEncoding.EncodeToString([]byte(c.token("ada")))
		n, resp, err := c.dial(dialing{protocols: []string{protocol, token}})
		c.check(err == nil, "dial: %v", err)
		for name, values := range resp.Header {
			c.check(!strings.Contains(strings.Join(values, ","), token), "%s echoes the token", name)
		}
		n.hello()
		c.check(n.call("whoAmI").number("status") == 200, "the token was not taken")
	}},
	{name: "a token that is no base64url is refused with 400", run: func(c *play) {
		c.refused(400, dialing{protocols: []string{protocol, "rtgen.auth.!!!"}})
	}},
	{name: "a wrong token in the subprotocols is refused with 401", run: func(c *play) {
		c.token("ada")
		c.denied(401, dialing{protocols: []string{protocol, "rtgen.auth." + base64.RawURLEncoding.EncodeToString([]byte("nobody"))}})
	}},
	{name: "a page of a foreign origin is refused with 403", run: func(c *play) {
		c.refused(403, dialing{header: http.Header{"Origin": {"https://evil.example"}}})
		c.refused(403, dialing{header: http.Header{"Origin": {"null"}}})
	}},
	{name: "cookies without an origin are refused with 403", run: func(c *play) {
		c.refused(403, dialing{header: http.Header{"Cookie": {"a=b"}}})
	}},
	{name: "compression is offered and not taken up", run: func(c *play) {
		n, resp, err := c.dial(dialing{compressed: true})
		c.check(err == nil, "dial: %v", err)
		got := resp.Header.Get("Sec-WebSocket-Extensions")
		c.check(got == "", "the server has chosen %q", got)
		n.hello()
		f := n.call("echo", "$id", strings.Repeat("a", 5000))
		c.check(f.number("status") == 200, "got status %d", f.number("status"))
		n.silent()
	}},
	{name: "a plain GET is answered 426 and told what to upgrade to", run: func(c *play) {
		resp := c.get()
		c.check(resp.StatusCode == http.StatusUpgradeRequired, "got status %d", resp.StatusCode)
		c.check(strings.EqualFold(resp.Header.Get("Upgrade"), "websocket"), "got Upgrade %q", resp.Header.Get("Upgrade"))
	}},
}

// refused insists that the protocol refuses a handshake with the status.
func (c *play) refused(status int, d dialing) {
	p := c.denied(status, d)
	c.check(strings.HasPrefix(p.text("type"), problemType), "got problem %v, want a type of the protocol", p)
}

// denied insists that a handshake is answered with a problem of the status. The application may have
// made it: what it says of credentials need not have a type of the protocol.
func (c *play) denied(status int, d dialing) frame {
	_, resp, err := c.dial(d)
	c.check(err != nil, "the handshake was accepted")
	c.check(resp != nil, "no answer: %v", err)
	c.check(resp.StatusCode == status, "got status %d, want %d", resp.StatusCode, status)
	media := resp.Header.Get("Content-Type")
	c.check(media == "application/problem+json", "got media type %q", media)
	var p frame
	body, _ := io.ReadAll(resp.Body)
	c.check(json.Unmarshal(body, &p) == nil && p.number("status") == status && p.text("title") != "", "got problem %s", body)
	return p
}

// get makes a plain request to the endpoint.
func (c *play) get() *http.Response {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.socketURL(), nil)
	c.check(err == nil, "%v", err)
	resp, err := c.target.Client.Do(req)
	c.check(err == nil, "GET %s: %v", c.socketURL(), err)
	c.cleanup(func() { _ = resp.Body.Close() })
	return resp
}

var helloCases = []testCase{
	{name: "welcome has the session, the document, the ping interval and the limits", run: func(c *play) {
		w := c.open().hello()
		c.check(len(w.text("session")) >= 16 && w.text("spec") != "" && w.number("ping") > 0, "got %v", w)
		for _, name := range []string{"message", "inflight", "channels", "batch", "queue", "faults", "depth", "fragments"} {
			c.check(w.object("limits").number(name) > 0, "limit %s is missing in %v", name, w)
		}
	}},
	{name: "each socket has a session of its own", run: func(c *play) {
		a, b := c.open().hello(), c.open().hello()
		c.check(a.text("session") != b.text("session"), "both are %q", a.text("session"))
	}},
	{name: "a client of another document is told that it is stale", run: func(c *play) {
		w := c.open().hello(`"spec":"another"`)
		c.check(w["stale"] == true, "got %v", w)
		again := c.open().hello(`"spec":` + quote(w.text("spec")))
		c.check(again["stale"] == nil, "got %v with the right fingerprint", again)
	}},
	{name: "unknown members of hello are ignored", run: func(c *play) {
		c.open().hello(`"x":{"y":[1]}`)
	}},
	{name: "calls may be pipelined behind hello and come after the welcome", run: func(c *play) {
		n := c.open()
		n.send(`{"t":"hello"}` + "\n" + c.request(1, "echo"))
		n.send(c.request(2, "echo"))
		n.want("welcome")
		got := map[int]bool{n.want("res").number("id"): true, n.want("res").number("id"): true}
		c.check(got[1] && got[2], "got answers to %v", got)
	}},
	{name: "a call before hello ends the socket with 4008", run: func(c *play) {
		n := c.open()
		n.send(c.request(1, "echo"))
		n.bye(4008)
	}},
	{name: "silence instead of hello ends the socket with 4008 within 15 s", run: func(c *play) {
		begin := time.Now()
		c.open().bye(4008)
		c.check(time.Since(begin) < 15*time.Second, "it took %v", time.Since(begin))
	}},
	{name: "a second hello ends the socket with 4009", run: func(c *play) {
		n := c.connect()
		n.send(`{"t":"hello"}`)
		n.bye(4009)
	}},
	{name: "nonsense instead of hello ends the socket with 4000", run: func(c *play) {
		n := c.open()
		n.send(`hello`)
		n.bye(4000)
	}},
	{name: "wrong credentials in hello end the socket with 4101", run: func(c *play) {
		c.token("ada")
		n := c.open()
		n.send(`{"t":"hello","auth":{"scheme":"bearer","token":"nobody"}}`)
		n.bye(4101)
	}},
	{name: "a header with a line feed in hello ends the socket with 4000", run: func(c *play) {
		n := c.open()
		n.send(`{"t":"hello","headers":{"x-a":"b\r\nx-c: d"}}`)
		n.bye(4000)
	}},
}
