package sig

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// calendarTable declares truncation, differences, parsing and making of dates and times.
func calendarTable() []*Overload {
	return append(append(truncTable(), parseTable()...), makeTable()...)
}

func truncTable() []*Overload {
	var list []*Overload
	const trunc = "Rounds down to the start of a year, month, week, day, hour, …"
	for _, t := range []struct{ class, ret string }{{"date", "timestamp"}, {"T:ts", "T"}, {"T:tz", "T"}, {"interval", "interval"}} {
		list = append(list, scalar("date_trunc(part string, t "+t.class+") "+t.ret, fallible, trunc))
	}
	const by = "Rounds down to a multiple of a duration such as 1d, 1h15m, 1mo or 1w."
	for _, t := range []string{"T:date", "T:ts", "T:tz"} {
		list = append(list,
			scalar("dt_truncate(t "+t+", every string) T", fallible, by),
			scalar("dt_round(t "+t+", every string) T", fallible, "Rounds to the nearest multiple of a duration such as 1d or 1h15m."),
			scalar("dt_offset_by(t "+t+", by string) T", fallible, "Moves by a duration such as 1d, -1mo or 2h30m; days and longer follow the calendar."))
	}
	for _, t := range []string{"T:date", "T:ts", "T:tz"} {
		list = append(list,
			scalar("date_diff(part string, a "+t+", b "+t+") bigint", fallible, "Number of boundaries of the part between a and b."),
			scalar("date_sub(part string, a "+t+", b "+t+") bigint", fallible, "Number of whole parts between a and b."),
			scalar("age(a "+t+", b "+t+") interval", fallible, "Years, months, days and time from b to a."),
			scalar("age(t "+t+") interval", fallible, "Years, months, days and time from t to the start of today.", id("age.today_"+t[2:]), perQuery),
			scalar("time_bucket(width interval, t "+t+", origin "+t+"?) T", fallible, "Start of the bucket of the given width that t lies in."),
			scalar("time_bucket(width interval, t "+t+", offset interval) T", fallible, "Start of the bucket that t lies in, the buckets being shifted by offset."))
	}
	return append(list,
		scalar("time_bucket(width interval, t T:tz, zone string) T", fallible, "Start of the bucket that t lies in, by the clocks of a zone."),
		scalar("date_diff(part string, a time, b time) bigint", fallible, "Number of boundaries of the part between a and b."),
		scalar("date_sub(part string, a time, b time) bigint", fallible, "Number of whole parts between a and b."),
	)
}

func parseTable() []*Overload {
	var list []*Overload
	for _, t := range []string{"date", "ts", "tz"} {
		list = append(list, scalar("strftime(t "+t+", format string) string", fallible, "The date as text by a format such as %Y-%m-%d %H:%M:%S."))
	}
	return append(list,
		scalar("strftime(format string, t timestamp) string", fallible, "The date as text by a format.", id("strftime.format_first")),
		scalar("strftime(t time, format string) string", fallible, "The time as text by a format."),
		scalar("strptime(s string, format string) *", fallible, "A timestamp from text by a format; with %z an instant.", retLit(parsedType)),
		scalar("strptime(s string, formats string[]) *", fallible, "A timestamp from text by the first format that fits.", id("strptime.list"), retLit(parsedType)),
		scalar("try_strptime(s string, format string) *", strict, "strptime that gives null for other text.", retLit(parsedType)),
		scalar("try_strptime(s string, formats string[]) *", strict, "strptime that gives null for other text.", id("try_strptime.list"), retLit(parsedType)),
		scalar("str_to_date(s string, format string!) date", fallible, "A date from text by a format."),
		scalar("try_str_to_date(s string, format string!) date", strict, "A date from text by a format; null for other text."),
		scalar("str_to_time(s string, format string!) time", fallible, "A time from text by a format."),
		scalar("try_str_to_time(s string, format string!) time", strict, "A time from text by a format; null for other text."),
	)
}

// parsedType is a timestamp, with a zone if a constant format has %z or %Z and in nanoseconds if it has %n.
func parsedType(args []Arg) (dtype.Type, error) {
	t := dtype.TimestampOf(dtype.Micro, "")
	lit := args[1].Lit
	if lit == nil {
		return t, nil
	}
	formats := []data.Scalar{*lit}
	if lit.Type.Kind == dtype.List {
		formats = lit.Kids
		if len(formats) == 0 && !lit.Null {
			return t, fault.New(fault.Value, "strptime needs at least one format")
		}
	}
	for _, f := range formats {
		if strings.Contains(f.S, "%z") || strings.Contains(f.S, "%Z") {
			t.Zone = "UTC"
		}
		if strings.Contains(f.S, "%n") {
			t.Unit = dtype.Nano
		}
	}
	return t, nil
}

