// Command slt runs files of SQL with expected results (sqllogictest) and says which records pass.
//
//	go run ./cmd/slt -dialect sqlite select1.test
//	go run ./cmd/slt -chdir corpus -failures failures.txt corpus/test
//
// What lives here: flags, printing, exit codes. What does not: reading and running files (internal/slt).
//
// Exit codes: 0 all records passed, or the ratchet holds · 1 some failed · 2 wrong usage.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/slt"
)

func main() {
	mem.RaiseHeapFloor(8 << 30) // thousands of small engines live for a moment each
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// flags are the program's.
type flags struct {
	dialect, failures, ratchet, chdir, memory string
	jobs, threads, reasons                    int
	limit                                     time.Duration
	update, rewrite, verbose                  bool
	paths                                     []string
}

func parseFlags(args []string, errs io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("slt", flag.ContinueOnError)
	set.SetOutput(errs)
	set.Usage = func() {
		fmt.Fprintf(errs, "usage: slt [flags] PATH…   files, folders or globs\n")
		set.PrintDefaults()
	}
	set.StringVar(&f.dialect, "dialect", "duckdb", strings.Join(slt.DialectNames(), ", "))
	set.StringVar(&f.failures, "failures", "", "write every failing record to this file, sorted by kind")
	set.StringVar(&f.ratchet, "ratchet", "", "fail if fewer records of a file pass than this list says, instead of when any fails")
	set.BoolVar(&f.update, "update", false, "write the list of -ratchet instead of checking it")
	set.BoolVar(&f.rewrite, "rewrite", false, "write what queries give into the files")
	set.StringVar(&f.chdir, "chdir", "", "folder to which the paths in the files are relative; by default the nearest one above the first file that has a folder data")
	set.IntVar(&f.jobs, "jobs", runtime.GOMAXPROCS(0), "files at a time")
	set.IntVar(&f.threads, "threads", 2, "workers of a query")
	set.StringVar(&f.memory, "memory", "2GB", "memory of a file's engine")
	set.DurationVar(&f.limit, "timeout", 10*time.Second, "of one record")
	set.IntVar(&f.reasons, "reasons", 15, "how many reasons of each kind to list")
	set.BoolVar(&f.verbose, "v", false, "name each file when it has ended")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if f.paths = set.Args(); len(f.paths) == 0 {
		set.Usage()
		return nil, flag.ErrHelp
	}
	return f, nil
}

func run(args []string, out, errs io.Writer) int {
	f, err := parseFlags(args, errs)
	if err != nil {
		return 2
	}
	ok, err := f.run(out)
	if err != nil {
		fmt.Fprintln(errs, "error:", err)
		return 2
	}
	if !ok {
		return 1
	}
	return 0
}

// run runs the files and prints what they did.
func (f *flags) run(out io.Writer) (bool, error) {
	o := slt.Options{Threads: f.threads, Limit: f.limit, Rewrite: f.rewrite}
	var err error
	if o.Dialect, err = slt.DialectByName(f.dialect); err != nil {
		return false, err
	}
	if o.Memory, err = mem.ParseBytes(f.memory); err != nil {
		return false, err
	}
	files, err := slt.Find(f.paths)
	if err != nil {
		return false, err
	}
	for _, p := range []*string{&f.failures, &f.ratchet} {
		if *p != "" {
			if *p, err = filepath.Abs(*p); err != nil {
				return false, err
			}
		}
	}
	if f.chdir == "" && len(files) > 0 {
		f.chdir = dataFolder(files[0].Path)
	}
	if f.chdir != "" {
		if err := os.Chdir(f.chdir); err != nil {
			return false, err
		}
	}
	var mu sync.Mutex
	start := time.Now()
	reports, err := slt.Run(context.Background(), files, f.jobs, o, func(r *slt.FileReport) {
		mu.Lock()
		defer mu.Unlock()
		if f.verbose {
			fmt.Fprintf(out, "%6.1f s  %d passed, %d failed, %d skipped  %s\n", time.Since(start).Seconds(), r.Passed, len(r.Failures), len(r.Skips), r.Name)
		}
	})
	if err != nil {
		return false, err
	}
	return f.conclude(out, reports)
}

// dataFolder returns the nearest folder above a file that has a folder data, which is what the files of a corpus read; "" if there is none.
func dataFolder(path string) string {
	for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, "data")); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

// conclude writes the failures, the reasons, and the last line.
func (f *flags) conclude(out io.Writer, reports []*slt.FileReport) (bool, error) {
	if f.failures != "" {
		if err := writeFailures(f.failures, reports); err != nil {
			return false, err
		}
	}
	s := slt.Summarize(reports)
	s.WriteReasons(out, f.reasons)
	ok := s.Failures() == 0
	now := slt.RatchetOf(reports)
	switch {
	case f.ratchet == "":
	case f.update:
		if err := now.Write(f.ratchet); err != nil {
			return false, err
		}
		ok = true
	default:
		before, err := slt.ReadRatchet(f.ratchet)
		if err != nil {
			return false, err
		}
		worse, better := before.Check(now)
		for _, w := range worse {
			fmt.Fprintln(out, "worse:", w)
		}
		if better > 0 {
			fmt.Fprintf(out, "%d records more than %s says; write it again with -update\n", better, f.ratchet)
		}
		ok = len(worse) == 0
	}
	fmt.Fprintln(out, s)
	return ok, nil
}

func writeFailures(path string, reports []*slt.FileReport) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err := slt.WriteFailures(w, reports); err != nil {
		file.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
