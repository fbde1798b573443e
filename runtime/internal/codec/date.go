package codec

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Date is a day of the calendar without time and zone, the full-date of RFC 3339. The zero value
// is no date: its text 0000-00-00 does not parse.
type Date struct {
	Year  int // 0 to 9999
	Month time.Month
	Day   int
}

// DateOf returns the day on which t lies in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads the form 2006-01-02.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, errors.New("must be a date such as 2006-01-02")
	}
	return DateOf(t), nil
}

// In returns the start of the day in a location.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// Compare returns -1, 0 or 1 as d is before, on or after e.
func (d Date) Compare(e Date) int { return d.In(time.UTC).Compare(e.In(time.UTC)) }

// IsZero reports whether d is the zero value.
func (d Date) IsZero() bool { return d == Date{} }

// String returns the form 2006-01-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// AppendText appends the form 2006-01-02. It fails when d is no day of the years 0 to 9999.
func (d Date) AppendText(dst []byte) ([]byte, error) {
	if d.Year < 0 || d.Year > 9999 || DateOf(d.In(time.UTC)) != d {
		return dst, fmt.Errorf("%s is not a date", d)
	}
	return d.In(time.UTC).AppendFormat(dst, time.DateOnly), nil
}

// MarshalText is AppendText to nothing.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads the form 2006-01-02.
func (d *Date) UnmarshalText(text []byte) error {
	v, err := ParseDate(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// TimeOfDay is a time without a date, the full-time of RFC 3339: 15:04:05.999Z or with an offset.
// Offset is kept as written. The zero value is midnight UTC.
type TimeOfDay struct {
	Hour, Minute int
	Second       int           // 60 in a leap second
	Nanosecond   int           // digits beyond nine are refused
	Offset       time.Duration // east of UTC, whole minutes
}

var errTimeOfDay = errors.New("must be a time such as 15:04:05Z")

// ParseTimeOfDay reads the text form.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	var t TimeOfDay
	if len(text) < 9 {
		return t, errTimeOfDay
	}
	clock, rest := text[:8], text[8:]
	fraction := ""
	if rest[0] == '.' {
		end := strings.IndexAny(rest, "Zz+-")
		if end < 2 {
			return t, errTimeOfDay
		}
		fraction, rest = rest[:end], rest[end:]
	}
	if len(fraction) > len(".999999999") {
		return t, errors.New("must not have more than nine digits of a second")
	}
	leap := strings.HasSuffix(clock, ":60")
	if leap {
		clock = clock[:6] + "59"
	}
	v, err := time.Parse("15:04:05.999999999Z07:00", clock+fraction+strings.ToUpper(rest))
	if err != nil || len(v.Format(time.TimeOnly)) != len(clock) {
		return t, errTimeOfDay
	}
	_, offset := v.Zone()
	t = TimeOfDay{v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.Duration(offset) * time.Second}
	if leap {
		if utc := v.UTC(); utc.Hour() != 23 || utc.Minute() != 59 {
			return TimeOfDay{}, errTimeOfDay
		}
		t.Second = 60
	}
	return t, nil
}

// On returns the moment of a day at which it is t. A leap second is the first of the next minute.
func (t TimeOfDay) On(d Date) time.Time {
	zone := time.UTC
	if t.Offset != 0 {
		zone = time.FixedZone("", int(t.Offset/time.Second))
	}
	return time.Date(d.Year, d.Month, d.Day, t.Hour, t.Minute, t.Second, t.Nanosecond, zone)
}

// String returns the text form.
func (t TimeOfDay) String() string {
	s := fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second)
	if t.Nanosecond != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%09d", t.Nanosecond), "0")
	}
	if t.Offset == 0 {
		return s + "Z"
	}
	sign, minutes := '+', int(t.Offset/time.Minute)
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%s%c%02d:%02d", s, sign, minutes/60, minutes%60)
}

// MarshalText returns the text form. It fails when a part is out of range.
func (t TimeOfDay) MarshalText() ([]byte, error) {
	s := t.String()
	if v, err := ParseTimeOfDay(s); err != nil || v != t {
		return nil, fmt.Errorf("%s is not a time of day", s)
	}
	return []byte(s), nil
}

// UnmarshalText reads the text form.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	v, err := ParseTimeOfDay(string(text))
	if err == nil {
		*t = v
	}
	return err
}
