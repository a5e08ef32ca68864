package s3

import (
	"os"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// settings say how to reach a store and as whom. They are comparable: clients are kept by them.
type settings struct {
	endpoint  string // a URL, or "" for Amazon's
	region    string
	pathStyle bool
	anonymous bool
	key       string
	secret    string
	token     string
	roles     bool // roles may be asked for credentials
}

// environment reads the settings that the process was started with. This is the only place that does.
func environment() settings {
	s := settings{
		endpoint: first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
		region:   first("AWS_REGION", "AWS_DEFAULT_REGION"),
		key:      os.Getenv("AWS_ACCESS_KEY_ID"), secret: os.Getenv("AWS_SECRET_ACCESS_KEY"), token: os.Getenv("AWS_SESSION_TOKEN"),
	}
	s.pathStyle = s.endpoint != ""
	// Away from Amazon, the instance metadata service does not exist, and asking for it takes until a timeout.
	s.roles = s.endpoint == "" && !strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true") ||
		first("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI") != ""
	return s
}

func first(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// set applies one parameter of a path.
func (s *settings) set(name, value string) error {
	switch name {
	case "endpoint":
		if s.endpoint == "" && value != "" {
			s.pathStyle = true
			s.roles = false
		}
		s.endpoint = value
	case "region":
		s.region = value
	case "path_style", "anonymous":
		if value != "true" && value != "false" {
			return fault.New(fault.Usage, "%s in an s3 path is true or false, not %q", name, value)
		}
		if name == "path_style" {
			s.pathStyle = value == "true"
		} else {
			s.anonymous = value == "true"
		}
	}
	return nil
}
