package engine

import (
	"maps"
	"slices"
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
	s.values["integer_division"] = "false"
	s.values["default_order"] = "ASC"
	s.values["default_null_order"] = "NULLS_LAST"
	s.values["calendar"] = "gregorian"
	return s
}

// clone copies the settings for one query, whose clock starts now.
func (s settings) clone() settings {
	s.fn.NowMicros = time.Now().UnixMicro()
	s.disabled, s.values = maps.Clone(s.disabled), maps.Clone(s.values)
	return s
}

// settingNames lists what Set takes.
var settingNames = []string{"threads", "optimizer", "disabled_optimizers", "timezone", "calendar", "error_on_division_by_zero", "integer_division",
	"default_order", "default_null_order"}

// withoutEffect are settings of DuckDB that its scripts contain and that concern neither results nor anything that this engine has: speed, display, and
// which of two syntaxes that are both read is read.
var withoutEffect = []string{"preserve_insertion_order", "enable_progress_bar", "enable_progress_bar_print", "enable_object_cache",
	"enable_external_file_cache", "merge_join_threshold", "nested_loop_join_threshold", "prefetch_all_parquet_files", "parquet_metadata_cache",
	"max_expression_depth", "pivot_filter_threshold", "storage_compatibility_version", "lambda_syntax", "immediate_transaction_mode"}

// Set changes a setting for the queries that start after it.
func (e *Engine) Set(name, value string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := strings.ToLower(name)
	switch key {
	case "null_order":
		key = "default_null_order"
	case "worker_threads":
		key = "threads"
	}
	value, err := e.settings.apply(key, name, value)
	if err == nil {
		e.settings.values[key] = value
	}
	return err
}

// Setting returns the value of a setting as SHOW prints it, "" if there is none.
func (e *Engine) Setting(name string) string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.settings.values[strings.ToLower(name)]
}

// apply checks a value, gives it its one spelling, and changes what it stands for.
func (s *settings) apply(key, name, value string) (string, error) {
	switch key {
	case "threads":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return "", fault.New(fault.Value, "threads must be a whole number from 1, not %s", fault.Quote(value))
		}
		s.threads = n
	case "optimizer", "error_on_division_by_zero", "integer_division":
		on, err := strconv.ParseBool(strings.ToLower(value))
		if err != nil {
			return "", fault.New(fault.Value, "%s must be true or false, not %s", key, fault.Quote(value))
		}
		switch key {
		case "optimizer":
			s.optimise = on
		case "error_on_division_by_zero":
			s.fn.DivisionZeroNull = !on
		}
		value = strconv.FormatBool(on)
	case "disabled_optimizers":
		s.disabled = map[string]bool{}
		for _, r := range strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' }) {
			s.disabled[r] = true
		}
	case "timezone":
		if _, err := data.LoadZone(value); err != nil {
			return "", err
		}
		s.fn.Zone = value
	case "calendar":
		if !strings.EqualFold(value, "gregorian") {
			return "", fault.New(fault.Unsupported, "the calendar %q is not supported; there is gregorian", value)
		}
	case "default_order", "default_null_order":
		return orderSetting(key, value)
	case "memory_limit":
		return "", fault.New(fault.Unsupported, "memory_limit is fixed when the engine starts").WithHint("use --memory or siksik.Memory")
	default:
		if slices.Contains(withoutEffect, key) {
			return value, nil
		}
		err := fault.New(fault.Name, "no setting %q", name)
		if err.Hint = fault.DidYouMean(key, settingNames); err.Hint == "" {
			err.Hint = "settings: " + strings.Join(settingNames, ", ")
		}
		return "", err
	}
	return value, nil
}

// orderNames are the values of default_order and default_null_order with their other spellings.
var orderNames = map[string]map[string]string{
	"default_order": {"asc": "asc", "ascending": "asc", "desc": "desc", "descending": "desc"},
	"default_null_order": {"nulls_first": "nulls_first", "nulls first": "nulls_first", "null first": "nulls_first", "first": "nulls_first",
		"nulls_last": "nulls_last", "nulls last": "nulls_last", "null last": "nulls_last", "last": "nulls_last",
		"nulls_first_on_asc_last_on_desc": "nulls_first_on_asc_last_on_desc", "sqlite": "nulls_first_on_asc_last_on_desc", "mysql": "nulls_first_on_asc_last_on_desc",
		"nulls_last_on_asc_first_on_desc": "nulls_last_on_asc_first_on_desc", "postgres": "nulls_last_on_asc_first_on_desc"},
}

func orderSetting(key, value string) (string, error) {
	if v, ok := orderNames[key][strings.ToLower(value)]; ok {
		return strings.ToUpper(v), nil
	}
	if key == "default_order" {
		return "", fault.New(fault.Value, "default_order must be asc or desc, not %s", fault.Quote(value))
	}
	return "", fault.New(fault.Value, "default_null_order must be nulls_first or nulls_last, not %s", fault.Quote(value))
}
