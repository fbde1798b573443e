package codec

import (
	"errors"

	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// MarshalLiteral returns v, which must be a JSON text.
func MarshalLiteral(v string) ([]byte, error) {
	var doc jsonscan.Doc
	if v == "" {
		return nil, errors.New("a value must be chosen")
	}
	if err := doc.Parse([]byte(v), maxEncodeDepth); err != nil {
		return nil, err
	}
	return []byte(v), nil
}

// UnmarshalLiteral sets v to the one of values that is equal to data as a JSON value, so that
// comparing with a constant works however a client writes it; otherwise to data itself.
func UnmarshalLiteral[T ~string](data []byte, v *T, values []T) error {
	var got, want jsonscan.Doc
	if err := got.Parse(data, maxEncodeDepth); err != nil {
		return err
	}
	for _, value := range values {
		if want.Parse([]byte(value), maxEncodeDepth) == nil && jsonschema.Equal(&got, &want) {
			*v = value
			return nil
		}
	}
	*v = T(data)
	return nil
}
