package compute

import (
	"encoding/json"

	"github.com/siksik-data/siksik/data"
)

// toJSON writes every value as JSON.
func (k *conv) toJSON() *data.Column {
	t := k.s.Text(k.c.Len)
	for i := range k.c.Len {
		if k.c.Valid.Get(i) {
			t.Buf = AppendJSON(t.Buf, k.c, i)
			t.Row(i)
		}
	}
	return t.Column(k.s, k.to, k.valid)
}

// checkJSON keeps text that is one JSON value.
func (k *conv) checkJSON() *data.Column {
	src := data.Slice[data.View](k.c)
	for i := range src {
		if k.c.Valid.Get(i) && !json.Valid(src[i].Bytes(k.c.Heap)) && !k.reject(i) {
			return nil
		}
	}
	out := k.s.Column()
	*out = *k.c
	out.Type, out.Valid = k.to, k.valid
	if k.valid != nil {
		s := Make[data.View](k.s, k.c.Len)
		copy(s, src)
		out.Buf = data.FixedBytes(s)
		k.s.blankNulls(out)
	}
	return out
}
