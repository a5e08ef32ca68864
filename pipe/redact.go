package pipe

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/siksik-data/siksik/spi"
)

// secretParams are parts of the names of URL parameters whose values are not shown.
var secretParams = []string{"password", "passwd", "secret", "token", "credential", "signature", "access_key", "apikey", "api_key"}

// secrets returns the parts of a URL that must not be shown: the password of its user and the values of secret parameters.
func secrets(uri string) []span {
	if spi.Scheme(uri) == "" {
		return nil
	}
	var out []span
	begin := strings.Index(uri, "://") + 3
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
		out = append(out, span{begin + colon + 1, begin + at})
	}
	for from := end + 1; from < len(uri); {
		to := len(uri)
		if amp := strings.IndexByte(uri[from:], '&'); amp >= 0 {
			to = from + amp
		}
		name, _, given := strings.Cut(uri[from:to], "=")
		if plain, err := url.QueryUnescape(name); given && err == nil && isSecret(plain) {
			out = append(out, span{from + len(name) + 1, to})
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

// redact replaces the secrets of a URL by ***. What is no URL is returned as it is.
func redact(uri string) string {
	var b strings.Builder
	last := 0
	for _, s := range secrets(uri) {
		b.WriteString(uri[last:s.start] + "***")
		last = s.end
	}
	return b.String() + uri[last:]
}

var urls = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"']+`)

// redactText hides the secrets of all URLs in a message.
func redactText(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return urls.ReplaceAllStringFunc(s, redact)
}

// mask overwrites the secrets of all URLs with as many stars, so that places in the text stay right.
func mask(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return urls.ReplaceAllStringFunc(s, func(u string) string {
		b := []byte(u)
		for _, x := range secrets(u) {
			for i := x.start; i < x.end; i++ {
				b[i] = '*'
			}
		}
		return string(b)
	})
}
