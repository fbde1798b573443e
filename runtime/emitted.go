package runtime

import "github.com/rtgen/rtgen/runtime/internal/codec"

// This file holds what only emitted code should touch, beside [API] and what it consists of,
// [NewServer], [Bind], [BindHistory], [HistoryAs] and [WithSecurity].

// EmittedV1 is mentioned by emitted code. Where it does not compile, the module and the emitted
// files do not belong together: generate again, or update the module.
const EmittedV1 = true

// MarshalUnion is the MarshalJSON of emitted unions, for encoding/json. The runtime itself does
// not call it. It fails when none or several of the variants are set.
func MarshalUnion[T any](v T) ([]byte, error) { return codec.MarshalUnion(&v) }

// UnmarshalUnion is the UnmarshalJSON of emitted unions, for encoding/json. Without the schema it
// tells the variants apart by their Go types only; requests are decoded with the schema.
func UnmarshalUnion[T any](data []byte, v *T) error { return codec.UnmarshalUnion(nil, "", data, v) }

// MarshalLiteral is the MarshalJSON of emitted enums whose values are of several JSON types, and
// therefore JSON texts. It fails for the zero value, which is none of them.
func MarshalLiteral[T ~string](v T) ([]byte, error) { return codec.MarshalLiteral(string(v)) }

// UnmarshalLiteral is the UnmarshalJSON of the same enums. It picks the value that is equal to data,
// however that is written, and keeps what equals none: the schema says what is valid.
func UnmarshalLiteral[T ~string](data []byte, v *T, values ...T) error {
	return codec.UnmarshalLiteral(data, v, values)
}

// MarshalObject is the MarshalJSON of emitted structs that hold members which encoding/json has
// no tag for: additional and pattern properties, and tuples.
func MarshalObject[T any](v T) ([]byte, error) { return codec.Marshal(nil, "", &v) }

// UnmarshalObject is the UnmarshalJSON of the same structs.
func UnmarshalObject[T any](data []byte, v *T) error { return codec.Unmarshal(nil, "", data, v) }
