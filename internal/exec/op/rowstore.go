package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// aggPartitions is how many hash partitions rows are divided over; see kern.HashPartShift.
const aggPartitions = 128

// Sizes of a rowStore. Rows are staged in runs of stageRows for each partition, which stay in cache, and are copied out a run at a time: writing to
// 128 distant places row by row would miss the cache and the address translation at every row. A store that has few rows stages fewer.
const (
	stageRows = 64
	stageStep = 8 // by which stages grow
	// blockRows is the most rows of a block: few enough for a batch, enough for long loops.
	blockRows = 1024
	arenaMin  = 256 // words
	arenaMax  = 512 << 10
)

// wordCol is one word of each of some rows, on its way into a store.
type wordCol struct {
	v      []uint64 // row i at v[i*stride]; nil: zeros
	stride int
	// bytes, if not nil, returns what row i keeps in the partition's heap, and its word is then the place there; nil: the word of v stands.
	bytes func(i int) []byte
}

// rowStore keeps rows of w words divided by hash, column by column in blocks. It has no pointers but those of blocks, and its memory goes to disk
// or back as a whole. It belongs to one worker while rows are added, and can then be read by many.
type rowStore struct {
	acc    *exec.Account
	w      int
	insist bool // memory is taken even if others go short
	depth  int  // of recursive division; 0 takes the partition bits of the hash as they are

	rows   int  // in memory
	size   int  // rows of a partition's stage
	narrow bool // stages were refused the memory to grow
	stage  []uint64
	fill   [aggPartitions]uint32
	at     []uint32
	hash   []uint64
	free   []uint64 // of the last arena
	arenas [][]uint64
	words  int // in arenas
	parts  [aggPartitions]rowPart
	heaps  int64 // bytes of the partitions' heaps
	runs   []*rowRun
}

// rowPart is the rows of one partition in memory.
type rowPart struct {
	blocks []rowBlock
	rows   int
	heap   byteHeap
}

// rowBlock is n rows: word c of row i is at words[c*cap+i].
type rowBlock struct {
	words  []uint64
	cap, n int
}

// col returns word c of all rows.
func (b *rowBlock) col(c int) []uint64 { return b.words[c*b.cap : c*b.cap+b.n] }

// newRowStore returns an empty store. The error is one of code Memory.
func newRowStore(acc *exec.Account, width, depth int) (*rowStore, error) {
	s := &rowStore{acc: acc, w: max(width, 1), depth: depth, size: 1}
	if err := acc.Insist(s.stageBytes(1)); err != nil {
		return nil, err
	}
	s.stage = make([]uint64, s.w*s.size*aggPartitions)
	return s, nil
}

// stageBytes is the memory of stages of size rows.
func (s *rowStore) stageBytes(size int) int64 { return 8 * int64(s.w*size*aggPartitions) }

// add adds the n rows whose hashes are h. An error of code Memory leaves the rows before *done in s; the caller makes room, and calls again.
func (s *rowStore) add(h []uint64, cols []wordCol, done *int) error {
	if s.depth > 0 {
		s.hash = sized(s.hash, len(h))
		for i, x := range h {
			s.hash[i] = kern.HashMix(x, uint64(s.depth))
		}
		h = s.hash
	}
	if s.size < stageRows && !s.narrow && s.rows >= 2*aggPartitions*s.size {
		if err := s.widenStage(); err != nil {
			return err
		}
	}
	s.at = sized(s.at, len(h))
	for *done < len(h) {
		at, full := s.place(h[*done:])
		if full >= 0 {
			// The room is made first, so that a refusal leaves nothing half done.
			if err := s.room(full); err != nil {
				for _, x := range at {
					s.fill[x/uint32(s.size)]--
				}
				return err
			}
		}
		for c := range cols {
			s.put(&cols[c], s.stage[c*s.size*aggPartitions:], at, *done)
		}
		*done += len(at)
		s.rows += len(at)
		if full >= 0 {
			s.flush(full)
		}
	}
	return nil
}

// place gives rows places in the stage until a partition is full, which it returns, or -1 when all rows have one.
func (s *rowStore) place(h []uint64) (at []uint32, full int) {
	size := uint32(s.size)
	out := s.at[:len(h)]
	for i, x := range h {
		p := uint32(x>>kern.HashPartShift) & (aggPartitions - 1)
		f := s.fill[p]
		out[i] = p*size + f
		s.fill[p] = f + 1
		if f+1 == size {
			return out[:i+1], int(p)
		}
	}
	return out, -1
}

