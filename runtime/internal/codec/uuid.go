package codec

import (
	"encoding/hex"
	"errors"
	"slices"
)

// UUID is an RFC 9562 identifier of any version. The zero value is the nil UUID. Its text form
// has 36 characters; reading accepts either case, writing uses lower case.
type UUID [16]byte

// ParseUUID reads the text form.
func ParseUUID(text string) (UUID, error) {
	var u UUID
	err := u.UnmarshalText([]byte(text))
	return u, err
}

// String returns the text form.
func (u UUID) String() string { return string(u.append(nil)) }

// AppendText appends the text form. It does not fail.
func (u UUID) AppendText(dst []byte) ([]byte, error) { return u.append(dst), nil }

// MarshalText returns the text form. It does not fail.
func (u UUID) MarshalText() ([]byte, error) { return u.append(nil), nil }

func (u *UUID) append(dst []byte) []byte {
	dst = slices.Grow(dst, 36)
	for i, part := range [...][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

var errUUID = errors.New("must be a UUID")

// UnmarshalText reads the text form.
func (u *UUID) UnmarshalText(text []byte) error {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return errUUID
	}
	var out UUID
	for i, at := range [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		high, low := unhex(text[at]), unhex(text[at+1])
		if high|low > 0xF {
			return errUUID
		}
		out[i] = high<<4 | low
	}
	*u = out
	return nil
}

// unhex returns the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
