package slt

import "testing"

func TestWhatDiffersOnPurposeIsKnownByFileAndSQL(t *testing.T) {
	r := parseOutside("differs one*.test ln\\(: it is so\nsql ^load: no loading\n")
	for _, c := range []struct{ file, sql, want string }{
		{"a/b/one_2.test", "SELECT LN(0)", "it is so"},
		{"a/b/one_2.test", "SELECT exp(0)", ""},
		{"a/one/two.test", "SELECT ln(0)", ""},
	} {
		if got := r.decided(c.file, c.sql); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.file, c.sql, got, c.want)
		}
	}
	if got := r.sql("LOAD x"); got != "no loading" {
		t.Errorf("a record outside: %q", got)
	}
}
