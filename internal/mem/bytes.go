package mem

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// units are decimal, as on disks and in the settings of peers; the binary ones carry
// an i.
var units = []struct {
	name string
	size float64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// FormatBytes prints a size with one decimal in the largest decimal unit that fits:
// "2.0 GB", "512 B".
func FormatBytes(n int64) string {
	f := math.Abs(float64(n))
	for _, u := range units[4:] {
		if f >= u.size && u.size > 1 {
			return fmt.Sprintf("%.1f %s", float64(n)/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// ParseBytes reads a size such as "2GB", "512 MiB", "1.5g" or "4096". Units are not
// case-sensitive. The error is a *fault.Error of code Usage.
func ParseBytes(s string) (int64, error) {
	t := strings.TrimSpace(s)
	end := strings.LastIndexAny(t, "0123456789.") + 1
	num, unit := t[:end], strings.TrimSpace(t[end:])
	scale := 1.0
	if unit != "" {
		scale = 0
		for _, u := range units {
			if strings.EqualFold(unit, u.name) || strings.EqualFold(unit+"B", u.name) {
				scale = u.size
			}
		}
	}
	f, err := strconv.ParseFloat(num, 64)
	if err != nil || scale == 0 || !(f >= 0 && f*scale < math.MaxInt64) {
		return 0, fault.New(fault.Usage, "%q is not a size", s).WithHint("write a number and a unit, for example 512MB, 2GB or 1.5GiB")
	}
	return int64(f * scale), nil
}

// fallbackLimit is the budget where the machine does not say what it has.
const fallbackLimit = 2e9

// DefaultLimit is 75 % of the smaller of physical memory and the limit of the
// process's control group, in bytes.
func DefaultLimit() int64 { return defaultLimit(os.DirFS("/")) }

// defaultLimit is DefaultLimit of the system whose root is sys.
func defaultLimit(sys fs.FS) int64 {
	least := int64(math.MaxInt64)
	for _, f := range []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := fs.ReadFile(sys, f)
		if err != nil {
			continue // not that kind of system
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
			least = min(least, n) // "max" means no limit
		}
	}
	if text, err := fs.ReadFile(sys, "proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
				if kib, err := strconv.ParseInt(f[1], 10, 64); err == nil && kib > 0 {
					least = min(least, kib<<10)
				}
			}
		}
	}
	if least == math.MaxInt64 {
		return fallbackLimit
	}
	return least / 4 * 3
}
