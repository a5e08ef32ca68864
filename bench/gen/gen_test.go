package gen

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// logLine is what the documentation of Logs promises.
type logLine struct {
	Timestamp string `json:"timestamp"`
	UserID    int64  `json:"user_id"`
	Level     string `json:"level"`
	Event     string `json:"event"`
	Request   struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Status int    `json:"status"`
	} `json:"request"`
	LatencyMillis json.Number `json:"latency_ms"`
	IP            string      `json:"ip"`
	Device        struct {
		OS   string   `json:"os"`
		Tags []string `json:"tags"`
	} `json:"device"`
	SessionID string `json:"session_id"`
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func makeLogs(t *testing.T, lines, users int, seed uint64, o LogOptions) []string {
	t.Helper()
	paths, err := Logs(t.TempDir(), lines, users, seed, o)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestLogLinesAreWhatTheDocumentationSays(t *testing.T) {
	const lines, users = 20_000, 500
	text := read(t, makeLogs(t, lines, users, 7, LogOptions{})[0])
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	n, unknown, disorder, tagged := 0, 0, 0, 0
	days, previous := map[string]bool{}, time.Time{}
	for ; ; n++ {
		var l logLine
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		at, err := time.Parse("2006-01-02T15:04:05.000Z", l.Timestamp)
		if err != nil || at.Before(start) || !at.Before(start.AddDate(0, 0, 30)) {
			t.Fatalf("line %d: timestamp %q: %v", n+1, l.Timestamp, err)
		}
		if l.UserID < 1 || l.UserID > 2*users || l.Level == "" || l.Event == "" || l.Request.Status < 200 || len(l.SessionID) != 8 {
			t.Fatalf("line %d: %+v", n+1, l)
		}
		if l.UserID > users {
			unknown++
		}
		if at.Before(previous) {
			disorder++
		}
		if len(l.Device.Tags) > 0 {
			tagged++
		}
		previous, days[at.Format(time.DateOnly)] = at, true
	}
	if n != lines || len(days) != 30 {
		t.Fatalf("%d lines over %d days", n, len(days))
	}
	if unknown == 0 || unknown > lines/100 || disorder == 0 || tagged == 0 || tagged == lines {
		t.Fatalf("%d lines of unknown users, %d out of order, %d with tags", unknown, disorder, tagged)
	}
	if first := bytes.Count(text[:bytes.IndexByte(text, '\n')], []byte(`":`)); first != 14 {
		t.Fatalf("%d keys in the first line, want 9 and 5 nested ones", first)
	}
}

func TestLogLinesHaveTheSizeOfTheMainJob(t *testing.T) {
	// User ids of the main job have up to six digits.
	const lines = 50_000
	size := len(read(t, makeLogs(t, lines, 200_000, 1, LogOptions{})[0]))
	if perLine := float64(size) / lines; perLine < 262 || perLine > 264 {
		t.Fatalf("%.1f bytes a line, want 263", perLine)
	}
}

func TestLogsAreTheSameForOneAndManyProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := read(t, makeLogs(t, 3*chunkRows+5, 100, 3, LogOptions{})[0])
	runtime.GOMAXPROCS(7)
	many := read(t, makeLogs(t, 3*chunkRows+5, 100, 3, LogOptions{})[0])
	if !bytes.Equal(one, many) {
		t.Fatal("the log depends on the number of processors")
	}
	if bytes.Equal(one, read(t, makeLogs(t, 3*chunkRows+5, 100, 4, LogOptions{})[0])) {
		t.Fatal("the log does not depend on the seed")
	}
}

