package codec

import "encoding/json"

// Nullable is a value that may be absent, null, or there: what a schema means that has a member
// both optional and nullable, and what a merge patch needs. The zero value is absent. Give such
// fields `json:",omitzero"`, so that absent ones are not written; where that is missing, absent is
// written as null.
type Nullable[T any] struct {
	// Value holds the value when State says so. Use Get.
	Value T
	// State is 0 for absent, 1 for null, 2 for a value.
	State uint8
}

// The states of a Nullable.
const (
	stateAbsent uint8 = iota
	stateNull
	stateValue
)

// Null returns the Nullable that is null.
func Null[T any]() Nullable[T] { return Nullable[T]{State: stateNull} }

// Value returns the Nullable that holds v.
func Value[T any](v T) Nullable[T] { return Nullable[T]{v, stateValue} }

// Get returns the value and whether there is one.
func (n Nullable[T]) Get() (T, bool) {
	if n.State == stateValue {
		return n.Value, true
	}
	var zero T
	return zero, false
}

// Or returns the value, or def when there is none.
func (n Nullable[T]) Or(def T) T {
	if n.State == stateValue {
		return n.Value
	}
	return def
}

// IsNull reports whether it is null, not absent.
func (n Nullable[T]) IsNull() bool { return n.State == stateNull }

// IsSet reports whether it is present: null or a value.
func (n Nullable[T]) IsSet() bool { return n.State != stateAbsent }

// IsZero reports whether it is absent. It makes the omitzero option of encoding/json work.
func (n Nullable[T]) IsZero() bool { return n.State == stateAbsent }

// MarshalJSON writes the value or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.State != stateValue {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}

// UnmarshalJSON reads null or a value.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Null[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*n = Value(v)
	return nil
}

func (Nullable[T]) isNullable() {}

// nullable is every Nullable.
type nullable interface{ isNullable() }
