package runtime

import "encoding/hex"

// UUID is a UUID.
type UUID [16]byte

func (u UUID) String() string { t, _ := u.MarshalText(); return string(t) }
func (u UUID) MarshalText() ([]byte, error) {
	h := hex.EncodeToString(u[:])
	return []byte(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
}
func (u *UUID) UnmarshalText(text []byte) error {
	var hexed []byte
	for _, c := range text {
		if c != '-' {
			hexed = append(hexed, c)
		}
	}
	if len(hexed) != 32 {
		return hex.ErrLength
	}
	_, err := hex.Decode(u[:], hexed)
	return err
}
