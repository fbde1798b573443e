package runtime

import (
	"crypto/rand"
	"time"
)

// crockford is the alphabet of ULIDs: base 32 without I, L, O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newEventID returns a ULID: 48 bits of milliseconds and 80 random bits, so that ids sort
// roughly by time and never meet.
func newEventID() string {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // never fails
	ms := uint64(time.Now().UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	var out [26]byte
	// 128 bits are 26 digits of 5 bits with two bits to spare, at the front.
	var acc uint64
	bits, at := 2, 0
	for _, c := range b {
		acc = acc<<8 | uint64(c)
		for bits += 8; bits >= 5; at++ {
			bits -= 5
			out[at] = crockford[acc>>bits&31]
		}
	}
	return string(out[:])
}
