package fn

import (
	"testing"

	"github.com/siksik-data/siksik/internal/sig"
)

func TestEveryScalarOverloadHasExactlyOneImplementation(t *testing.T) {
	All()
	want := map[string]bool{}
	for _, o := range sig.All() {
		if o.Kind != sig.Scalar {
			continue
		}
		want[o.ID] = true
		if _, ok := Get(o.ID); !ok {
			t.Errorf("sig declares %s, which has no implementation", o.ID)
		}
	}
	for id := range registry.makers {
		if !want[id] {
			t.Errorf("fn implements %s, which sig does not declare", id)
		}
	}
}
