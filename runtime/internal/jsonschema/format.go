package jsonschema

import (
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// stringFormats are the formats that are asserted for strings: those of JSON Schema 2020-12
// (section 7.3) and of the OpenAPI format registry. Other names are annotations, among them
// idn-hostname, whose rules need Unicode tables that the standard library does not have.
var stringFormats = map[string]func(string) bool{
	"date-time":             isDateTime,
	"date":                  isDate,
	"time":                  isTime,
	"duration":              isDuration,
	"uuid":                  isUUID,
	"uri":                   func(s string) bool { return isURI(s, false, true) },
	"uri-reference":         func(s string) bool { return isURI(s, false, false) },
	"iri":                   func(s string) bool { return isURI(s, true, true) },
	"iri-reference":         func(s string) bool { return isURI(s, true, false) },
	"uri-template":          isURITemplate,
	"email":                 func(s string) bool { return isEmail(s, false) },
	"idn-email":             func(s string) bool { return isEmail(s, true) },
	"hostname":              isHostname,
	"ipv4":                  isIPv4,
	"ipv6":                  isIPv6,
	"regex":                 isRegex,
	"json-pointer":          isJSONPointer,
	"relative-json-pointer": isRelativeJSONPointer,
	"byte":                  isBase64,
	"base64url":             isBase64URL,
	"char":                  func(s string) bool { return utf8.RuneCountInString(s) == 1 },
}

// numberFormat is a format of numbers: what it accepts, and which integers of 64 bits those are.
type numberFormat struct {
	ok       func(raw []byte) bool
	min, max int64
}

// numberFormats are the formats that are asserted for numbers, those of the OpenAPI registry and
// their obvious companions. Integer formats take 1.0 and 1e2, as type integer does.
var numberFormats = map[string]numberFormat{
	"int8":       signed(8),
	"int16":      signed(16),
	"int32":      signed(32),
	"int64":      signed(64),
	"uint8":      unsigned(8),
	"uint16":     unsigned(16),
	"uint32":     unsigned(32),
	"uint64":     unsigned(64),
	"float":      float(32),
	"double":     float(64),
	"double-int": within(-1<<53+1, 1<<53-1),
}

func within(lo, hi int64) numberFormat {
	return numberFormat{func(raw []byte) bool {
		v, ok := jsonscan.ParseDecimal(raw).Int64()
		return ok && v >= lo && v <= hi
	}, lo, hi}
}

func signed(bits uint) numberFormat {
	return within(math.MinInt64>>(64-bits), math.MaxInt64>>(64-bits))
}

func unsigned(bits uint) numberFormat {
	if bits < 64 {
		return within(0, math.MaxUint32>>(32-bits))
	}
	return numberFormat{func(raw []byte) bool {
		_, ok := jsonscan.ParseDecimal(raw).Uint64()
		return ok
	}, 0, math.MaxInt64}
}

func float(bits int) numberFormat {
	return numberFormat{func(raw []byte) bool {
		_, err := strconv.ParseFloat(string(raw), bits)
		return err == nil
	}, math.MinInt64, math.MaxInt64}
}

// isUUID checks RFC 9562 text form, any version.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !isHex(c) {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

func isRegex(s string) bool {
	_, err := CompilePattern(s)
	return err == nil || strings.Contains(err.Error(), "is not supported")
}

// isBase64 checks RFC 4648 section 4 with padding, what OpenAPI calls byte.
func isBase64(s string) bool {
	if strings.ContainsAny(s, "\r\n") {
		return false // the decoder would skip them
	}
	return decodes(base64.StdEncoding, s)
}

// isBase64URL checks RFC 4648 section 5, padded or not.
func isBase64URL(s string) bool {
	if strings.ContainsAny(s, "\r\n") {
		return false
	}
	if strings.HasSuffix(s, "=") {
		return decodes(base64.URLEncoding, s)
	}
	return decodes(base64.RawURLEncoding, s)
}

func decodes(enc *base64.Encoding, s string) bool {
	_, err := enc.Strict().DecodeString(s)
	return err == nil
}

// isJSONPointer checks RFC 6901.
func isJSONPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

// isRelativeJSONPointer checks draft-bhutton-relative-json-pointer.
func isRelativeJSONPointer(s string) bool {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == 0 || i > 1 && s[0] == '0' {
		return false
	}
	return s[i:] == "#" || isJSONPointer(s[i:])
}
