package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// The colours of the shell.
const (
	colourKeyword = "\x1b[1;34m"
	colourText    = "\x1b[32m"
	colourNumber  = "\x1b[36m"
	colourComment = "\x1b[2m"
	colourOff     = "\x1b[0m"
)

// highlight colours a line of SQL.
func highlight(line string) string {
	var b strings.Builder
	at := 0
	for _, t := range parse.Tokens(line) {
		b.WriteString(line[at:t.Start])
		word := line[t.Start:t.End]
		at = t.End
		colour := ""
		switch {
		case t.Kind == parse.Word && t.Class != ast.NotKeyword:
			colour = colourKeyword
		case t.Kind == parse.String:
			colour = colourText
		case t.Kind == parse.Number:
			colour = colourNumber
		case t.Kind == parse.Comment:
			colour = colourComment
		}
		if colour == "" {
			b.WriteString(word)
			continue
		}
		b.WriteString(colour + word + colourOff)
	}
	return b.String() + line[at:]
}

// completer finds words that could follow.
type completer struct {
	ctx context.Context
	eng *sk.Engine
}

// candidates completes the word at the end of a text: files inside quotes, otherwise keywords, tables, and columns of the tables and files
// that the text names.
func (c *completer) candidates(text string) []string {
	if i := strings.LastIndexByte(text, '\''); i >= 0 && strings.Count(text, "'")%2 == 1 {
		return files(text[i+1:])
	}
	word := text[strings.LastIndexAny(text, " \t\n,(=<>+-*/;")+1:]
	var all []string
	all = append(all, c.eng.Tables()...)
	all = append(all, c.columns(text)...)
	for k := range ast.Keywords() {
		all = append(all, strings.ToUpper(k))
	}
	var out []string
	for _, w := range all {
		if len(w) > len(word) && strings.EqualFold(w[:len(word)], word) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// files lists the paths that start with prefix.
func files(prefix string) []string {
	found, err := filepath.Glob(prefix + "*")
	if err != nil {
		return nil
	}
	return found
}

// columns lists the columns of the tables and files that follow FROM or JOIN in a text.
func (c *completer) columns(text string) []string {
	var out []string
	tokens := parse.Tokens(text)
	for i := 0; i+1 < len(tokens); i++ {
		word := strings.ToLower(text[tokens[i].Start:tokens[i].End])
		next := tokens[i+1]
		if word != "from" && word != "join" {
			continue
		}
		name := text[next.Start:next.End]
		f := c.eng.Table(name)
		if next.Kind == parse.String {
			f = sk.Scan(strings.Trim(name, "'"))
		}
		if s, err := f.Schema(c.ctx); err == nil {
			out = append(out, s.Names()...)
		}
	}
	return out
}
