// Package s3 is the file system of Amazon S3 and of stores that speak its protocol. Importing it adds the scheme "s3" to spi.Default.
//
// Paths are s3://bucket/key. A path may end with parameters, which win over the environment: endpoint=http://host:port, region=…,
// path_style=true|false and anonymous=true, as in s3://logs/2026/*.ndjson.gz?endpoint=http://localhost:9000. Keys are taken as they are
// written, without percent-decoding; a "?" that does not start a parameter is part of the key or pattern.
//
// # Settings
//
// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL name another endpoint than Amazon's; buckets are then addressed by path. AWS_REGION or AWS_DEFAULT_REGION
// name the region, which is otherwise asked from Amazon. Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else from
// the shared files (~/.aws/credentials, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE), else from a role (web identity tokens, container and instance
// metadata), and else requests are anonymous, which public buckets accept.
//
// # Reading
//
// Opening learns the size and the ETag, and every later request demands that ETag: an object that is replaced while it is read gives an error and
// not a mixture. Requests are repeated with growing pauses after answers 429 and 5xx, broken connections and stalls, and a body that
// breaks midway goes on at the byte that was reached. Large ranges and streams are fetched as several ranges at once.
//
// # Writing
//
// Small objects are one PUT, larger ones a multipart upload with a few parts in memory. Either appears whole at Commit; Abort removes the parts.
//
// What lives here: the file system. What does not: formats, compression, local files. Who may import it: programs that want it.
package s3
