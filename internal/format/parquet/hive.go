package parquet

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// hiveNull is how Hive spells a partition whose value is null.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// hivePart is a key=value part of a path.
type hivePart struct{ key, value string }

// hiveParts returns the key=value directories of a path.
func hiveParts(path string) []hivePart {
	var out []hivePart
	dirs := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	if len(dirs) == 0 {
		return nil
	}
	for _, d := range dirs[:len(dirs)-1] {
		k, v, ok := strings.Cut(d, "=")
		if !ok || k == "" {
			continue
		}
		if u, err := url.PathUnescape(v); err == nil {
			v = u
		}
		if u, err := url.PathUnescape(k); err == nil {
			k = u
		}
		out = append(out, hivePart{k, v})
	}
	return out
}

// hiveColumns returns the partition columns of the files and their values, one list a file. In automatic mode there are none unless every
// file has the same keys.
func hiveColumns(files []*file, mode string) ([]dtype.Field, [][]data.Scalar, error) {
	if mode == "off" {
		return nil, nil, nil
	}
	all := make([][]hivePart, len(files))
	for i, f := range files {
		all[i] = hiveParts(f.info.Path)
		if sameKeys(all[i], all[0]) {
			continue
		}
		if mode == "auto" {
			return nil, nil, nil
		}
		return nil, nil, fault.New(fault.Data, "file %s has other partition keys in its path than %s", f.info.Path, files[0].info.Path)
	}
	fields := make([]dtype.Field, len(all[0]))
	values := make([][]data.Scalar, len(files))
	for k := range fields {
		t := hiveType(all, k)
		fields[k] = dtype.Field{Name: all[0][k].key, Type: t}
		for i := range files {
			values[i] = append(values[i], hiveValue(t, all[i][k].value))
		}
	}
	return fields, values, nil
}

func sameKeys(a, b []hivePart) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].key != b[i].key {
			return false
		}
	}
	return true
}

// hiveType is bigint or date if all values are, else text.
func hiveType(all [][]hivePart, k int) dtype.Type {
	ints, dates, any := true, true, false
	for _, parts := range all {
		v := parts[k].value
		if v == hiveNull {
			continue
		}
		any = true
		n, err := strconv.ParseInt(v, 10, 64)
		ints = ints && err == nil && strconv.FormatInt(n, 10) == v // 007 stays text
		_, ok := parseDate(v)
		dates = dates && ok
	}
	switch {
	case any && ints:
		return dtype.Of(dtype.Int64)
	case any && dates:
		return dtype.Of(dtype.Date)
	}
	return dtype.Of(dtype.String)
}

// parseDate reads YYYY-MM-DD.
func parseDate(s string) (days int64, ok bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, err1 := strconv.ParseUint(s[:4], 10, 16)
	m, err2 := strconv.ParseUint(s[5:7], 10, 8)
	d, err3 := strconv.ParseUint(s[8:], 10, 8)
	if err1 != nil || err2 != nil || err3 != nil || m < 1 || m > 12 || d < 1 || int(d) > data.DaysInMonth(int64(y), int(m)) {
		return 0, false
	}
	return data.DaysFromCivil(int64(y), int(m), int(d)), true
}

func hiveValue(t dtype.Type, v string) data.Scalar {
	if v == hiveNull {
		return data.NullScalar(t)
	}
	switch t.Kind {
	case dtype.Int64:
		n, _ := strconv.ParseInt(v, 10, 64) // checked by hiveType
		return data.IntScalar(t, n)
	case dtype.Date:
		days, _ := parseDate(v)
		return data.IntScalar(t, days)
	}
	return data.StringScalar(v)
}
