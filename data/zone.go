package data

import (
	"strings"
	"time"

	"github.com/siksik-data/siksik/fault"
)

// LoadZone finds an IANA time zone, whatever the case of its name, or one of the three letters that Java and ICU know; "" is UTC. The zones come from
// the machine, or from package time/tzdata in programs that import it.
func LoadZone(name string) (*time.Location, error) {
	if name != "Local" {
		for _, n := range [...]string{name, oldZones[strings.ToUpper(name)], strings.ToUpper(name), titled(name)} {
			if n == "" && name != "" {
				continue
			}
			if loc, err := time.LoadLocation(n); err == nil {
				return loc, nil
			}
		}
	}
	_, err := time.LoadLocation("Europe/London")
	return nil, zoneError(name, err == nil)
}

// oldZones are the names of three letters that IANA does not have.
var oldZones = map[string]string{"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
	"AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago",
	"CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix",
	"PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh"}

// titled writes the words of a zone's name with capitals, as most names have them: America/Port_of_Spain.
func titled(name string) string {
	b := []byte(strings.ToLower(name))
	for i := 0; i < len(b); {
		end := i
		for end < len(b) && b[end] != '/' && b[end] != '_' && b[end] != '-' {
			end++
		}
		if word := string(b[i:end]); end > i && word != "of" && word != "es" && word != "au" && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
		i = end + 1
	}
	return string(b)
}

// zoneError says that a zone does not exist, or that none can be found because there is no database of them.
func zoneError(name string, database bool) error {
	if !database {
		return fault.New(fault.Unsupported, "time zone %s is not known, because this machine has no time zone database", fault.Quote(name)).
			WithHint(`install tzdata, or add import _ "time/tzdata" to the program`)
	}
	return fault.New(fault.Value, "unknown time zone %s", fault.Quote(name)).WithHint("use an IANA name such as Europe/Berlin")
}
