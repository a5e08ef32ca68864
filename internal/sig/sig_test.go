package sig

import "testing"

func TestX(t *testing.T) { t.Log(len(All()), len(Names())) }
