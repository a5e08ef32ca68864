package pipe

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/siksik-data/siksik/spi"
)

// secretParams are parts of the names of URL parameters whose values are not shown.
var secretParams = []string{"password", "secret", "token", "credential", "signature", "access_key", "apikey", "api_key"}

// redact hides the passwords in a URL. What is no URL is returned as it is.
func redact(uri string) string {
	if spi.Scheme(uri) == "" {
		return uri
	}
	head, query, asked := strings.Cut(uri, "?")
	scheme, rest, _ := strings.Cut(head, "://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if user, _, secret := strings.Cut(rest[:at], ":"); secret {
			rest = user + ":***" + rest[at:]
		}
	}
	out := scheme + "://" + rest
	if !asked {
		return out
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, _, _ := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(name); err == nil && isSecret(plain) {
			parts[i] = name + "=***"
		}
	}
	return out + "?" + strings.Join(parts, "&")
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

// redactText hides the passwords of all URLs in a message.
func redactText(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return urls.ReplaceAllStringFunc(s, redact)
}
