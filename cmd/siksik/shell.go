package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/reeflective/readline"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// runShell reads statements from the terminal until the end of input. Errors are shown and the shell goes on; Ctrl-C ends the running statement.
func runShell(ctx context.Context, eng *sk.Engine, c *sqlCommand) error {
	rl := readline.NewShell()
	rl.Prompt.Primary(func() string { return "siksik> " })
	rl.Prompt.Secondary(func() string { return "   ...> " })
	rl.AcceptMultiline = func(line []rune) bool { return complete(string(line)) }
	rl.SyntaxHighlighter = func(line []rune) string { return highlight(string(line)) }
	words := &completer{ctx: ctx, eng: eng}
	rl.Completer = func(line []rune, cursor int) readline.Completions {
		return readline.CompleteValues(words.candidates(string(line[:cursor]))...)
	}
	if path := historyFile(); path != "" {
		rl.History.AddFromFile("statements", path)
	}
	fmt.Fprintln(c.stderr, "siksik: SQL over files, end statements with ; and leave with .exit or Ctrl-D; .help helps")
	for {
		line, err := rl.Readline()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case err != nil:
			return err
		}
		if strings.TrimSpace(line) == ".exit" || strings.TrimSpace(line) == ".quit" {
			return nil
		}
		c.shellLine(ctx, eng, line)
	}
}

// complete reports whether a line can run: a dot command, nothing, or statements that all end.
func complete(line string) bool {
	t := strings.TrimSpace(line)
	return t == "" || strings.HasPrefix(t, ".") || strings.HasSuffix(t, ";") && parse.Complete(t)
}

// shellLine runs one input.
func (c *sqlCommand) shellLine(ctx context.Context, eng *sk.Engine, line string) {
	switch t := strings.TrimSpace(line); {
	case t == "":
		return
	case t == ".help":
		fmt.Fprint(c.stderr, shellHelp)
		return
	case t == ".timing":
		c.timing = !c.timing
		return
	case t == ".tables":
		line = "SHOW TABLES"
	case strings.HasPrefix(t, "."):
		e := fault.New(fault.Usage, "no command %q", t)
		fmt.Fprintln(c.stderr, "error: "+fault.Render(e.WithHint("%s", fault.DidYouMean(t, shellCommands))))
		return
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	start := time.Now()
	if err := c.execute(ctx, eng, line); err != nil {
		fmt.Fprintln(c.stderr, "error: "+fault.Render(err))
		return
	}
	if !c.timing {
		fmt.Fprintf(c.stderr, "%d ms\n", time.Since(start).Milliseconds())
	}
}

var shellCommands = []string{".help", ".tables", ".timing", ".exit", ".quit"}

const shellHelp = `Statements end with ; and may span lines. Tab completes keywords, tables, columns and files.
  .tables   list tables and views      .timing   print time and rows of each statement
  .help     this text                  .exit     leave (also Ctrl-D)
  FROM 'data.parquet';                 read a file, glob or URL
  DESCRIBE FROM 'data.csv';            columns and types
  EXPLAIN ANALYZE SELECT …;            the plan with what each operator did
`

// historyFile is where statements are kept, or "" if there is no such place.
func historyFile() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir = filepath.Join(dir, "siksik")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return filepath.Join(dir, "history")
}
