package gen

import (
	"strconv"
	"time"
)

// HitColumns are the columns of the hits table.
var HitColumns = []Column{
	{"watch_id", "BIGINT"}, {"java_enable", "SMALLINT"}, {"title", "VARCHAR"}, {"good_event", "SMALLINT"},
	{"event_time", "TIMESTAMP"}, {"event_date", "DATE"}, {"counter_id", "INTEGER"}, {"client_ip", "INTEGER"},
	{"region_id", "INTEGER"}, {"user_id", "BIGINT"}, {"os", "SMALLINT"}, {"user_agent", "SMALLINT"}, {"url", "VARCHAR"},
	{"referer", "VARCHAR"}, {"is_refresh", "SMALLINT"}, {"resolution_width", "SMALLINT"}, {"resolution_height", "SMALLINT"},
	{"window_client_width", "SMALLINT"}, {"window_client_height", "SMALLINT"}, {"mobile_phone", "SMALLINT"},
	{"mobile_phone_model", "VARCHAR"}, {"traffic_source_id", "SMALLINT"}, {"search_engine_id", "SMALLINT"},
	{"search_phrase", "VARCHAR"}, {"adv_engine_id", "SMALLINT"}, {"is_link", "SMALLINT"}, {"is_download", "SMALLINT"},
	{"dont_count_hits", "SMALLINT"}, {"referer_hash", "BIGINT"}, {"url_hash", "BIGINT"}, {"age", "SMALLINT"}, {"sex", "SMALLINT"},
	{"income", "SMALLINT"}, {"browser_language", "VARCHAR"}, {"hit_color", "VARCHAR"}, {"interests", "SMALLINT"},
}

// The values that queries look for.
const (
	hitCounter  = 62                  // a counter with about one row in a hundred
	hitUser     = 4350900900900       // one of the users
	hitURLHash  = 2868770270353813622 // of the front page of the counter
	hitReferrer = 3594120000172545465 // of that page seen as a referrer
)

// Hits writes page views as CSV with a header, as a web analytics service would keep them: a month in order of time,
// a few busy counters and users among many, long addresses of which most repeat, phrases and phone models that are
// mostly empty, flags that are mostly 0. What belongs to a user, such as a region or a screen, is the same in all rows
// of the user.
func Hits(path string, rows int, seed uint64) error {
	h := &hits{rows: rows, users: max(rows/6, 10), phrases: max(rows/20, 10), pages: max(rows/1000, 10)}
	return rowFile(path, header(HitColumns), rows, seed^0x68697473, h.appendHit)
}

// hits is one data set of page views.
type hits struct {
	rows, users, phrases, pages int
}

var hitStart = time.Date(2013, 7, 1, 0, 0, 0, 0, time.UTC)

const (
	hitSeconds  = 31 * 24 * 3600
	hitCounters = 5000
)

var (
	hitWidths  = []string{"1366,768", "1920,1080", "1280,1024", "1024,768", "1440,900", "1600,900", "320,480", "768,1024", "0,0"}
	hitModels  = []string{"iPhone", "iPad", "Galaxy S", "Nexus", "Lumia 520", "Xperia Z", "Desire", "Asha", "Blade", "Ideos", "Optimus"}
	hitWords   = []string{"дом", "купить", "авто", "news", "video", "цена", "photo", "работа", "online", "игры", "форум", "отзывы", "карта", "weather", "shop", "билеты", "музыка", "скачать", "recipe", "tours", "город", "ticket", "phone", "мебель", "ремонт", "school", "одежда", "hotel", "кино", "книги", "спорт", "travel"}
	hitDomains = []string{"example", "test", "invalid", "localnet"}
	hitTongues = []string{"ru", "en", "uk", "de", "tr", "kk"}
	hitColors  = []string{"E", "D", "5", "T"}
)

// mix scatters the bits of v.
func mix(v uint64) uint64 {
	r := rng{state: v}
	return r.next()
}

