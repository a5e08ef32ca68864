package s3

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// object is what the store says about one object.
type object struct {
	Key  string
	Size int64
	ETag string
}

func etag(s string) string { return strings.Trim(s, `"`) }

// get asks for bytes [from, to] of an object, which must still have the ETag if one is given.
func (s *store) get(ctx context.Context, bucket, key string, from, to int64, tag string) (io.ReadCloser, http.Header, error) {
	header := map[string]string{"Range": "bytes=" + strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10)}
	if tag != "" {
		header["If-Match"] = `"` + tag + `"`
	}
	resp, err := s.send(ctx, request{method: http.MethodGet, bucket: bucket, key: key, header: header})
	if err != nil {
		return nil, nil, err
	}
	return resp.Body, resp.Header, nil
}

// stat asks for the size and the ETag of an object.
func (s *store) stat(ctx context.Context, bucket, key string) (object, error) {
	resp, err := s.send(ctx, request{method: http.MethodHead, bucket: bucket, key: key})
	if err != nil {
		return object{}, err
	}
	defer resp.Body.Close()
	return object{Key: key, Size: max(resp.ContentLength, 0), ETag: etag(resp.Header.Get("ETag"))}, nil
}

// bucketExists asks whether there is a bucket.
func (s *store) bucketExists(ctx context.Context, bucket string) (bool, error) {
	_, err := s.call(ctx, request{method: http.MethodHead, bucket: bucket}, nil)
	if response(err).StatusCode == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// buckets lists the names of the caller's buckets.
func (s *store) buckets(ctx context.Context) ([]string, error) {
	var out struct {
		Names []string `xml:"Buckets>Bucket>Name"`
	}
	_, err := s.call(ctx, request{method: http.MethodGet}, &out)
	return out.Names, err
}

// page is a part of a listing.
type page struct {
	Contents []object
	Prefixes []string `xml:"CommonPrefixes>Prefix"` // folders, if the listing is not deep
	Encoding string   `xml:"EncodingType"`
	More     bool     `xml:"IsTruncated"`
	Next     string   `xml:"NextContinuationToken"`
}

// page lists objects whose key has the prefix and comes after a key, in the order of keys; without deep only those without a further slash. next is
// page.Next of the page before.
func (s *store) page(ctx context.Context, bucket, prefix string, deep bool, after, next string) (*page, error) {
	q := url.Values{"list-type": {"2"}, "encoding-type": {"url"}, "max-keys": {"1000"}, "prefix": {prefix}}
	if !deep {
		q.Set("delimiter", "/")
	}
	if after != "" {
		q.Set("start-after", after)
	}
	if next != "" {
		q.Set("continuation-token", next)
	}
	out := &page{}
	if _, err := s.call(ctx, request{method: http.MethodGet, bucket: bucket, query: q}, out); err != nil {
		return nil, err
	}
	var err error
	for i := range out.Contents {
		o := &out.Contents[i]
		o.ETag = etag(o.ETag)
		if o.Key, err = out.decoded(o.Key); err != nil {
			return nil, err
		}
	}
	for i := range out.Prefixes {
		if out.Prefixes[i], err = out.decoded(out.Prefixes[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *page) decoded(key string) (string, error) {
	if p.Encoding != "url" {
		return key, nil
	}
	return url.QueryUnescape(key)
}

// put makes an object.
func (s *store) put(ctx context.Context, bucket, key string, body []byte) error {
	_, err := s.call(ctx, request{method: http.MethodPut, bucket: bucket, key: key, body: body, header: checked(body)}, nil)
	return err
}

// checked is the header with the checksum that lets the store refuse damaged bytes.
func checked(body []byte) map[string]string {
	sum := md5.Sum(body)
	return map[string]string{"Content-Md5": base64.StdEncoding.EncodeToString(sum[:]), "Content-Type": "application/octet-stream"}
}

// startUpload begins a multipart upload and returns its id.
func (s *store) startUpload(ctx context.Context, bucket, key string) (string, error) {
	var out struct {
		ID string `xml:"UploadId"`
	}
	_, err := s.call(ctx, request{method: http.MethodPost, bucket: bucket, key: key, query: url.Values{"uploads": {""}},
		header: map[string]string{"Content-Type": "application/octet-stream"}}, &out)
	return out.ID, err
}

// part is an uploaded part.
type part struct {
	Number int    `xml:"PartNumber"`
	ETag   string `xml:"ETag"`
}

// putPart uploads one part.
func (s *store) putPart(ctx context.Context, bucket, key, id string, number int, body []byte) (part, error) {
	q := url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {id}}
	header, err := s.call(ctx, request{method: http.MethodPut, bucket: bucket, key: key, query: q, body: body, header: checked(body)}, nil)
	return part{number, etag(header.Get("ETag"))}, err
}

// completeUpload makes the object of the parts, which stand in order.
func (s *store) completeUpload(ctx context.Context, bucket, key, id string, parts []part) error {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUpload"`
		Parts   []part   `xml:"Part"`
	}{Parts: parts})
	if err != nil {
		return err
	}
	var out struct {
		ETag string
	}
	_, err = s.call(ctx, request{method: http.MethodPost, bucket: bucket, key: key, query: url.Values{"uploadId": {id}}, body: body,
		header: map[string]string{"Content-Type": "application/xml"}}, &out)
	return err
}

// abortUpload removes the parts of an upload.
func (s *store) abortUpload(ctx context.Context, bucket, key, id string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, bucket: bucket, key: key, query: url.Values{"uploadId": {id}}}, nil)
	return err
}
