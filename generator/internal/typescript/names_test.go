package typescript

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
	"pgregory.net/rapid"
)

func TestSpelling(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, pascal, method string }{
		{"Message", "Message", "Message"},
		{"createMessage", "CreateMessage", "createMessage"},
		{"pet_store", "PetStore", "pet_store"},
		{"pet-store", "PetStore", "petStore"},
		{"io.k8s.api.core.v1.Pod", "IoK8sApiCoreV1Pod", "ioK8sApiCoreV1Pod"},
		{"repos/list-for-user", "ReposListForUser", "reposListForUser"},
		{"URL-Map", "URLMap", "urlMap"},
		{"APIKeys/list", "APIKeysList", "apiKeysList"},
		{"v1.2.3", "V1_2_3", "v1_2_3"},
		{"200", "_200", "_200"},
		{"+1", "_1", "_1"},
		{"", "Empty", "empty"},
		{"+", "U2B", "u2B"},
		{"\U0001F600", "U1F600", "u1F600"},
		{"日本 語", "日本語", "日本語"},
		{"straße-öl", "StraßeÖl", "straßeÖl"},
		{"हिन्दी", "हिन्दी", "हिन्दी"},
		{"a\u202eb", "AB", "aB"},
		{"ㅤ", "U3164", "u3164"},
		{"\xff", "UFFFD", "ufffd"},
		{"__proto__", "Proto", "__proto__"},
		{"*/ alert(1) /*", "Alert1", "alert1"},
	}
	for _, test := range tests {
		if got := pascal(test.name); got != test.pascal {
			t.Errorf("pascal(%q) = %s, want %s", test.name, got, test.pascal)
		}
		if got := methodName(test.name); got != test.method {
			t.Errorf("method of %q = %s, want %s", test.name, got, test.method)
		}
	}
}

// named allocates names for declarations and says what became of them, with the warnings' rules.
func named(decls ...*spec.Decl) (map[string]string, []string) {
	p := &planner{api: document(decls), types: newScope("type", typeHint, reservedTypes)}
	p.typer = &typer{forms: newForms(decls)}
	p.nameTypes()
	names := map[string]string{}
	for i, d := range decls {
		names[d.Name] = p.typer.names[i][responseForm]
	}
	var rules []string
	for _, d := range p.types.diags {
		rules = append(rules, d.Rule+": "+d.Message)
	}
	return names, rules
}

func TestCollisions(t *testing.T) {
	t.Parallel()
	inline := func(name string) *spec.Decl { return &spec.Decl{Name: name, Type: object()} }
	explicit := func(d *spec.Decl, name string) *spec.Decl { d.TSName = name; return d }
	tests := []struct {
		name  string
		decls []*spec.Decl
		want  string
		rules []string
	}{
		{"nobody collides", []*spec.Decl{component("A", str), inline("A.b")}, "A.b=AB A=A", nil},
		{"the component keeps its name", []*spec.Decl{inline("Order.items"), component("OrderItems", str)}, "Order.items=Order_Items OrderItems=OrderItems",
			[]string{`name-collision: "OrderItems" and "Order.items" would both be the TypeScript type OrderItems; the latter is Order_Items`}},
		{"the exact spelling keeps its name", []*spec.Decl{component("a-b", str), component("AB", str), component("a_b", str)}, "AB=AB a-b=A_B a_b=AUnderscoreB",
			[]string{
				`name-collision: "AB" and "a-b" would both be the TypeScript type AB; the latter is A_B`,
				`name-collision: "AB" and "a_b" would both be the TypeScript type AB; the latter is AUnderscoreB`,
			}},
		{"x-ts-name", []*spec.Decl{explicit(component("a-b", str), "Second"), component("a_b", str)}, "a-b=Second a_b=AB", nil},
		{"x-ts-name wins", []*spec.Decl{component("Pet", str), explicit(component("dog", str), "Pet")}, "Pet=PetType dog=Pet",
			[]string{`name-collision: "dog" and "Pet" would both be the TypeScript type Pet; the latter is PetType`}},
		{"x-ts-name is no identifier", []*spec.Decl{explicit(component("dog", str), "a b;")}, "dog=Dog",
			[]string{`name-invalid: "a b;" is no identifier of TypeScript; "dog" is Dog`}},
		{"what index.ts exports", []*spec.Decl{component("client", str)}, "client=ClientType",
			[]string{`name-collision: "client" would be the TypeScript type Client, which is the client; it is ClientType`}},
		{"keyword", []*spec.Decl{explicit(component("x", str), "string")}, "x=X",
			[]string{`name-collision: "x" would be the TypeScript type string, which is a type; it is X`}},
		{"globals", []*spec.Decl{component("File", str), component("Promise", str), component("Map", str)}, "File=File Map=Map Promise=Promise", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			names, rules := named(test.decls...)
			var got []string
			for name, id := range names {
				got = append(got, name+"="+id)
			}
			slices.Sort(got)
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
			slices.Sort(rules)
			if !slices.Equal(rules, test.rules) {
				t.Errorf("warnings:\ngot  %q\nwant %q", rules, test.rules)
			}
		})
	}
}

