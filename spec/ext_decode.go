package spec

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The helpers below decode extension values strictly: every rule of
// x-realtime.schema.json is a diagnostic of its own at the value it is about.

var (
	namePattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)
	durPattern     = regexp.MustCompile(`^([0-9]+)(ms|s|m|h)$`)
	ratePattern    = regexp.MustCompile(`^([0-9]+)/(s|m)$`)
	statusPattern  = regexp.MustCompile(`^[1-5]([0-9]{2}|XX)$`)
	pointerPattern = regexp.MustCompile(`^(/([^~/]|~[01])*)*$`)
)

// object checks that n is an object with none but the known keys; keys of
// extensions ("x-…") may always be added. where names it in messages.
func (b *builder) extObject(n *node, where string, known ...string) bool {
	if n == nil {
		return false
	}
	if !n.isObject() {
		b.report.errorf(n, "realtime-type", "%s must be an object, this is %s", where, n.kind)
		return false
	}
	for _, m := range n.kids {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		found := false
		for _, k := range known {
			found = found || k == m.key
		}
		if !found {
			hint := didYouMean(m.key, known)
			if hint == "" {
				hint = "known keys are " + strings.Join(known, ", ")
			}
			b.report.errorKey(m.value, "realtime-unknown-key", hint, "%s has no key %s", where, quote(m.key))
		}
	}
	return true
}

// extRequired reports keys that must be there.
func (b *builder) extRequired(n *node, where string, keys ...string) bool {
	complete := true
	for _, key := range keys {
		if !n.has(key) {
			complete = false
			b.report.errorKey(n, "realtime-missing-key", "", "%s needs %s", where, key)
		}
	}
	return complete
}

// extWant checks the kind of a member; absent members are fine.
func (b *builder) extWant(n *node, key string, kind nodeKind) *node {
	v := n.get(key)
	if v == nil {
		return nil
	}
	if v.kind != kind {
		b.report.errorf(v, "realtime-type", "%s must be %s, this is %s", key, kind, v.kind)
		return nil
	}
	return v
}

func (b *builder) extText(n *node, key, def string) string {
	if v := b.extWant(n, key, stringNode); v != nil {
		return v.text
	}
	return def
}

func (b *builder) extFlag(n *node, key string, def bool) bool {
	if v := b.extWant(n, key, boolNode); v != nil {
		return v.text == "true"
	}
	return def
}

func (b *builder) extDocFlag(n *node, key string) bool { return b.extFlag(n, key, false) }

// extInt reads a whole number of at least min; 0 when absent or wrong.
func (b *builder) extInt(n *node, key string, min int) int {
	v := b.extWant(n, key, numberNode)
	if v == nil {
		return 0
	}
	i, err := strconv.Atoi(v.text)
	switch {
	case err != nil:
		b.report.errorf(v, "realtime-value", "%s must be a whole number, this is %s", key, v.text)
	case i < min:
		b.report.errorf(v, "realtime-value", "%s must be at least %d, this is %d", key, min, i)
	default:
		return i
	}
	return 0
}

// extWord reads one of a few words.
func (b *builder) extWord(n *node, key, def string, words ...string) string {
	v := b.extWant(n, key, stringNode)
	if v == nil {
		return def
	}
	for _, w := range words {
		if v.text == w {
			return w
		}
	}
	hint := didYouMean(v.text, words)
	if hint == "" {
		hint = "write " + strings.Join(words, ", ")
	}
	b.report.errorHint(v, "realtime-value", hint, "%s is no value for %s", quote(v.text), key)
	return def
}

// extDuration reads "250ms", "30s", "5m" or "24h".
func (b *builder) extDuration(n *node, key string) time.Duration {
	v := n.get(key)
	if v == nil {
		return 0
	}
	match := durPattern.FindStringSubmatch(v.text)
	if v.kind != stringNode || match == nil {
		b.report.errorHint(v, "realtime-duration", "write for example 250ms, 30s, 5m or 24h", "%s is no duration", quote(v.text))
		return 0
	}
	unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour}[match[2]]
	count, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil || count > int64(1<<62)/int64(unit) {
		b.report.errorf(v, "realtime-duration", "%s is too long", quote(v.text))
		return 0
	}
	return time.Duration(count) * unit
}

// extRate reads "5/s" or "100/m".
func (b *builder) extRate(n *node, key string) Rate {
	v := n.get(key)
	if v == nil {
		return Rate{}
	}
	match := ratePattern.FindStringSubmatch(v.text)
	if v.kind != stringNode || match == nil {
		b.report.errorHint(v, "realtime-rate", "write for example 5/s or 100/m", "%s is no rate", quote(v.text))
		return Rate{}
	}
	count, err := strconv.Atoi(match[1])
	if err != nil || count == 0 || count > 1<<31-1 {
		b.report.errorf(v, "realtime-rate", "%s is no rate: it must be between 1 and %d", quote(v.text), 1<<31-1)
		return Rate{}
	}
	if match[2] == "m" {
		return Rate{N: count, Per: time.Minute}
	}
	return Rate{N: count, Per: time.Second}
}

// extPointer reads a JSON pointer.
func (b *builder) extPointer(n *node, key string) (pointer string, ok bool) {
	v := b.extWant(n, key, stringNode)
	if v == nil {
		return "", false
	}
	if !pointerPattern.MatchString(v.text) {
		b.report.errorHint(v, "realtime-pointer", `write for example "/id"`, "%s is no JSON pointer", quote(v.text))
		return "", false
	}
	return v.text, true
}

// extName checks the name of a channel or event, at its key.
func (b *builder) extName(n *node, what string) bool {
	if namePattern.MatchString(n.key()) {
		return true
	}
	b.report.errorKey(n, "realtime-name", "", "%s is no name for %s: a letter, then up to 63 letters, digits, dots, dashes and underscores",
		quote(n.key()), what)
	return false
}

// extLiteral is a value that is given as it stands.
func extLiteral(n *node) json.RawMessage { return rawJSON(n) }
