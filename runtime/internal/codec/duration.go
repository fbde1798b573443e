package codec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is an ISO 8601 duration as RFC 3339 appendix A writes it, such as P1Y2M or PT36H. It is
// kept exactly: a month has no fixed length, and PT36H is not P1DT12H. The zero value is PT0S.
type Duration struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds uint32
}

var errDuration = errors.New("must be a duration such as P1DT2H")

// ParseDuration reads the text form. Numbers are below 2³².
func ParseDuration(text string) (Duration, error) {
	var d Duration
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" {
		return d, errDuration
	}
	date, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return d, errDuration
	}
	if strings.HasSuffix(rest, "W") {
		return d, fill(&d, rest, "W", &d.Weeks)
	}
	err := fill(&d, date, "YMD", &d.Years, &d.Months, &d.Days)
	if err == nil {
		err = fill(&d, clock, "HMS", &d.Hours, &d.Minutes, &d.Seconds)
	}
	return d, err
}

// fill reads numbers that are each followed by a unit; units stand in order and without gaps. On
// error it clears d.
func fill(d *Duration, text, units string, into ...*uint32) error {
	last := -1
	for text != "" {
		n := strings.IndexAny(text, units)
		if n <= 0 {
			*d = Duration{}
			return errDuration
		}
		unit := strings.IndexByte(units, text[n])
		v, err := strconv.ParseUint(text[:n], 10, 32)
		if err != nil || text[0] == '+' || last >= 0 && unit != last+1 {
			*d = Duration{}
			return errDuration
		}
		*into[unit] = uint32(v)
		last, text = unit, text[n+1:]
	}
	return nil
}

// String returns the text form. Units between two that are set are written as zero, which the
// grammar demands: P1Y0M2D. Weeks beside other units are written as days.
func (d Duration) String() string {
	if d.Weeks > 0 {
		if d == (Duration{Weeks: d.Weeks}) {
			return fmt.Sprintf("P%dW", d.Weeks)
		}
		days := uint64(d.Days) + 7*uint64(d.Weeks)
		return "P" + run("YMD", uint64(d.Years), uint64(d.Months), days) + d.clock()
	}
	s := run("YMD", uint64(d.Years), uint64(d.Months), uint64(d.Days)) + d.clock()
	if s == "" {
		s = "T0S"
	}
	return "P" + s
}

func (d Duration) clock() string {
	if s := run("HMS", uint64(d.Hours), uint64(d.Minutes), uint64(d.Seconds)); s != "" {
		return "T" + s
	}
	return ""
}

// run writes the numbers from the first to the last that is not zero.
func run(units string, values ...uint64) string {
	first, last := -1, -1
	for i, v := range values {
		if v != 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	s := ""
	for i := first; first >= 0 && i <= last; i++ {
		s += strconv.FormatUint(values[i], 10) + units[i:i+1]
	}
	return s
}

// AddTo returns t moved by d: years and months as the calendar has them, days and weeks likewise,
// the rest as elapsed time.
func (d Duration) AddTo(t time.Time) time.Time {
	t = t.AddDate(int(d.Years), int(d.Months), int(d.Days)+7*int(d.Weeks))
	return t.Add(time.Duration(d.Hours)*time.Hour +
		time.Duration(d.Minutes)*time.Minute + time.Duration(d.Seconds)*time.Second)
}

// MarshalText returns the text form. It does not fail.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}
