//go:build !unix

package main

import "context"

// interruptibleStdin does nothing where pipes cannot be read without waiting.
func interruptibleStdin(context.Context) (restore func()) { return func() {} }
