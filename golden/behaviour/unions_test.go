package behaviour

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/rtgen/rtgen/golden/internal/peer"
	unions "github.com/rtgen/rtgen/golden/unions/go"
)

// TestUnionsThroughEncodingJSON writes and reads unions where no schema is at hand.
func TestUnionsThroughEncodingJSON(t *testing.T) {
	t.Parallel()
	for text, v := range map[string]any{
		`{"petType":"cat","lives":9}`:    new(unions.Pet),
		`{"petType":"dog","barks":true}`: new(unions.Pet),
		`{"width":1,"height":2}`:         new(unions.Shape),
		`true`:                           new(unions.ValueScalar),
		`"x"`:                            new(unions.ValueScalar),
		`1.5`:                            new(unions.ValueScalar),
		`{"weight":2,"radius":1.5,"street":"High Street"}`: new(unions.Parcel),
	} {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Errorf("%s as %T: %v", text, v, err)
			continue
		}
		if got, err := json.Marshal(v); err != nil || string(got) != text {
			t.Errorf("%s as %T comes back as %s (%v)", text, v, got, err)
		}
	}
	for text, v := range map[string]any{
		`{"petType":"cat"}`: new(unions.Pet),
		`[]`:                new(unions.ValueScalar),
	} {
		if err := json.Unmarshal([]byte(text), v); err == nil {
			t.Errorf("%s is taken as %T", text, v)
		}
	}
}

// forgetful leaves the discriminator to the runtime.
type forgetful struct{ unions.Unimplemented }

func (forgetful) AddPet(context.Context, *unions.AddPetRequest) (unions.AddPetResponse, error) {
	return unions.AddPetOK{Body: unions.Pet{Cat: &unions.Cat{Lives: 9}}}, nil
}

func TestDiscriminatorIsFilledIn(t *testing.T) {
	t.Parallel()
	server := unions.NewServer(forgetful{})
	p := peer.Dial(t, server, "/realtime")
	got := peer.Both(t, server, p, peer.Call{Op: "addPet", Method: "POST", Target: "/pets", Body: `{"petType":"dog","barks":true}`})
	if want := `{"petType":"cat","lives":9}`; got.Body != want {
		t.Errorf("the answer is %s, want %s", got.Body, want)
	}
}
