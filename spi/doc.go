// Package spi is what connectors and formats implement: tables to scan, sinks to load, drivers by URL scheme, file systems, file formats.
//
// What lives here: the contracts and their plain data (ScanSpec, Pred, Stats, Mode, Receipt), and the Registry that finds them by name.
// What does not: any implementation. Who may import it: everybody from floor 2 up, and every connector, ours or a stranger's.
//
// The suites in spi/spitest check an implementation against these contracts.
package spi