// page is an address within a counter.
type page struct{ counter, page int }

func (p page) hash() int64 {
	if p.counter == 3 && p.page == 0 {
		return hitURLHash
	}
	return int64(mix(uint64(p.counter)<<32 | uint64(p.page)))
}

// pageOf draws a page of a counter; the busier the counter, the more pages it has.
func (h *hits) pageOf(r *rng, counter int) int { return r.steep(max(h.pages*20/(20+counter), 5), 3) }

// appendURL appends an address; one in a few thousand mentions a search engine in it.
func (p page) appendURL(buf []byte, scheme string) []byte {
	buf = append(append(buf, scheme...), "site"...)
	buf = strconv.AppendInt(buf, int64(p.counter), 36)
	buf = append(append(append(buf, '.'), hitDomains[p.counter%len(hitDomains)]...), '/')
	if p.page == 0 {
		return buf
	}
	v := mix(uint64(p.page) ^ uint64(p.counter)<<40)
	if v>>52 == 1 {
		buf = append(buf, "google/"...)
	}
	buf = append(append(buf, logRoutes[v&7]...), '/')
	buf = strconv.AppendUint(buf, v>>20&0xffffff, 16)
	buf = append(append(buf, '/'), logEvents[v>>3&7]...)
	return strconv.AppendInt(append(buf, "_page_"...), int64(p.page), 10)
}

// appendWords appends n words that v chooses.
func appendWords(buf []byte, v uint64, n int) []byte {
	for i := range n {
		if i > 0 {
			buf = append(buf, ' ')
		}
		buf = append(buf, hitWords[v>>(5*i)&31]...)
	}
	return buf
}

// counterID is the number of the counter of a rank in popularity.
func counterID(rank int) int64 {
	if rank == 3 {
		return hitCounter
	}
	return int64(100 + mix(uint64(rank))%900_000)
}

// appendHit appends one row.
func (h *hits) appendHit(buf []byte, r *rng, i int) []byte {
	user := r.steep(h.users, 3)
	u := mix(uint64(user) ^ 0x75736572)
	at := page{counter: r.steep(hitCounters, 4)}
	at.page = h.pageOf(r, at.counter)
	second := min(int(int64(i)*hitSeconds/int64(h.rows))+r.below(120), hitSeconds-1)
	when := hitStart.Add(time.Duration(second) * time.Second)

	buf = append(strconv.AppendInt(buf, int64(r.next()>>1), 10), ',')
	buf = append(appendFlag(buf, u%8 != 0), ',')
	if title := mix(uint64(at.hash()) ^ 1); title%20 != 0 {
		if title>>53 == 1 {
			buf = append(buf, "Google "...)
		}
		buf = appendWords(buf, title>>8, 3+int(title>>60)%5)
	}
	buf = append(buf, ",1,"...)
	buf = append(when.AppendFormat(buf, time.DateTime), ',')
	buf = append(when.AppendFormat(buf, time.DateOnly), ',')
	buf = append(strconv.AppendInt(buf, counterID(at.counter), 10), ',')
	buf = append(strconv.AppendInt(buf, int64(int32(u>>7)), 10), ',')
	region := rng{state: u}
	buf = append(strconv.AppendInt(buf, int64(region.steep(9000, 4)), 10), ',')
	if user == 7 {
		buf = strconv.AppendInt(buf, hitUser, 10)
	} else {
		buf = strconv.AppendInt(buf, int64(u>>1), 10)
	}
	buf = strconv.AppendInt(append(buf, ','), int64(u>>11%90), 10)
	buf = append(strconv.AppendInt(append(buf, ','), int64(u>>19%60), 10), ',')
	buf = h.appendWay(buf, r, at, u)
	return append(h.appendVisitor(buf, r, u), '\n')
}

