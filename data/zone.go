package data

import (
	"time"

	"github.com/siksik-data/siksik/fault"
)

// LoadZone finds an IANA time zone; "" is UTC. The zones come from the machine, or from package time/tzdata in programs that import it.
func LoadZone(name string) (*time.Location, error) {
	if name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	_, err := time.LoadLocation("Europe/London")
	return nil, zoneError(name, err == nil)
}

// zoneError says that a zone does not exist, or that none can be found because there is no database of them.
func zoneError(name string, database bool) error {
	if !database {
		return fault.New(fault.Unsupported, "time zone %s is not known, because this machine has no time zone database", fault.Quote(name)).
			WithHint(`install tzdata, or add import _ "time/tzdata" to the program`)
	}
	return fault.New(fault.Value, "unknown time zone %s", fault.Quote(name)).WithHint("use an IANA name such as Europe/Berlin")
}
