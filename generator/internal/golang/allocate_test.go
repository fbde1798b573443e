package golang

import (
	"fmt"
	"go/token"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExported(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"roomId", "RoomID"},
		{"room_id", "RoomID"},
		{"room-id", "RoomID"},
		{"room.id", "RoomID"},
		{"userIds", "UserIDs"},
		{"userIDs", "UserIDs"},
		{"imageUrl", "ImageURL"},
		{"HTTPServer", "HTTPServer"},
		{"httpServer", "HTTPServer"},
		{"APIKey", "APIKey"},
		{"v1beta1", "V1beta1"},
		{"io.k8s.api.core.v1.Pod", "IOK8sAPICoreV1Pod"},
		{"PENDING_REVIEW", "PendingReview"},
		{"USD", "USD"},
		{"PENDING", "Pending"},
		{"200", "N200"},
		{"+1", "Plus1"},
		{"-1", "Minus1"},
		{"1.5", "N1_5"},
		{"gpt-3.5", "Gpt3_5"},
		{"gpt-35", "Gpt35"},
		{"", "Empty"},
		{" ", "Space"},
		{"*", "Star"},
		{"$ref", "Ref"},
		{"日本", "X日本"},
		{"été", "Été"},
		{"👍", "U1F44D"},
		{"a👍", "A"},
		{"x\ny", "XY"},
		{"*/ evil", "Evil"},
		{"type", "Type"},
		{"\xff", "UFFFD"},
	}
	for _, tt := range tests {
		if got := exported(tt.in, "N"); got != tt.want {
			t.Errorf("exported(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestSpelledOutKeepsNamesApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a-b": "ADashB", "a_b": "AUnderscoreB", "a.b": "ADotB", "a b": "ASpaceB", "@a": "AtA", "a": "A", "a👍": "AU1F44D", "": "Empty",
	} {
		if got := spelledOut(in, "N"); got != want {
			t.Errorf("spelledOut(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestUnexported(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"CreateMessage": "createMessage", "URLList": "urlList", "ID": "id", "X日本": "x日本", "A": "a", "Été": "été",
	} {
		if got := unexported(in); got != want {
			t.Errorf("unexported(%q) = %s, want %s", in, got, want)
		}
	}
}

// Whatever a document calls things, emitted names are exported identifiers of
// bounded length.
func FuzzExported(f *testing.F) {
	for _, s := range []string{"", "a-b", "+1", "日本", "\xff\x00", "if", "a\u2028b", strings.Repeat("long", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range append(wishes(s, "Model"), "X"+inner(s), exported(s, "Model")) {
			if !token.IsIdentifier(got) || !token.IsExported(got) {
				t.Errorf("%q became %q, which is no exported identifier", s, got)
			}
			if n := len([]rune(got)); n > maxName+20 {
				t.Errorf("%q became a name of %d runes", s, n)
			}
		}
		if low := unexported(exported(s, "Model")); !token.IsIdentifier(low+"Operation") || token.IsExported(low) {
			t.Errorf("%q became %q, which is no unexported identifier", s, low)
		}
	})
}

func TestWhoGetsAContestedName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ids  []string
		want map[string]string
	}{
		{"separators", []string{"a-b", "a_b", "a.b"}, map[string]string{"a-b": "AB", "a.b": "ADotB", "a_b": "AUnderscoreB"}},
		{"paths", []string{"a/b/{k}", "a/b({k})"}, map[string]string{"a/b/{k}": "ABK", "a/b({k})": "ABOpenKClose"}},
		{"the plain spelling", []string{"a-b", "AB"}, map[string]string{"AB": "AB", "a-b": "ADashB"}},
		{"case", []string{"asc", "Asc", "aSC"}, map[string]string{"Asc": "Asc", "asc": "AscLower", "aSC": "ASC"}},
		{"somebody's fallback", []string{"a-b", "a_b", "AUnderscoreB"},
			map[string]string{"a-b": "AB", "AUnderscoreB": "AUnderscoreB", "a_b": "ABLower"}},
		{"Go's own", []string{"handler", "Handler"}, map[string]string{"Handler": "HandlerModel", "handler": "HandlerLower"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, names(tt.ids)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCollisionsAreReported(t *testing.T) {
	t.Parallel()
	claims := claimsFor([]string{"a-b", "a_b", "handler"})
	ds := packageScope().allocate(claims)
	if len(ds) != 2 {
		t.Fatalf("got %d diagnostics, want 2: %v", len(ds), ds)
	}
	for i, want := range []string{
		`schema "handler" is called HandlerModel in Go, because emitted code needs Handler itself`,
		`schema "a_b" is called AUnderscoreB in Go, because schema "a-b" is AB already`,
	} {
		if ds[i].Message != want || ds[i].Rule != "name-collision" || ds[i].Hint == "" {
			t.Errorf("got %q (%s, %s), want %q", ds[i].Message, ds[i].Rule, ds[i].Hint, want)
		}
	}
}

// Names are unique, do not depend on order, and an addition changes those alone
// that want what it wants, directly or as a fallback.
func TestAllocatorProperties(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		ids := randomIDs(rnd)
		before := names(ids)
		if len(before) != len(ids) {
			t.Fatalf("%q: %d names", ids, len(before))
		}
		seen := map[string]bool{}
		for id, name := range before {
			if seen[name] || !token.IsIdentifier(name) {
				t.Fatalf("%q: name %s of %q is taken twice or no identifier", ids, name, id)
			}
			seen[name] = true
		}
		shuffled := slices.Clone(ids)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if d := cmp.Diff(before, names(shuffled)); d != "" {
			t.Fatalf("order matters for %q: %s", ids, d)
		}
		added := fmt.Sprintf("x%dy%d", rnd.IntN(100), rnd.IntN(100)) // wants what nobody else wants
		after := names(append(slices.Clone(ids), added))
		delete(after, added)
		if d := cmp.Diff(before, after); d != "" {
			t.Fatalf("adding %q to %q renames: %s", added, ids, d)
		}
	}
}

func TestEarlierCallsWin(t *testing.T) {
	t.Parallel()
	s := packageScope()
	schema := &claim{id: "CreateMessageRequest", want: wishes("CreateMessageRequest", "Model")}
	request := &claim{id: "createMessage", want: []string{"CreateMessageRequest", "CreateMessageInput"}}
	s.allocate([]*claim{schema})
	s.allocate([]*claim{request})
	if schema.got != "CreateMessageRequest" || request.got != "CreateMessageInput" {
		t.Errorf("schema is %s, request is %s", schema.got, request.got)
	}
}

func claimsFor(ids []string) []*claim {
	var claims []*claim
	for _, id := range ids {
		want := wishes(id, "Model")
		claims = append(claims, &claim{id: id, want: want, other: []string{want[0] + "Model"}, what: fmt.Sprintf("schema %q", id), steer: "x-go-name"})
	}
	return claims
}

func names(ids []string) map[string]string {
	claims := claimsFor(ids)
	packageScope().allocate(claims)
	m := map[string]string{}
	for _, c := range claims {
		m[c.id] = c.got
	}
	return m
}

func randomIDs(rnd *rand.Rand) []string {
	var ids []string
	for range 1 + rnd.IntN(12) {
		var b strings.Builder
		for range rnd.IntN(4) {
			b.WriteString([]string{"a", "b", "A", "B", "-", "_", ".", "1", "Dash", "日", "+", ""}[rnd.IntN(12)])
		}
		if id := b.String(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