// appendWay appends from the address to the address's hash: where the visitor is and came from.
func (h *hits) appendWay(buf []byte, r *rng, at page, u uint64) []byte {
	buf = at.appendURL(buf, "http://")
	if r.below(100) < 8 {
		buf = strconv.AppendUint(append(buf, "?id="...), r.next()>>32, 10)
	}
	buf = append(buf, ',')
	phrase, engine := -1, 0
	if r.below(100) < 13 {
		phrase, engine = r.steep(h.phrases, 2), 1+r.steep(40, 3)
	}
	from, fromHash := r.below(100), int64(0)
	switch other := (page{at.counter, h.pageOf(r, at.counter)}); {
	case phrase >= 0:
		buf = append(strconv.AppendInt(append(buf, "http://www.search"...), int64(engine), 10), ".example/find?text="...)
		buf = strconv.AppendInt(buf, int64(phrase), 10)
		fromHash = int64(mix(uint64(phrase) ^ 0x70))
	case from < 22:
	case from < 90:
		if other.page < 3 && from < 40 {
			other.page = 0
		}
		buf, fromHash = other.appendURL(buf, "http://"), other.hash()
	default:
		other.counter = r.steep(hitCounters, 4)
		buf, fromHash = other.appendURL(buf, "https://www."), other.hash()
	}
	if fromHash == hitURLHash {
		fromHash = hitReferrer
	}
	source := r.below(9) - 1
	buf = append(appendFlag(append(buf, ','), r.oneIn(8)), ',')
	buf = append(append(buf, hitWidths[u>>29%uint64(len(hitWidths))]...), ',')
	buf = append(strconv.AppendInt(buf, int64(300+r.steep(130, 2)*10), 10), ',')
	buf = append(strconv.AppendInt(buf, int64(200+r.steep(90, 2)*10), 10), ',')
	if u>>37%16 == 0 {
		model := int(u >> 41 % 200)
		buf = append(strconv.AppendInt(buf, int64(1+model%60), 10), ',')
		buf = append(append(buf, hitModels[model%len(hitModels)]...), ' ')
		buf = strconv.AppendInt(buf, int64(model/len(hitModels)), 10)
	} else {
		buf = append(buf, "0,"...)
	}
	buf = strconv.AppendInt(append(buf, ','), int64(source), 10)
	buf = append(strconv.AppendInt(append(buf, ','), int64(engine), 10), ',')
	if phrase >= 0 {
		v := mix(uint64(phrase))
		buf = appendWords(buf, v, 2+int(v>>60)%3)
		buf = strconv.AppendInt(append(buf, ' '), int64(phrase%1000), 10)
	}
	buf = append(buf, ',')
	if r.below(1000) < 6 {
		buf = strconv.AppendInt(buf, int64(2+r.steep(26, 3)), 10)
	} else {
		buf = append(buf, '0')
	}
	buf = appendFlag(append(buf, ','), r.below(100) < 6)
	buf = appendFlag(append(buf, ','), r.oneIn(500))
	buf = appendFlag(append(buf, ','), r.oneIn(40))
	buf = strconv.AppendInt(append(buf, ','), fromHash, 10)
	return strconv.AppendInt(append(buf, ','), at.hash(), 10)
}

// appendVisitor appends the last columns.
func (h *hits) appendVisitor(buf []byte, r *rng, u uint64) []byte {
	for _, v := range [...]uint64{u >> 47 % 60, u >> 51 % 3, u >> 53 % 5} {
		buf = strconv.AppendUint(append(buf, ','), v, 10)
	}
	buf = append(append(buf, ','), hitTongues[u>>55%uint64(len(hitTongues))]...)
	buf = append(append(buf, ','), pick(r, hitColors)...)
	return strconv.AppendUint(append(buf, ','), u>>13%12000, 10)
}

func appendFlag(buf []byte, set bool) []byte {
	if set {
		return append(buf, '1')
	}
	return append(buf, '0')
}
