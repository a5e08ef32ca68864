package fn

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checkWalk compares a pattern's walker with the library on a text, and reports whether the walker was sure.
func checkWalk(t *testing.T, p *pattern, re *regexp.Regexp, text string) bool {
	t.Helper()
	var loc places
	got, sure := p.walk.find([]byte(text), &loc)
	want := re.FindStringSubmatchIndex(text)
	if sure && !slices.Equal(got, want) {
		t.Fatalf("%s in %q: %v, want %v", re, text, got, want)
	}
	own := re.ReplaceAllString(text, "<${0}|${1}>")
	tmpl := parseTemplate(`<\0|\1>`)
	if got := string(appendReplacedRegex(nil, []byte(text), p, &tmpl, -1)); got != own {
		t.Fatalf("%s in %q: replaced %q, want %q", re, text, got, own)
	}
	if got := p.match([]byte(text)); got != (want != nil) {
		t.Fatalf("%s in %q: matches: %v", re, text, got)
	}
	return sure
}

func TestPatternsThatAreSequencesMatchAsTheLibraryDoes(t *testing.T) {
	texts := []string{"", "a", "ab\nc", "http://www.site.example/page/1", "https://wwwx/", "https://www./", "http:///", "2024-05-06 12:00:00 ERROR [main] ein Fehler", "ключ=значение; и ещё",
		"日本語/テキスト/", "aaaaaaaaab", "/////", "k=v", "=", "ww\n/", "12.5%"}
	for _, text := range []string{`^https?://(?:www\.)?([^/]+)/.*$`, `^(\w+)=(.*)$`, `\A([^=]*)=([^;]+);?`, `^(\d+)-(\d+)-(\d+) (\S+) (.*)\[`, `^.*/`, `^.+/(.?)`, `^a*a*b`, `^[^a]`, `^é?ключ`,
		`^(.*)(.*)$`, `^(?:www\.)?www`, `^[^\n]*/`, `^((.)(.))`, `(?s)^.*c`, `^ab?\n`, `^(日?本?)`, `^[\x00-\x7F]+`, `^$`, `^()x?`, `^[^\x{80}-\x{10FFFF}]*=`} {
		p, err := compilePattern(text, "", false)
		if err != nil || p.walk == nil {
			t.Fatalf("%s is no sequence: %v", text, err)
		}
		for _, s := range texts {
			checkWalk(t, p, regexp.MustCompile(text), s)
		}
	}
	for _, text := range []string{`a`, `^a|b`, `^(a|bc)*x`, `^a{2,3}(?:bc){2,}`, `^a*?b`, `(?m)^a`, `^\bx`, `(?i)^a`, `^[à-ö]`, `^é*`, `^(?:ab)*`, `^(1)(2)(3)(4)(5)(6)(7)(8)(9)(10)`} {
		if p, err := compilePattern(text, "", false); err != nil || p.walk != nil {
			t.Errorf("%s is taken for a sequence (%v)", text, err)
		}
	}
}

func TestRandomSequencesMatchAsTheLibraryDoes(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	parts := []string{"a", "b", "/", "ab", "é", ".", "[^/]", "[ab]", "a?", "(?:ab)?", ".*", ".+", "[^/]*", "[^/]+", "[a/]+", "(.*)", "([^a]+)", "(a)", "(b?)", "[^é]", `\w+`, `\s*`}
	letters := []string{"a", "b", "/", "é", "ab", "\n", " ", "語"}
	sure := 0
	for i := range 4000 {
		src := "^"
		for range 1 + r.IntN(5) {
			src += parts[r.IntN(len(parts))]
		}
		if r.IntN(2) == 0 {
			src += "$"
		}
		p, err := compilePattern(src, "", false)
		if err != nil {
			t.Fatal(err)
		}
		if p.walk == nil {
			continue
		}
		re := regexp.MustCompile(src)
		for range 6 {
			s := ""
			for range r.IntN(12) {
				s += letters[r.IntN(len(letters))]
			}
			if checkWalk(t, p, re, s) {
				sure++
			}
		}
		if i == 3999 && sure < 10_000 {
			t.Errorf("seed %d: only %d texts were matched by sequences", seed, sure)
		}
	}
}

func TestTextsThatTakeManyAttemptsAreLeftToTheLibrary(t *testing.T) {
	text := "^" + strings.Repeat("(?:a)?.*", 4) + "b$"
	p, err := compilePattern(text, "", false)
	if err != nil || p.walk == nil {
		t.Fatal(p, err)
	}
	s := strings.Repeat("a", 2000)
	if checkWalk(t, p, regexp.MustCompile(text), s+"c") {
		t.Error("a text that takes many attempts is matched by attempts")
	}
	checkWalk(t, p, regexp.MustCompile(text), s+"b")
}

func BenchmarkRegexpOfAddresses(b *testing.B) {
	p, err := compilePattern(`^https?://(?:www\.)?([^/]+)/.*$`, "", false)
	if err != nil {
		b.Fatal(err)
	}
	tmpl, dst := parseTemplate(`\1`), []byte(nil)
	var texts [][]byte
	for i := range 64 {
		texts = append(texts, fmt.Appendf(nil, "http://www.site%d.example/reviews/c4f431/page-%d", i, i*i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		dst = appendReplacedRegex(dst[:0], texts[i&63], p, &tmpl, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/row")
}