func TestLogPartsTogetherAreTheSingleFile(t *testing.T) {
	const lines = 10_000
	want := read(t, makeLogs(t, lines, 100, 5, LogOptions{Days: 50})[0])
	for _, zip := range []bool{false, true} {
		paths := makeLogs(t, lines, 100, 5, LogOptions{Days: 50, Files: 7, Gzip: zip})
		var got []byte
		for _, p := range paths {
			got = append(got, read(t, p)...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("gzip %t: the parts differ from the single file", zip)
		}
		suffix := map[bool]string{false: ".ndjson", true: ".ndjson.gz"}[zip]
		if !strings.HasSuffix(paths[0], filepath.FromSlash("logs/2026/01/part-0000"+suffix)) ||
			!strings.HasSuffix(paths[6], filepath.FromSlash("logs/2026/02/part-0006"+suffix)) {
			t.Errorf("names: %q", paths)
		}
	}
}

func TestLogsRefuseImpossibleSizes(t *testing.T) {
	for _, c := range [][2]int{{0, 5}, {5, 0}, {-1, 5}} {
		if _, err := Logs(t.TempDir(), c[0], c[1], 1, LogOptions{}); err == nil {
			t.Errorf("%d lines of %d users were made", c[0], c[1])
		}
	}
}

func records(t *testing.T, path, header string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(read(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != header {
		t.Fatalf("header %q, want %q", got, header)
	}
	return rows[1:]
}

func TestUsersAreNumberedAndComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.csv")
	if err := Users(path, 5000, 1); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, row := range records(t, path, "user_id,country,name,plan,signup") {
		if row[0] != strconv.Itoa(i+1) || len(row[1]) != 2 || row[2] == "" || row[3] == "" {
			t.Fatalf("row %d: %q", i, row)
		}
		if _, err := time.Parse(time.DateOnly, row[4]); err != nil {
			t.Fatal(err)
		}
		seen[row[1]] = true
	}
	if len(seen) != len(countries) {
		t.Fatalf("%d countries, want %d", len(seen), len(countries))
	}
}

func TestEndpointLogsHaveSlowServerErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs.csv")
	if err := EndpointLogs(path, 6000, 1); err != nil {
		t.Fatal(err)
	}
	count, sum := map[string]int{}, map[string]float64{}
	for _, row := range records(t, path, "endpoint,status,latency,ts") {
		v, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse(time.DateTime, row[3]); err != nil {
			t.Fatal(err)
		}
		count[row[1]]++
		sum[row[1]] += v
	}
	if count["500"] < 300 || count["500"] > 800 || sum["500"]/float64(count["500"]) < 4*sum["200"]/float64(count["200"]) {
		t.Fatalf("counts %v, sums %v", count, sum)
	}
}

func TestClickstreamArrivesOutOfOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clicks.jsonl")
	if err := Clickstream(path, 5000, 50, 1); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(read(t, path)))
	users, late, previous := map[int]bool{}, 0, ""
	for range 5000 {
		var c struct {
			Timestamp string
			UserID    int `json:"user_id"`
			PageID    int `json:"page_id"`
		}
		if err := d.Decode(&c); err != nil || c.PageID < 1 || c.PageID > 500 {
			t.Fatalf("%+v: %v", c, err)
		}
		if c.Timestamp < previous {
			late++
		}
		users[c.UserID], previous = true, c.Timestamp
	}
	if d.More() || len(users) != 50 || late < 300 || late > 700 {
		t.Fatalf("%d users, %d late clicks, more: %t", len(users), late, d.More())
	}
}

func TestBrandsLieOnBothSidesOfTheExamplesThreshold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "brands.csv")
	if err := Brands(path, 5000, 1); err != nil {
		t.Fatal(err)
	}
	count, sum := map[string]float64{}, map[string]float64{}
	for _, row := range records(t, path, "brand,price,product") {
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		count[row[0]]++
		sum[row[0]] += v
	}
	above := 0
	for b := range count {
		if sum[b]/count[b] > 100 {
			above++
		}
	}
	if len(count) != len(brands) || above == 0 || above == len(count) {
		t.Fatalf("%d of %d brands above 100", above, len(count))
	}
}

func TestAFailedWriteLeavesNoFileBehind(t *testing.T) {
	dir := t.TempDir()
	want := errors.New("disk full")
	err := writeFile(filepath.Join(dir, "x.csv"), func(w io.Writer) error { return want })
	if !errors.Is(err, want) {
		t.Fatalf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left %v", left)
	}
}

func TestAFailingWriterStopsTheGenerators(t *testing.T) {
	want := errors.New("disk full")
	err := writeRows(failingWriter{want}, 0, 100*chunkRows, func(buf []byte, first, end int) []byte { return append(buf, 'x') })
	if !errors.Is(err, want) {
		t.Fatalf("got %v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestPaddedNumbersKeepTheirDigits(t *testing.T) {
	for _, c := range []struct {
		n, digits int
		want      string
	}{{0, 3, "000"}, {7, 3, "007"}, {10, 3, "010"}, {99, 3, "099"}, {100, 3, "100"}, {999, 3, "999"}, {5, 2, "05"}, {5, 1, "5"}} {
		if got := string(appendPadded(nil, c.n, c.digits)); got != c.want {
			t.Errorf("%d in %d digits is %q, want %q", c.n, c.digits, got, c.want)
		}
	}
}
