// Package servicetest gives tests real services: a PostgreSQL server and an S3 server, started as ordinary processes
// on free ports of the loopback interface, by root or by a normal user, without containers.
//
// What lives here: finding or building the servers' programs, starting and stopping their processes, a database or a
// bucket per test, and an HTTP proxy that injects faults in front of an S3 server.
//
// What does not: test suites (spi/spitest), in-process fakes, and anything a connector needs outside tests.
//
// Who may import me: tests of every module, and nothing else.
//
// The shared servers start at the first use in a test process. With
//
//	func TestMain(m *testing.M) { servicetest.Main(m) }
//
// they run until the last test has ended; without it they stop whenever no running test uses them, which is as
// correct but slower. A missing program is a failed test that says what to install, never a skipped one.
package servicetest
