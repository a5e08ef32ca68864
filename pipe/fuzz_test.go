package pipe_test

import (
	"os"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

// FuzzParse checks that any text is a pipeline or an error that can be shown, with a place inside the text.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/mistakes.txt", "testdata/meaning.txt", "testdata/full.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "\n===") {
			_, body, _ := strings.Cut(part, "\n")
			f.Add(body)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pipe.Parse("p.yaml", text)
		if (p == nil) == (err == nil) && err == nil {
			t.Fatal("neither a pipeline nor an error")
		}
		if err != nil && fault.Render(err) == "" {
			t.Fatal("an error without words")
		}
	})
}