func makeTable() []*Overload {
	list := []*Overload{
		scalar("make_date(year bigint, month bigint, day bigint) date", fallible, "A date from its parts."),
		scalar("make_date(days integer) date", strict|Monotone, "A date from days since 1970-01-01."),
		scalar("make_time(hour bigint, minute bigint, second double) time", fallible, "A time of day from its parts."),
		scalar("make_timestamp(year bigint, month bigint, day bigint, hour bigint, minute bigint, second double) timestamp", fallible, "A timestamp from its parts."),
		scalar("make_timestamp(micros bigint) timestamp", fallible|Monotone, "A timestamp from microseconds since 1970-01-01."),
		scalar("make_timestamp_ms(millis bigint) timestamp", fallible|Monotone, "A timestamp from milliseconds since 1970-01-01."),
		scalar("make_timestamp_ns(nanos bigint) *", fallible|Monotone, "A timestamp from nanoseconds since 1970-01-01.", ret(nanoTimestamp)),
		scalar("epoch_ms(millis bigint) timestamp", fallible|Monotone, "A timestamp from milliseconds since 1970-01-01."),
		scalar("to_timestamp(seconds double) timestamptz", fallible|Monotone, "An instant from seconds since 1970-01-01."),
		scalar("from_epoch(value bigint, unit string!) *", fallible|Monotone, "A timestamp or date from a count of units (s, ms, us, ns, d) since 1970-01-01.", retLit(epochType)),
		scalar("now() timestamptz", 0, "The instant at which the query started.", perQuery),
		scalar("current_date() date", 0, "Today, when the query started.", perQuery),
		scalar("current_time() time", 0, "The time of day when the query started.", perQuery),
		scalar("localtimestamp() timestamp", 0, "The local date and time when the query started.", perQuery),
		scalar("timezone(zone string, t ts) *", fallible, "AT TIME ZONE: the instant at which clocks in the zone show t.", ret(zoned)),
		scalar("timezone(zone string, t tz) *", fallible, "AT TIME ZONE: what clocks in the zone show at the instant.", ret(unzoned)),
		scalar("dt_convert_time_zone(t ts, zone string!) *", strict, "The instant (t is UTC) shown in a zone.", retLit(inZone)),
		scalar("dt_convert_time_zone(t tz, zone string!) *", strict, "The instant shown in another zone.", retLit(inZone)),
		scalar("dt_replace_time_zone(t ts, zone string!) *", fallible, "The instant at which clocks in the zone show t; without zone for null.", retLit(inZone)),
		scalar("dt_replace_time_zone(t tz, zone string!) *", fallible, "The instant at which clocks in the zone show what they show in t's zone.", retLit(inZone)),
		scalar("dt_cast_time_unit(t ts, unit string!) *", fallible, "The timestamp in another unit (ns, us, ms, s).", retLit(inUnit)),
		scalar("dt_cast_time_unit(t tz, unit string!) *", fallible, "The instant in another unit (ns, us, ms, s).", retLit(inUnit)),
		scalar("dt_combine(d date, t time) timestamp", strict, "The date at the time of day."),
	}
	for _, u := range []string{"millennia", "centuries", "decades", "years", "quarters", "months", "weeks", "days"} {
		list = append(list, scalar("to_"+u+"(count integer) interval", fallible, "An interval of so many "+u+"."))
	}
	for _, u := range []string{"hours", "minutes", "microseconds"} {
		list = append(list, scalar("to_"+u+"(count bigint) interval", fallible, "An interval of so many "+u+"."))
	}
	for _, u := range []string{"seconds", "milliseconds"} {
		list = append(list, scalar("to_"+u+"(count double) interval", fallible, "An interval of so many "+u+"."))
	}
	return list
}

// perQuery marks a value that is fixed when the query starts.
func perQuery(o *Overload) { o.Props |= PerQuery }

func nanoTimestamp([]dtype.Type) dtype.Type { return dtype.TimestampOf(dtype.Nano, "") }

func zoned(args []dtype.Type) dtype.Type   { return dtype.TimestampOf(args[1].Unit, "UTC") }
func unzoned(args []dtype.Type) dtype.Type { return dtype.TimestampOf(args[1].Unit, "") }

// inZone is the timestamp type with the constant zone.
func inZone(args []Arg) (dtype.Type, error) {
	zone := ""
	if l := args[1].Lit; !l.Null {
		zone = l.S
	}
	return dtype.TimestampOf(args[0].Type.Unit, zone), nil
}

// UnitByName maps ns, us, ms and s to the unit.
func UnitByName(name string) (dtype.Unit, bool) {
	for _, u := range []dtype.Unit{dtype.Nano, dtype.Micro, dtype.Milli, dtype.Second} {
		if u.String() == name {
			return u, true
		}
	}
	return 0, false
}

func inUnit(args []Arg) (dtype.Type, error) {
	u, ok := UnitByName(args[1].Lit.S)
	if !ok {
		return dtype.Type{}, fault.New(fault.Value, "time unit must be ns, us, ms or s, not %s", fault.Quote(args[1].Lit.S))
	}
	t := args[0].Type
	t.Unit = u
	return t, nil
}

func epochType(args []Arg) (dtype.Type, error) {
	name := args[1].Lit.S
	if name == "d" {
		return dtype.Of(dtype.Date), nil
	}
	u, ok := UnitByName(name)
	if !ok {
		return dtype.Type{}, fault.New(fault.Value, "time unit must be d, s, ms, us or ns, not %s", fault.Quote(name))
	}
	if u == dtype.Second {
		u = dtype.Micro
	}
	return dtype.TimestampOf(u, ""), nil
}
