package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"unicode/utf8"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

const hexDigits = "0123456789abcdef"

// unsafeASCII marks the ASCII bytes that a string must escape.
var unsafeASCII = func() (t [128]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// appendString writes a string as encoding/json does without HTML escaping: control characters,
// quotes, backslashes and the two JavaScript line separators are escaped, invalid UTF-8 becomes
// U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if i+8 <= len(s) && plainBytes(s[i:]) {
			i += 8
			continue
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if unsafeASCII[c] {
				dst = appendEscape(append(dst, s[start:i]...), c)
				start = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + n
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xF])
			start = i + n
		}
		i += n
	}
	return append(append(dst, s[start:]...), '"')
}

// plainBytes reports whether the first eight bytes of s can be written as they are.
func plainBytes(s string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	w := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s), 8))
	quote, slash := w^ones*'"', w^ones*'\\'
	return ((w-ones*0x20)|w|(quote-ones)|(slash-ones))&highs == 0
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}

// plainText reports whether text needs no escape and is ASCII.
func plainText(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf || unsafeASCII[c] {
			return false
		}
	}
	return true
}

// appendRaw writes JSON made elsewhere. It must be as strict as what Decode accepts, so that what
// one side sends the other can read; white space is dropped.
func appendRaw(e *encoder, dst, raw []byte) []byte {
	if raw == nil {
		return append(dst, "null"...)
	}
	var s jsonscan.Skipper
	start := jsonscan.SkipSpace(raw, 0)
	end := s.Skip(raw, start, maxEncodeDepth)
	if end < 0 || jsonscan.SkipSpace(raw, end) != len(raw) {
		return e.fail(dst, "raw JSON is not valid")
	}
	raw = raw[start:end]
	if bytes.IndexAny(raw, " \n\r\t") < 0 {
		return append(dst, raw...)
	}
	buf := bytes.NewBuffer(dst)
	if err := json.Compact(buf, raw); err != nil {
		return e.fail(dst, "raw JSON is not valid: %w", err)
	}
	return buf.Bytes()
}
