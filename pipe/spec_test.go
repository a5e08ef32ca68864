package pipe_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

var rewrite = flag.Bool("rewrite", false, "write golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -rewrite accepts):\n%s", path, d)
	}
}

// TestMistakesInSpecificationsAreShownAtTheirPlace reads testdata/mistakes.txt: specifications separated by lines of ===. The golden file holds what a
// person sees for each.
func TestMistakesInSpecificationsAreShownAtTheirPlace(t *testing.T) {
	text, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, part := range strings.Split(string(text), "\n===") {
		title, body, _ := strings.Cut(strings.TrimPrefix(part, "==="), "\n")
		_, err := pipe.Parse("p.yaml", body)
		out.WriteString("=== " + strings.TrimSpace(title) + "\n")
		if err == nil {
			t.Errorf("%s: no mistake found", title)
			continue
		}
		if c := fault.CodeOf(err); c != fault.Usage && c != fault.Syntax {
			t.Errorf("%s: code %q", title, c)
		}
		out.WriteString(fault.Render(err) + "\n")
	}
	golden(t, "mistakes.golden", out.String())
}

func TestThePublishedSchemaIsCurrent(t *testing.T) {
	path := "../docs/pipeline.schema.json"
	if *rewrite {
		if err := os.WriteFile(path, pipe.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, pipe.Schema()) {
		t.Errorf("%s is not what the description says; go test ./pipe -rewrite writes it", path)
	}
}

// compiled returns the schema ready for validation.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(pipe.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pipeline.json", v); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("pipeline.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid reports whether the schema accepts a YAML text.
func valid(t *testing.T, s *jsonschema.Schema, text string) bool {
	t.Helper()
	j, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return false
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v) == nil
}

func TestSchemaAndDecoderAcceptTheSamePipelines(t *testing.T) {
	s := compiled(t)
	files, err := filepath.Glob("../examples/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pipe.Parse(f, string(b)); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if !valid(t, s, string(b)) {
			t.Errorf("%s: the schema rejects it", f)
		}
	}
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Parse("full.yaml", string(full)); err != nil {
		t.Error(fault.Render(err))
	}
	if !valid(t, s, string(full)) {
		t.Error("full.yaml: the schema rejects it")
	}
}

func TestTheSchemaRejectsMistakesOfShape(t *testing.T) {
	s := compiled(t)
	text, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "\n===") {
		title, body, _ := strings.Cut(strings.TrimPrefix(part, "==="), "\n")
		// Mistakes of meaning, such as references to steps, are beyond a schema.
		if !strings.Contains(title, "(shape)") {
			continue
		}
		if valid(t, s, body) {
			t.Errorf("%s: the schema accepts it", title)
		}
	}
}
