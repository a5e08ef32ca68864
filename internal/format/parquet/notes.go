package parquet

import (
	"encoding/json"

	"github.com/siksik-data/siksik/dtype"
)

// notesKey is the key of the file's metadata under which our writer says what the format cannot: see note.
const notesKey = "siksik:types"

// The kinds of notes.
const (
	noteDuration = "duration"
	noteSeconds  = "seconds"
	noteZone     = "zone"
	noteEnum     = "enum"
	noteInt128   = "int128"
	noteArray    = "array"
	noteInterval = "interval" // 16 bytes as in memory: the format's own INTERVAL has neither microseconds nor signs
)

// note restores a type that the format has no annotation for. Readers that do not know it see the nearest standard type.
type note struct {
	Kind   string     `json:"kind"`
	Unit   dtype.Unit `json:"unit,omitempty"`
	Zone   string     `json:"zone,omitempty"`
	Len    int        `json:"len,omitempty"`
	Values []string   `json:"values,omitempty"`
}

// parseNotes reads the notes by path. Text that is not ours is ignored: notes only refine.
func parseNotes(s string) map[string]note {
	if s == "" {
		return nil
	}
	var m map[string]note
	if json.Unmarshal([]byte(s), &m) != nil {
		return nil
	}
	return m
}

// apply refines the leaf's type if the note fits what is stored.
func (n note) apply(l *leafInfo) {
	stamp := l.typ.Kind == dtype.Timestamp && l.conv == convSame
	switch {
	case n.Kind == noteDuration && l.phys == ptInt64 && l.typ.Kind == dtype.Int64 && n.Unit <= dtype.Second:
		l.typ = dtype.DurationOf(n.Unit)
	case n.Kind == noteSeconds && stamp && l.typ.Unit == dtype.Milli:
		l.typ, l.conv, l.special = dtype.TimestampOf(dtype.Second, l.typ.Zone), convSeconds, true
		if n.Zone != "" {
			l.typ.Zone = n.Zone
		}
	case n.Kind == noteZone && stamp && l.typ.Zone != "":
		l.typ.Zone = n.Zone
	case n.Kind == noteEnum && l.conv == convText && len(n.Values) > 0:
		l.typ, l.conv, l.special = dtype.EnumOf(n.Values...), convEnum, true
	case n.Kind == noteInterval && l.conv == convFixedBytes && l.size == 16:
		l.typ, l.conv, l.special = dtype.Of(dtype.Interval), convSame, true
	case n.Kind == noteInt128 && l.conv == convDec128:
		l.typ = dtype.Of(dtype.Int128)
	}
}
