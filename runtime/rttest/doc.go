// Package rttest tests servers of rtgen without a port.
//
// [Parity] plays every operation of a server over HTTP and over a socket and fails the test where the
// two answers differ:
//
//	func TestParity(t *testing.T) {
//		rttest.Parity(t, func() *rt.Server {
//			return api.NewServer(newHandler(), api.WithSession(check))
//		}, rttest.Credentials("session", "a session that check accepts"))
//	}
//
// The server under test is the whole one, with its middleware: middleware that a socket call does not meet
// as an HTTP request does is what Parity is there to find.
//
// [Start] serves a server in memory. [Host.Client] is an HTTP client for it, and [Host.Dial] opens a socket
// on which a test can call operations and read events.
package rttest