// someDecls draws declarations whose names often meet.
func someDecls(t *rapid.T) []*spec.Decl {
	word := rapid.OneOf(rapid.SampledFrom([]string{"a", "A", "b", "-", "_", ".", " ", "1", "", "é", "日", "Client", "string"}), rapid.String())
	names := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), "")
	}), 0, 12, rapid.ID).Draw(t, "names")
	decls := make([]*spec.Decl, len(names))
	for i, name := range names {
		decls[i] = &spec.Decl{Name: name, Component: rapid.Bool().Draw(t, "component"), Type: str}
	}
	return decls
}

func TestNamesAreDistinctIdentifiersInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decls := someDecls(t)
		names, _ := named(decls...)
		seen := map[string]string{}
		for name, id := range names {
			if other, ok := seen[id]; ok {
				t.Fatalf("%q and %q are both %s", name, other, id)
			}
			if _, reserved := reservedTypes[id]; reserved || !isIdentifier(id) {
				t.Fatalf("%q is %q", name, id)
			}
			seen[id] = name
		}
		shuffled := slices.Clone(decls)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		again, _ := named(shuffled...)
		if fmt.Sprint(again) != fmt.Sprint(names) {
			t.Fatalf("in another order: %v, want %v", again, names)
		}
	})
}

// Each claim spells its further wishes once: with thousands of names that fold to one, spelling
// them in every round was most of what generating cost.
func TestThousandsOfOneNameAreNumberedInOnePass(t *testing.T) {
	t.Parallel()
	const n = 5000
	spelled := 0
	claims := make([]claim, n)
	for i := range claims {
		claims[i] = claim{
			source: fmt.Sprintf("s%05d", i), first: "Same",
			rest: func() []string { spelled++; return []string{"Same_", "SameType"} },
		}
	}
	names := newScope("type", typeHint, reservedTypes).allocate(claims)
	want := []string{"Same", "Same_", "SameType", "SameType2", "SameType3"}
	if got := names[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("the first are %q, want %q", got, want)
	}
	if got, want := names[n-1], fmt.Sprintf("SameType%d", n-2); got != want {
		t.Errorf("the last is %s, want %s", got, want)
	}
	if spelled > n {
		t.Errorf("%d claims spelled their wishes %d times", n, spelled)
	}
}

func TestAnAdditionThatMeetsNobodyRenamesNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decls := someDecls(t)
		before, _ := named(decls...)
		added := component("Zzz", str) // no other name has three of them
		if _, taken := before[added.Name]; taken || slices.ContainsFunc(decls, func(d *spec.Decl) bool { return strings.Contains(strings.ToLower(d.Name), "z") }) {
			return
		}
		after, _ := named(append(slices.Clone(decls), added)...)
		delete(after, added.Name)
		if fmt.Sprint(after) != fmt.Sprint(before) {
			t.Fatalf("after the addition: %v, before: %v", after, before)
		}
	})
}

func TestAnAdditionThatYieldsRenamesNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decls := someDecls(t)
		before, _ := named(decls...)
		// Inline types yield to components, and the last source of a rank to the others.
		added := &spec.Decl{Name: "\U0010ffff" + rapid.SampledFrom([]string{"a", "A", "b", "a.b"}).Draw(t, "added"), Type: str}
		after, _ := named(append(slices.Clone(decls), added)...)
		wish, second := pascal(added.Name), otherTypeNames(added)[0]
		for name, id := range before {
			if after[name] != id && id != wish && id != second {
				t.Fatalf("%q was %s and is %s, which %q never asked for", name, id, after[name], added.Name)
			}
		}
	})
}

func TestMethodsLeaveTheClientItsOwn(t *testing.T) {
	t.Parallel()
	var ops []*spec.Operation
	for name := range reservedMethods {
		ops = append(ops, get(name, str))
	}
	slices.SortFunc(ops, func(a, b *spec.Operation) int { return strings.Compare(a.ID, b.ID) })
	p := &planner{api: document(nil, ops...)}
	for i, name := range p.nameMethods() {
		if _, reserved := reservedMethods[name]; reserved {
			t.Errorf("the operation %q is the method %s", ops[i].ID, name)
		}
	}
	if len(p.diags) != len(ops) {
		t.Errorf("%d warnings for %d operations", len(p.diags), len(ops))
	}
}
