package fault

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// secretParams are parts of the names of URL parameters whose values are not shown.
var secretParams = []string{"password", "passwd", "secret", "token", "credential", "signature", "access_key", "apikey", "api_key"}

// secrets returns the parts of a URL that must not be shown: the password of its user and the values of secret parameters.
func secrets(uri string) [][2]int {
	begin := strings.Index(uri, "://") + 3
	if begin <= 3 || strings.ContainsAny(uri[:begin-3], "/\\") {
		return nil
	}
	var out [][2]int
	end := len(uri)
	if q := strings.IndexByte(uri, '?'); q >= 0 {
		end = q
	}
	authority := end
	if slash := strings.IndexByte(uri[begin:end], '/'); slash >= 0 {
		authority = begin + slash
	}
	// A password may hold a slash that was not escaped, so the last @ before the query counts.
	at := strings.LastIndexByte(uri[begin:end], '@')
	if colon := strings.IndexByte(uri[begin:authority], ':'); at > colon && colon >= 0 {
		out = append(out, [2]int{begin + colon + 1, begin + at})
	}
	for from := end + 1; from < len(uri); {
		to := len(uri)
		if amp := strings.IndexByte(uri[from:], '&'); amp >= 0 {
			to = from + amp
		}
		name, _, given := strings.Cut(uri[from:to], "=")
		if plain, err := url.QueryUnescape(name); given && err == nil && isSecret(plain) {
			out = append(out, [2]int{from + len(name) + 1, to})
		}
		from = to + 1
	}
	return out
}

func isSecret(param string) bool {
	low := strings.ToLower(param)
	for _, s := range secretParams {
		if strings.Contains(low, s) {
			return true
		}
	}
	return false
}

var urls = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"']+`)

// Redact replaces the secrets of all URLs in a text by ***: passwords, and parameters whose names say that they are secret.
func Redact(text string) string {
	return redact(text, func(string) string { return "***" })
}

// mask overwrites the secrets of all URLs with as many stars, so that carets below the text stay right.
func mask(text string) string {
	return redact(text, func(s string) string { return strings.Repeat("*", utf8.RuneCountInString(s)) })
}

func redact(text string, stars func(secret string) string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return urls.ReplaceAllStringFunc(text, func(u string) string {
		var b strings.Builder
		last := 0
		for _, s := range secrets(strings.TrimRight(u, ".,:;)")) { // what ends a sentence does not belong to the URL
			b.WriteString(u[last:s[0]] + stars(u[s[0]:s[1]]))
			last = s[1]
		}
		return b.String() + u[last:]
	})
}
