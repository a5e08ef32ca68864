package gen

import (
	"io"
	"strconv"
	"time"
)

var (
	countries = []string{
		"DE", "US", "GB", "FR", "NL", "ES", "IT", "PL", "SE", "AT", "CH", "BE", "DK", "NO", "FI", "PT", "IE", "CZ", "HU", "GR",
		"RO", "BG", "HR", "SK", "SI", "LT", "LV", "EE", "JP", "BR",
	}
	plans  = []string{"free", "free", "basic", "pro", "enterprise"}
	firsts = []string{"Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Karl", "Lena", "Mia", "Nils", "Olga", "Paul"}
	lasts  = []string{"Adler", "Brandt", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jansen", "Kowalski", "Lopez"}
)

// UserColumns are the columns of the users table, in order, with their SQL types.
var UserColumns = []Column{
	{"user_id", "BIGINT"}, {"country", "VARCHAR"}, {"name", "VARCHAR"}, {"plan", "VARCHAR"}, {"signup", "DATE"},
}

// Users writes the users that Logs refers to as CSV with a header: user_id from 1 to users in order, country, name,
// plan and the day of the signup, none of them missing.
func Users(path string, users int, seed uint64) error {
	return writeFile(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "user_id,country,name,plan,signup\n"); err != nil {
			return err
		}
		return writeRows(w, 0, users, func(buf []byte, first, end int) []byte {
			for i := first; i < end; i++ {
				buf = appendUser(buf, seed, i)
			}
			return buf
		})
	})
}

func appendUser(buf []byte, seed uint64, i int) []byte {
	r := newRNG(seed^0x75736572, i)
	buf = strconv.AppendInt(buf, int64(i+1), 10)
	buf = append(append(buf, ','), pick(&r, countries)...)
	buf = append(append(buf, ','), firsts[r.below(len(firsts))]...)
	buf = append(append(buf, ' '), lasts[r.below(len(lasts))]...)
	buf = append(append(buf, ','), pick(&r, plans)...)
	signup := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.below(6*365))
	buf = signup.AppendFormat(append(buf, ','), time.DateOnly)
	return append(buf, '\n')
}
