package jsonschema

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// isHostname checks RFC 1123 section 2.1: labels of letters, digits and inner hyphens. Labels
// with hyphens at the third and fourth place are reserved (RFC 5890) and must at least start
// with xn--.
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if len(label) >= 4 && label[2:4] == "--" && !punycode(label) {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' {
				return false
			}
		}
	}
	return true
}

// punycode reports whether a label has the form of an A-label.
func punycode(label string) bool {
	return len(label) > 4 && strings.EqualFold(label[:4], "xn--")
}

// isEmail checks the Mailbox of RFC 5321 section 4.1.2; international also allows the UTF-8 of
// RFC 6531.
func isEmail(s string, international bool) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || at == len(s)-1 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if !isLocalPart(local, international) {
		return false
	}
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		if v6, is6 := strings.CutPrefix(literal, "IPv6:"); is6 {
			return ok && isIPv6(v6)
		}
		return ok && isIPv4(literal)
	}
	if international && !ascii(domain) {
		return !strings.ContainsAny(domain, " @[]()<>,;:\\\"") && !strings.Contains(domain, "..")
	}
	return isHostname(domain)
}

func isLocalPart(s string, international bool) bool {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return isQuotedString(s[1:len(s)-1], international)
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			c := atom[i]
			switch {
			case isLetter(c), isDigit(c), strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0:
			case international && c >= utf8.RuneSelf:
			default:
				return false
			}
		}
	}
	return true
}

func isQuotedString(s string, international bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			if i++; i == len(s) {
				return false
			}
			c = 'a' // whatever was quoted
			if s[i] < ' ' || s[i] > '~' {
				return false
			}
		}
		if c == '"' || c < ' ' || c == 0x7f || c >= utf8.RuneSelf && !international {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isURI checks RFC 3986, or RFC 3987 when international. With absolute a scheme is required;
// otherwise relative references are as good.
func isURI(s string, international, absolute bool) bool {
	rest := s
	colon := strings.IndexByte(s, ':')
	if hasScheme := colon > 0 && isScheme(s[:colon]); hasScheme {
		rest = s[colon+1:]
	} else if absolute {
		return false
	} else if first, _, _ := strings.Cut(cutAny(s, "?#"), "/"); strings.Contains(first, ":") {
		return false // the first segment of a relative path must not look like a scheme
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if !uriChars(fragment, ":@/?", international) || !uriChars(query, ":@/?", international) {
		return false
	}
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		authority, path, _ := strings.Cut(authority, "/")
		return isAuthority(authority, international) && uriChars(path, ":@/", international)
	}
	return uriChars(rest, ":@/", international)
}

// cutAny returns s up to the first of the given bytes.
func cutAny(s, set string) string {
	if i := strings.IndexAny(s, set); i >= 0 {
		return s[:i]
	}
	return s
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isLetter(c) && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

func isAuthority(s string, international bool) bool {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if !uriChars(s[:at], ":", international) {
			return false
		}
		s = s[at+1:]
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || !isIPLiteral(s[1:end]) {
			return false
		}
		rest := s[end+1:]
		if rest != "" && rest[0] != ':' {
			return false
		}
		host, port = "", strings.TrimPrefix(rest, ":")
	} else if colon := strings.LastIndexByte(s, ':'); colon >= 0 {
		host, port = s[:colon], s[colon+1:]
	}
	_, ok := number(port)
	return ok && uriChars(host, "", international)
}

func isIPLiteral(s string) bool {
	if len(s) > 1 && s[0]|0x20 == 'v' { // IPvFuture
		version, address, ok := strings.Cut(s[1:], ".")
		return ok && version != "" && address != "" && uriChars(address, ":", false)
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// uriChars reports whether s consists of unreserved characters, sub-delimiters, percent escapes
// and the given extra ones.
func uriChars(s, extra string, international bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isLetter(c), isDigit(c), strings.IndexByte("-._~!$&'()*+,;=", c) >= 0, strings.IndexByte(extra, c) >= 0:
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		case international && c >= utf8.RuneSelf:
		default:
			return false
		}
	}
	return true
}

// isURITemplate checks RFC 6570: literals, and expressions of variable names with modifiers.
func isURITemplate(s string) bool {
	for s != "" {
		open := strings.IndexAny(s, "{}")
		if open < 0 {
			return templateLiteral(s)
		}
		if s[open] == '}' || !templateLiteral(s[:open]) {
			return false
		}
		expr, rest, ok := strings.Cut(s[open+1:], "}")
		if !ok || !templateExpression(expr) {
			return false
		}
		s = rest
	}
	return true
}

func templateLiteral(s string) bool {
	return !strings.ContainsAny(s, " \"<>\\^`|") && uriChars(strings.Map(func(r rune) rune {
		if strings.ContainsRune(":/?#[]@", r) {
			return 'a'
		}
		return r
	}, s), "", true)
}

func templateExpression(s string) bool {
	if s != "" && strings.IndexByte("+#./;?&=,!@|", s[0]) >= 0 {
		s = s[1:]
	}
	for spec := range strings.SplitSeq(s, ",") {
		spec = strings.TrimSuffix(spec, "*")
		name, prefix, cut := strings.Cut(spec, ":")
		if _, ok := number(prefix); cut && (!ok || prefix == "" || prefix[0] == '0' || len(prefix) > 4) {
			return false
		}
		if !templateName(name) {
			return false
		}
	}
	return true
}

func templateName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			switch c := part[i]; {
			case isLetter(c), isDigit(c), c == '_':
			case c == '%' && i+2 < len(part) && isHex(part[i+1]) && isHex(part[i+2]):
				i += 2
			default:
				return false
			}
		}
	}
	return true
}
