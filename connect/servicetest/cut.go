package servicetest

import (
	"context"
	"net/http"
)

// cutKey is the context key under which a request carries where its answer is to be cut.
type cutKey struct{}

func withCut(ctx context.Context, after int64) context.Context {
	return context.WithValue(ctx, cutKey{}, after)
}

// cutResponse makes the answer's body break where the request says. The proxy aborts the client's connection then,
// because it cannot keep the promised length.
func cutResponse(resp *http.Response) error {
	if after, ok := resp.Request.Context().Value(cutKey{}).(int64); ok {
		resp.Body = &cutBody{body: resp.Body, left: after}
	}
	return nil
}
