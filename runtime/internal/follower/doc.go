// Package follower has a client of the protocol that trusts nothing. It joins channels, keeps
// their positions and resumes them as the protocol document says, and holds the server to the
// promise made there under "Recovery": within the declared history and one epoch, every event of
// a channel arrives exactly once and in order; otherwise the client is told before it sees
// anything newer.
//
// A [Follower] needs no network: its owner brings it what was received and sends what it returns.
// [Follower.Run] does so over WebSocket. The model-based test, the tests behind the fault proxy and
// the soak share it.
package follower
