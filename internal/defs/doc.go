// Package defs holds the enums and option structs that both wings need. It has no behaviour.
//
// What lives here: join kinds, sort options, window frames. What does not: anything with logic. Who may import it: everybody inside the module.
package defs
