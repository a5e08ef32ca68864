package engine

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/mem"
)

// settings are what SET changes.
type settings struct {
	threads  int
	disabled map[string]bool // optimiser rules by name
	optimise bool
	fn       fn.Settings
	values   map[string]string // what SHOW prints, by lower-case name
}

func defaultSettings(threads int, memory int64) settings {
	s := settings{threads: threads, optimise: true, disabled: map[string]bool{}, values: map[string]string{}}
	s.values["threads"] = strconv.Itoa(threads)
	s.values["memory_limit"] = mem.FormatBytes(memory)
	s.values["optimizer"] = "true"
	s.values["disabled_optimizers"] = ""
	s.values["timezone"] = "UTC"
	s.values["error_on_division_by_zero"] = "true"
	return s
}

// clone copies the settings for one query, whose clock starts now.
func (s settings) clone() settings {
	s.fn.NowMicros = time.Now().UnixMicro()
	s.disabled, s.values = maps.Clone(s.disabled), maps.Clone(s.values)
	return s
}

// settingNames lists what Set takes.
var settingNames = []string{"threads", "optimizer", "disabled_optimizers", "timezone", "error_on_division_by_zero"}

// Set changes a setting for the queries that start after it.
func (e *Engine) Set(name, value string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := strings.ToLower(name)
	switch key {
	case "threads":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fault.New(fault.Value, "threads must be a whole number from 1, not %s", fault.Quote(value))
		}
		e.settings.threads = n
	case "optimizer":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fault.New(fault.Value, "optimizer must be true or false, not %s", fault.Quote(value))
		}
		e.settings.optimise = on
	case "disabled_optimizers":
		e.settings.disabled = map[string]bool{}
		for _, r := range strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' }) {
			e.settings.disabled[r] = true
		}
	case "timezone":
		if _, err := data.LoadZone(value); err != nil {
			return err
		}
		e.settings.fn.Zone = value
	case "error_on_division_by_zero":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fault.New(fault.Value, "error_on_division_by_zero must be true or false, not %s", fault.Quote(value))
		}
		e.settings.fn.DivisionZeroNull = !on
	case "memory_limit":
		return fault.New(fault.Unsupported, "memory_limit is fixed when the engine starts").WithHint("use --memory or siksik.Memory")
	default:
		err := fault.New(fault.Name, "no setting %q", name)
		if err.Hint = fault.DidYouMean(key, settingNames); err.Hint == "" {
			err.Hint = "settings: " + strings.Join(settingNames, ", ")
		}
		return err
	}
	e.settings.values[key] = value
	return nil
}
