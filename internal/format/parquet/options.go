package parquet

import (
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// options are the settings of a table.
type options struct {
	filename       string // name of the column that holds the file's path, or ""
	hive           string // "auto", "on" or "off"
	unionByName    bool
	binaryAsString bool
	int96Nano      bool
	rowNumber      string // name of the column that holds the position in the file, or ""
}

var optionNames = []string{"filename", "hive_partitioning", "union_by_name", "binary_as_string", "int96_unit", "file_row_number"}

// parseOptions reads the options of a table; see Format.OpenTable for what they mean.
func parseOptions(opts spi.Options) (*options, error) {
	o := &options{hive: "auto"}
	for name, v := range opts {
		var err error
		switch name {
		case "filename":
			o.filename, err = nameOption(name, v)
		case "file_row_number":
			o.rowNumber, err = nameOption(name, v)
		case "hive_partitioning":
			var on bool
			if on, err = boolOption(name, v); on {
				o.hive = "on"
			} else {
				o.hive = "off"
			}
		case "union_by_name":
			o.unionByName, err = boolOption(name, v)
		case "binary_as_string":
			o.binaryAsString, err = boolOption(name, v)
		case "int96_unit":
			if v != "us" && v != "ns" {
				err = fault.New(fault.Usage, "option int96_unit of parquet is 'us' or 'ns', not %v", v)
			}
			o.int96Nano = v == "ns"
		default:
			err = spi.UnknownOption("parquet", name, optionNames)
		}
		if err != nil {
			return nil, err
		}
	}
	return o, nil
}

func boolOption(name string, v any) (bool, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		if v == "true" || v == "false" {
			return v == "true", nil
		}
		if v == "1" || v == "0" {
			return v == "1", nil
		}
	case int64:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	}
	return false, fault.New(fault.Usage, "option %s of parquet takes true or false, not %v", name, v)
}

// nameOption reads an option that switches on a column: true gives it the option's name, text another one.
func nameOption(name string, v any) (string, error) {
	if s, ok := v.(string); ok && s != "" && s != "true" && s != "false" && s != "1" && s != "0" {
		return s, nil
	}
	on, err := boolOption(name, v)
	if !on {
		return "", err
	}
	return name, nil
}
