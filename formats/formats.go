package formats

import "github.com/siksik-data/siksik/internal/engine"

func init() {
	engine.LinkReaders()
	engine.LinkWriters()
}
