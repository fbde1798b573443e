package runtime

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// This file is the client for URLs that strangers have given. Addresses are looked at when the
// connection is made, after the name has been resolved, so that no name can lead elsewhere.

// closedNetworks are the special-purpose blocks (RFC 6890 and its registries) that package
// netip does not tell apart from public addresses.
var closedNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this host, RFC 791
	netip.MustParsePrefix("100.64.0.0/10"),   // shared by carriers, RFC 6598
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments, RFC 6890
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation, RFC 5737
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks, RFC 2544
	netip.MustParsePrefix("198.51.100.0/24"), // documentation, RFC 5737
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation, RFC 5737
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, RFC 1112, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // translated to IPv4, RFC 6052
	netip.MustParsePrefix("64:ff9b:1::/48"),  // translated to IPv4, RFC 8215
	netip.MustParsePrefix("100::/64"),        // discard, RFC 6666
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, RFC 2928: Teredo and others
	netip.MustParsePrefix("2001:db8::/32"),   // documentation, RFC 3849
	netip.MustParsePrefix("2002::/16"),       // 6to4, RFC 3056
}

// isPublic reports whether an address is one that anybody may be sent to.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, network := range closedNetworks {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}

// refusePrivate is a net.Dialer.Control.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPublic(target.Addr()) {
		return fmt.Errorf("%s is no public address; pass a client with WithClient to reach it", target.Addr())
	}
	return nil
}

// newPublicClient returns the client that a Sender has unless it is given another one.
func newPublicClient() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: refusePrivate}
	return &http.Client{
		Timeout: 30 * time.Second, // what senders of webhooks usually grant, and less than most proxies
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConns:        100,
			IdleConnTimeout:     90 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
