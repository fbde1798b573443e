package runtime

import (
	"github.com/rtgen/rtgen/runtime/internal/codec"
)

// UUID is a UUID, RFC 9562, for string schemas of format uuid. It reads and writes the form with
// hyphens.
type UUID = codec.UUID

// ParseUUID reads a UUID in the form with hyphens, in either letter case.
func ParseUUID(text string) (UUID, error) { return codec.ParseUUID(text) }

// Date is a day of the calendar without time or zone (RFC 3339 full-date), for string schemas of
// format date.
type Date = codec.Date

// TimeOfDay is a time without a day (RFC 3339 full-time), for string schemas of format time.
type TimeOfDay = codec.TimeOfDay

// Duration is an ISO 8601 duration as RFC 3339 has it, for string schemas of format duration. It
// keeps months and days apart from seconds, as they have no fixed length.
type Duration = codec.Duration

// Nullable is a value that may be absent, null or there: a member that is both optional and
// nullable. The zero value is absent.
type Nullable[T any] = codec.Nullable[T]

// Null returns the Nullable that is null.
func Null[T any]() Nullable[T] { return codec.Null[T]() }

// Value returns the Nullable that holds v.
func Value[T any](v T) Nullable[T] { return codec.Value(v) }
