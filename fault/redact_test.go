package fault

import (
	"strings"
	"testing"
)

func TestSecretsInURLsAreNotShown(t *testing.T) {
	for _, c := range [][2]string{
		{"postgres://me:geheim@db/x?table=t", "postgres://me:***@db/x?table=t"},
		{"postgres://me:ge/he@im@db:5432/x", "postgres://me:***@db:5432/x"},
		{"postgres://me@db:5432/x", "postgres://me@db:5432/x"},
		{"postgres://db:5432/x?user=a&password=geheim&sslmode=off", "postgres://db:5432/x?user=a&password=***&sslmode=off"},
		{"s3://bucket/a@b:c/*.gz", "s3://bucket/a@b:c/*.gz"},
		{"s3://bucket/key?X-Amz-Signature=abc&Secret_Key=def", "s3://bucket/key?X-Amz-Signature=***&Secret_Key=***"},
		{"sqlite://dau.db?table=t", "sqlite://dau.db?table=t"},
		{"plain/a:b@c.csv", "plain/a:b@c.csv"},
		{"x://", "x://"},
	} {
		if got := Redact(c[0]); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

func TestSecretsInMessagesAndSourceLinesAreNotShown(t *testing.T) {
	text := "sinks:\n  - {uri: \"postgres://me:geheim@db/x\", mod: append}\n"
	at := strings.Index(text, "mod:")
	got := Render(New(Usage, "no key in postgres://me:geheim@db/x").At("p.yaml", text, at, at+3))
	if strings.Contains(got, "geheim") || !strings.Contains(got, "postgres://me:******@db/x") || !strings.Contains(got, "in postgres://me:***@db/x") {
		t.Error(got)
	}
	// The caret stays below the key.
	lines := strings.Split(got, "\n")
	if strings.Index(lines[1], "mod:") != strings.Index(lines[2], "^^^") {
		t.Error(got)
	}
	if got := Redact(`cannot connect to "postgres://me:geheim@db/x": refused`); got != `cannot connect to "postgres://me:***@db/x": refused` {
		t.Error(got)
	}
}
