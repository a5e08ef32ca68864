package data

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for machines without time zones

	"github.com/siksik-data/siksik/fault"
)

func TestLoadZoneTellsAWrongNameFromAMissingDatabase(t *testing.T) {
	if loc, err := LoadZone(""); err != nil || loc != time.UTC {
		t.Errorf("no zone gives %v, %v", loc, err)
	}
	for _, name := range []string{"Europe/Atlantis", "Local"} {
		var f *fault.Error
		if _, err := LoadZone(name); !errors.As(err, &f) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	for database, want := range map[bool]string{true: "IANA", false: "time/tzdata"} {
		if err := zoneError("Europe/Berlin", database).(*fault.Error); !strings.Contains(err.Hint, want) {
			t.Errorf("database %v: the hint is %q", database, err.Hint)
		}
	}
}
