// Package examples holds programs and pipelines to copy from, one in each folder.
//
// What lives here: the test that the blocks of the README run. What does not: anything to import. Who may import it: nobody.
package examples
