package gen

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// LogOptions change the layout and the period of Logs. The zero value means one plain file over January 2026.
type LogOptions struct {
	Files int       // number of files; 0 means the single file logs.ndjson
	Gzip  bool      // compress each file and add .gz to its name
	Start time.Time // first day in UTC; the zero value means 2026-01-01
	Days  int       // length of the period; 0 means 30
}

const (
	logJitterMillis = 300_000 // how far a line may lie from its place in the order of time
	logUnknownUser  = 256     // one line in so many is of a user that the users table does not have
)

func (o LogOptions) withDefaults() LogOptions {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Days == 0 {
		o.Days = 30
	}
	return o
}

// Logs writes the main job's log into dir and returns the paths written: that many lines of newline-delimited JSON,
// about 263 bytes each, by users 1 to users (and a few unknown ones), spread evenly over the period in slightly
// shuffled order. With several files, each holds an equal, contiguous part and is named
// logs/<year>/<month>/part-0000.ndjson after its first line's month.
//
// A line has nine fields: timestamp (ISO 8601 in milliseconds, UTC), user_id, level, event, request {method, path,
// status}, latency_ms, ip, device {os, tags [...]} and session_id.
func Logs(dir string, lines, users int, seed uint64, opts LogOptions) ([]string, error) {
	if lines < 1 || users < 1 {
		return nil, fmt.Errorf("logs of %d lines by %d users: both must be at least 1", lines, users)
	}
	l := &logs{LogOptions: opts.withDefaults(), lines: lines, users: users, seed: seed}
	suffix := ".ndjson"
	if l.Gzip {
		suffix += ".gz"
	}
	if l.Files == 0 {
		path := filepath.Join(dir, "logs"+suffix)
		return []string{path}, writeFile(path, func(w io.Writer) error { return writeRows(w, 0, lines, l.appendLines) })
	}
	paths := make([]string, l.Files)
	errs := make([]error, l.Files)
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range paths {
		first, end := lines*i/l.Files, lines*(i+1)/l.Files
		month := l.at(first).Format("2006/01")
		paths[i] = filepath.Join(dir, "logs", filepath.FromSlash(month), fmt.Sprintf("part-%04d%s", i, suffix))
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer group.Done()
			defer func() { <-slots }()
			errs[i] = writeFile(paths[i], func(w io.Writer) error { return writeRows(w, first, end, l.appendLines) })
		}()
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// logs is one data set of log lines.
type logs struct {
	LogOptions
	lines, users int
	seed         uint64
}

// at returns the time around which line number i lies.
func (l *logs) at(i int) time.Time {
	period := time.Duration(l.Days) * 24 * time.Hour
	// The product of period and i would overflow for large logs in nanoseconds.
	return l.Start.Add(time.Duration(float64(period) * (float64(i) / float64(l.lines))))
}

// appendLines appends lines [first, end). Each line has its own random stream, so its content does not depend on how
// the log is cut into chunks and files.
func (l *logs) appendLines(buf []byte, first, end int) []byte {
	last := l.Start.AddDate(0, 0, l.Days).Add(-time.Millisecond)
	for i := first; i < end; i++ {
		r := newRNG(l.seed, i)
		at := l.at(i).Add(time.Duration(r.below(2*logJitterMillis)-logJitterMillis) * time.Millisecond)
		// What would lie outside the period is mirrored into it.
		if at.Before(l.Start) {
			at = l.Start.Add(l.Start.Sub(at))
		}
		if at.After(last) {
			at = last.Add(last.Sub(at))
		}
		buf = l.appendLine(buf, &r, at)
	}
	return buf
}

var (
	logLevels  = []string{"info", "info", "debug", "warn", "error"}
	logEvents  = []string{"page_view", "click", "search", "add_to_cart", "login", "checkout", "logout", "signup"}
	logMethods = []string{"GET", "GET", "GET", "POST", "PUT", "DELETE"}
	logRoutes  = []string{"items", "search", "cart", "users", "orders", "sessions", "reviews", "payments"}
	logStatus  = []string{"200", "200", "200", "200", "201", "204", "304", "400", "404", "500", "503"}
	logSystems = []string{"android", "ios", "windows", "macos", "linux"}
	logTags    = []string{`"new"`, `"beta"`, `"mobile"`, `"paid"`, `"trial"`, `"staff"`}
)

func (l *logs) appendLine(buf []byte, r *rng, at time.Time) []byte {
	buf = append(buf, `{"timestamp":"`...)
	buf = at.AppendFormat(buf, "2006-01-02T15:04:05.000Z")
	buf = append(buf, `","user_id":`...)
	user := 1 + r.skewed(l.users)
	if r.oneIn(logUnknownUser) {
		user += l.users
	}
	buf = strconv.AppendInt(buf, int64(user), 10)
	buf = append(append(buf, `,"level":"`...), pick(r, logLevels)...)
	buf = append(append(buf, `","event":"`...), pick(r, logEvents)...)
	buf = append(append(buf, `","request":{"method":"`...), pick(r, logMethods)...)
	buf = append(append(buf, `","path":"/`...), pick(r, logRoutes)...)
	buf = strconv.AppendInt(append(buf, '/'), int64(r.below(100_000)), 10)
	buf = append(append(buf, `","status":`...), pick(r, logStatus)...)
	latency := 300 + r.skewed(r.skewed(2_000_000)+1)
	buf = strconv.AppendInt(append(buf, `},"latency_ms":`...), int64(latency/1000), 10)
	buf = appendPadded(append(buf, '.'), latency%1000, 3)
	buf = append(buf, `,"ip":"10`...)
	for range 3 {
		buf = strconv.AppendInt(append(buf, '.'), int64(r.below(256)), 10)
	}
	buf = append(append(buf, `","device":{"os":"`...), pick(r, logSystems)...)
	buf = append(buf, `","tags":[`...)
	for i := range r.below(4) {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, pick(r, logTags)...)
	}
	buf = append(buf, `]},"session_id":"`...)
	buf = appendHex(buf, uint32(r.next()))
	return append(buf, "\"}\n"...)
}

// appendPadded appends n with leading zeros to at least that many digits.
func appendPadded(buf []byte, n, digits int) []byte {
	for limit := 10; digits > 1; digits-- {
		if n < limit {
			for range digits - 1 {
				buf = append(buf, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(buf, int64(n), 10)
}

const hexDigits = "0123456789abcdef"

// appendHex appends all eight digits of v.
func appendHex(buf []byte, v uint32) []byte {
	for shift := 28; shift >= 0; shift -= 4 {
		buf = append(buf, hexDigits[v>>shift&15])
	}
	return buf
}
