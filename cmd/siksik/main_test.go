package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram is set in the environment of processes that tests start from the test binary: they are the program itself.
const asProgram = "SIKSIK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"siksik": main})
}

// TestScripts runs testdata/script: each file is a folder of inputs and a list of commands with what they must print and return.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"onlyhere": onlyHere,
		},
	})
}

// exits runs the program and checks its exit code: exits 2 run p.yaml.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGUMENTS…")
	}
	code := 0
	if err := ts.Exec("siksik", args[1:]...); err != nil {
		e, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("siksik: %v", err)
		}
		code = e.ExitCode()
	}
	if got := string(rune('0' + code)); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// onlyHere checks the names of the files in the current folder: onlyhere a b c.
func onlyHere(ts *testscript.TestScript, neg bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs("."))
	ts.Check(err)
	want := map[string]bool{}
	for _, a := range args {
		want[a] = true
	}
	for _, e := range entries {
		if !want[e.Name()] && e.Name() != ".tmp" {
			ts.Fatalf("there is a file %s", e.Name())
		}
		delete(want, e.Name())
	}
	for name := range want {
		ts.Fatalf("there is no file %s", name)
	}
}
