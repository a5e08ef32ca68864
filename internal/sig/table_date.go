package sig

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// parts are the parts of date_part and its single functions, with their descriptions.
var parts = []struct{ name, doc string }{
	{"year", "Year."}, {"month", "Month, 1 to 12."}, {"day", "Day of the month."}, {"hour", "Hour."}, {"minute", "Minute."},
	{"second", "Second, without its fraction."}, {"millisecond", "Milliseconds within the minute."}, {"microsecond", "Microseconds within the minute."},
	{"nanosecond", "Nanoseconds within the minute."},
	{"quarter", "Quarter, 1 to 4."}, {"week", "ISO week of the year."}, {"isoyear", "Year of the ISO week."}, {"yearweek", "ISO year and week as yyyyww."},
	{"dayofweek", "Day of the week, 0 is Sunday."}, {"isodow", "Day of the week, 1 is Monday, 7 is Sunday."}, {"dayofyear", "Day of the year."},
	{"decade", "Year divided by ten."}, {"century", "Century."}, {"millennium", "Millennium."}, {"era", "1 for our era, 0 before."},
	{"timezone", "Offset of the zone in seconds."}, {"timezone_hour", "Hours of the offset."}, {"timezone_minute", "Minutes of the offset."},
}

// clockParts are the parts that a time of day has.
var clockParts = map[string]bool{"hour": true, "minute": true, "second": true, "millisecond": true, "microsecond": true, "nanosecond": true,
	"timezone": true, "timezone_hour": true, "timezone_minute": true}

// spanParts are the parts that an interval has.
var spanParts = map[string]bool{"year": true, "month": true, "day": true, "hour": true, "minute": true, "second": true, "millisecond": true,
	"microsecond": true, "nanosecond": true, "quarter": true, "decade": true, "century": true, "millennium": true}

// dateTable declares the parts of dates and times.
func dateTable() []*Overload {
	var list []*Overload
	for _, p := range parts {
		props := strict
		if p.name == "year" || p.name == "isoyear" || p.name == "decade" || p.name == "yearweek" {
			props |= Monotone
		}
		list = append(list,
			scalar(p.name+"(t date) bigint", props, p.doc),
			scalar(p.name+"(t ts) bigint", props, p.doc),
			scalar(p.name+"(t tz) bigint", strict, p.doc))
		if clockParts[p.name] {
			list = append(list, scalar(p.name+"(t time) bigint", strict, p.doc))
		}
		if spanParts[p.name] {
			list = append(list, scalar(p.name+"(t interval) bigint", strict, p.doc))
		}
	}
	for _, t := range []string{"date", "ts", "tz", "time", "interval"} {
		list = append(list,
			scalar("date_part(part string, t "+t+") *", fallible, "A part of a date or time by name: year, month, epoch, …", retLit(partType)),
			scalar("epoch(t "+t+") double", strict|Monotone, "Seconds since 1970-01-01, with their fraction."),
			scalar("epoch_ms(t "+t+") bigint", strict|Monotone, "Milliseconds since 1970-01-01."),
			scalar("epoch_us(t "+t+") bigint", strict|Monotone, "Microseconds since 1970-01-01."),
			scalar("epoch_ns(t "+t+") bigint", fallible|Monotone, "Nanoseconds since 1970-01-01."))
	}
	for _, t := range []string{"date", "ts", "tz"} {
		list = append(list,
			scalar("julian(t "+t+") double", strict|Monotone, "Julian day number with its fraction."),
			scalar("dayname(t "+t+") string", strict, "English name of the weekday."),
			scalar("monthname(t "+t+") string", strict, "English name of the month."),
			scalar("last_day(t "+t+") date", strict|Monotone, "Last day of the month."),
			scalar("days_in_month(t "+t+") bigint", strict, "Days of the month."))
	}
	return append(list,
		scalar("dt_date(t date) date", strict|Monotone, "The date."),
		scalar("dt_date(t ts) date", strict|Monotone, "The date of the timestamp."),
		scalar("dt_date(t tz) date", strict|Monotone, "The date of the instant in its zone."),
		scalar("dt_time(t ts) time", strict, "The time of day."),
		scalar("dt_time(t tz) time", strict, "The time of day in the zone."),
		scalar("dt_timestamp(t ts, unit string!) bigint", fallible|Monotone, "The count of units (ns, us, ms) since 1970-01-01."),
		scalar("dt_timestamp(t tz, unit string!) bigint", fallible|Monotone, "The count of units (ns, us, ms) since 1970-01-01."),
		scalar("dt_total(d dur, unit string!) bigint", strict|Monotone, "Whole days, hours, minutes, seconds, milliseconds, microseconds or nanoseconds of a duration."),
	)
}

// partType is double for the parts that have fractions and bigint for all others; a part that is not constant must be of the latter.
func partType(args []Arg) (dtype.Type, error) {
	if l := args[0].Lit; l != nil && !l.Null {
		name := strings.ToLower(l.S)
		switch name {
		case "epoch", "julian", "jd":
			return dtype.Of(dtype.Float64), nil
		}
		if CanonicalPart(name) == "" {
			return dtype.Type{}, UnknownPart(l.S)
		}
	}
	return dtype.Of(dtype.Int64), nil
}

// UnknownPart is the error for a name that is no part of a date.
func UnknownPart(name string) error {
	e := fault.New(fault.Value, "unknown part of a date %s", fault.Quote(name))
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	e.Hint = fault.DidYouMean(name, append(names, "epoch", "julian", "dow", "doy"))
	return e
}

var partAliases = map[string]string{
	"yr": "year", "y": "year", "years": "year", "yrs": "year", "mon": "month", "months": "month", "mons": "month",
	"days": "day", "d": "day", "dayofmonth": "day", "hr": "hour", "hours": "hour", "hrs": "hour", "h": "hour",
	"min": "minute", "minutes": "minute", "mins": "minute", "m": "minute", "sec": "second", "seconds": "second", "secs": "second", "s": "second",
	"milliseconds": "millisecond", "ms": "millisecond", "msec": "millisecond", "msecs": "millisecond",
	"microseconds": "microsecond", "us": "microsecond", "usec": "microsecond", "usecs": "microsecond",
	"nanoseconds": "nanosecond", "ns": "nanosecond", "nsec": "nanosecond", "nsecs": "nanosecond",
	"quarters": "quarter", "weeks": "week", "w": "week", "weekofyear": "week", "dow": "dayofweek", "weekday": "dayofweek", "doy": "dayofyear",
	"decades": "decade", "dec": "decade", "decs": "decade", "centuries": "century", "cent": "century", "c": "century",
	"millennia": "millennium", "mil": "millennium", "mils": "millennium", "millenium": "millennium", "julian": "julian", "jd": "julian",
	"epoch": "epoch",
}

// CanonicalPart returns the canonical name of a part of a date ("year", "dayofweek", …) for any of its names in any case, or "".
func CanonicalPart(name string) string {
	name = strings.ToLower(name)
	if a, ok := partAliases[name]; ok {
		return a
	}
	for _, p := range parts {
		if p.name == name {
			return name
		}
	}
	return ""
}