// put stores one word of the rows from lo on.
func (s *rowStore) put(c *wordCol, dst []uint64, at []uint32, lo int) {
	switch {
	case c.bytes != nil:
		s.putBytes(c, dst, at, lo)
	case c.v == nil:
		for _, x := range at {
			dst[x] = 0
		}
	case c.stride == 1:
		v := c.v[lo : lo+len(at)]
		for i, x := range at {
			dst[x] = v[i]
		}
	default:
		v := c.v[lo*c.stride:]
		for i, x := range at {
			dst[x] = v[i*c.stride]
		}
	}
}

func (s *rowStore) putBytes(c *wordCol, dst []uint64, at []uint32, lo int) {
	for i, x := range at {
		w := uint64(0)
		if b := c.bytes(lo + i); b != nil {
			h := &s.parts[x/uint32(s.size)].heap
			if h.bufs == nil {
				h.bufs = append(h.bufs, make([]byte, 1, 256)) // no place is 0
				h.size = 256
				s.heaps += 256
			}
			old := h.size
			w = h.add(b)
			s.heaps += h.size - old
		} else if c.v != nil {
			w = c.v[(lo+i)*c.stride]
		}
		dst[x] = w
	}
}

// room makes sure that a stage can be copied to the blocks of partition p.
func (s *rowStore) room(p int) error {
	part := &s.parts[p]
	if last := len(part.blocks) - 1; last >= 0 && part.blocks[last].cap-part.blocks[last].n >= s.size {
		return nil
	}
	n := min(max(part.rows, s.size), blockRows)
	need := s.w * n
	if len(s.free) < need {
		size := max(min(max(s.words/4, arenaMin), arenaMax), need)
		a, err := s.acc.Words(size, s.insist)
		if err != nil && size > need {
			size = need
			a, err = s.acc.Words(size, s.insist)
		}
		if err != nil {
			return err
		}
		s.arenas = append(s.arenas, a)
		s.words += size
		s.free = a
	}
	part.blocks = append(part.blocks, rowBlock{words: s.free[:need:need], cap: n})
	s.free = s.free[need:]
	return nil
}

// flush copies the stage of partition p to its blocks, for which there is room.
func (s *rowStore) flush(p int) {
	part := &s.parts[p]
	b := &part.blocks[len(part.blocks)-1]
	n := int(s.fill[p])
	for c := range s.w {
		from := (c*aggPartitions + p) * s.size
		copy(b.words[c*b.cap+b.n:], s.stage[from:from+n])
	}
	b.n += n
	part.rows += n
	s.fill[p] = 0
}

// widenStage flushes and makes the stages larger if there is memory for that.
func (s *rowStore) widenStage() error {
	size := s.size * stageStep
	if s.acc.Grow(s.stageBytes(size)-s.stageBytes(s.size)) != nil {
		s.narrow = true
		return nil //nolint:nilerr // small stages do as well
	}
	if err := s.flushAll(); err != nil {
		s.acc.Shrink(s.stageBytes(size) - s.stageBytes(s.size))
		return err
	}
	s.size = size
	s.stage = make([]uint64, s.w*s.size*aggPartitions)
	return nil
}

// flushAll empties the stages. An error leaves them as they are.
func (s *rowStore) flushAll() error {
	for p, n := range s.fill {
		if n == 0 {
			continue
		}
		if err := s.room(p); err != nil {
			return err
		}
		s.flush(p)
	}
	return nil
}

// seal flushes for good and drops the stages.
func (s *rowStore) seal() error {
	if err := s.flushAll(); err != nil {
		return err
	}
	s.dropStage()
	return nil
}

func (s *rowStore) dropStage() {
	if s.stage != nil {
		s.acc.Shrink(s.stageBytes(s.size))
	}
	s.stage, s.hash, s.at = nil, nil, nil
}

// extra is the memory in use that s has not reserved itself.
func (s *rowStore) extra() int64 { return s.heaps }

// bytes is the memory that goes when the rows go to disk.
func (s *rowStore) bytes() int64 { return 8*int64(s.words) + s.heaps }

// clear gives the memory of the rows back; the stages must be empty.
func (s *rowStore) clear() {
	for _, a := range s.arenas {
		s.acc.FreeWords(a)
	}
	s.arenas, s.free, s.words, s.rows, s.heaps = nil, nil, 0, 0, 0
	s.parts = [aggPartitions]rowPart{}
	s.narrow = false
}

// partRows is the number of rows of partition p in memory and on disk.
func (s *rowStore) partRows(p int) int {
	n := s.parts[p].rows
	for _, r := range s.runs {
		n += r.parts[p].rows
	}
	return n
}

// asBytes is the memory of words.
func asBytes(w []uint64) []byte { return data.FixedBytes(w) }
