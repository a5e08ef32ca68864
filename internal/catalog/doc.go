// Package catalog finds relations by name: tables in memory, views over SQL or frames, registered functions, and anything that a path or URL
// names, through the drivers, file systems and formats of a spi.Registry.
//
// What lives here: the names of one engine and the opening of paths. What does not: binding (internal/bind), execution. Who may import it:
// internal/bind and internal/engine.
package catalog
