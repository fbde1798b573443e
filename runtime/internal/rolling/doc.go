// Package rolling has servers that are replaced one after another behind one address, as a rollout does it.
//
// The address is that of a load balancer: it accepts connections over TCP and hands each to one of the servers.
// A [Fleet] may share one engine, so that nothing is lost, or give each server its own, so that clients have to
// be told.
package rolling
