package dtype_test

import (
	"testing"

	"github.com/siksik-data/siksik/dtype"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	for _, text := range []string{"bigint[]", "int64", "struct(a int64, \"b c\" varchar[], d decimal(10,2))", "map(varchar, double)", "enum('a', 'it''s')",
		"timestamp with time zone", "timestamp_ns with time zone", "timestamp(Europe/Berlin)", "decimal(38,10)[3][]", "double precision", "struct(x struct(y date))"} {
		a, err := dtype.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := dtype.Parse(a.String())
		if err != nil || !a.Equal(b) {
			t.Errorf("%s: %s read back as %s, %v", text, a, b, err)
		}
	}
	if got, _ := dtype.Parse("timestamp(Europe/Berlin)"); got.Zone != "Europe/Berlin" {
		t.Errorf("zone %q", got.Zone)
	}
	for _, text := range []string{"", "int[", "struct(a)", "map(int)", "enum(a)", "bigint x", "int[0]", "decimal(a)", "bignit"} {
		if got, err := dtype.Parse(text); err == nil {
			t.Errorf("%q read as %s", text, got)
		}
	}
}
