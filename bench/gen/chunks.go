package gen

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// chunkRows is how many rows a generator makes at a time, from one random stream.
const chunkRows = 4096

// appendChunk appends rows [first, end) of a data set to buf. It is called from several goroutines.
type appendChunk func(buf []byte, first, end int) []byte

// writeRows writes rows [first, end) to w in order, making chunks on all processors.
func writeRows(w io.Writer, first, end int, row appendChunk) error {
	workers := runtime.GOMAXPROCS(0)
	// results[i%workers] carries every chunk that worker i makes; reading them in turn restores the order.
	results, free := make([]chan []byte, workers), make(chan []byte, 2*workers)
	quit := make(chan struct{})
	var group sync.WaitGroup
	defer group.Wait()
	defer close(quit)
	chunks := (end - first + chunkRows - 1) / chunkRows
	for i := range workers {
		results[i] = make(chan []byte)
		group.Add(1)
		go func() {
			defer group.Done()
			for c := i; c < chunks; c += workers {
				var buf []byte
				select {
				case buf = <-free:
				default:
				}
				from := first + c*chunkRows
				buf = row(buf[:0], from, min(from+chunkRows, end))
				select {
				case results[i] <- buf:
				case <-quit:
					return
				}
			}
		}()
	}
	for c := range chunks {
		buf := <-results[c%workers]
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("writing generated rows: %w", err)
		}
		select {
		case free <- buf:
		default:
		}
	}
	return nil
}

// writeFile makes the file at path, and its directory, from what fill writes; gzip-ed if the name ends in .gz. The
// file appears when it is complete.
func writeFile(path string, fill func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the directory of %s: %w", path, err)
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := fillFile(f, strings.HasSuffix(path, ".gz"), fill); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("finishing %s: %w", path, err)
	}
	return nil
}

func fillFile(f *os.File, compress bool, fill func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(f, 1<<20)
	if !compress {
		if err := fill(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	}
	zip, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	if err := fill(zip); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	return buffered.Flush()
}
