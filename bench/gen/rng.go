package gen

import "math/bits"

// rng is the wyrand generator: small, quick, and the same on every machine.
type rng struct{ state uint64 }

const (
	wyAdd = 0xa0761d6478bd642f
	wyXor = 0xe7037ed1a0b428db
)

// newRNG returns the generator of stream number stream under a seed. Streams are independent of each other, so that
// chunks of one data set can be made in any order.
func newRNG(seed uint64, stream int) rng {
	r := rng{state: seed ^ uint64(stream)*wyXor}
	r.next()
	return rng{state: r.next()}
}

func (r *rng) next() uint64 {
	r.state += wyAdd
	hi, lo := bits.Mul64(r.state, r.state^wyXor)
	return hi ^ lo
}

// below returns a number in [0, n).
func (r *rng) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// oneIn is true once in n times.
func (r *rng) oneIn(n int) bool { return r.below(n) == 0 }

// skewed returns a number in [0, n) that is likelier the smaller it is: the least is twice as likely as the mean.
func (r *rng) skewed(n int) int { return min(r.below(n), r.below(n)) }

// steep returns a number in [0, n) whose share falls with its size: those below x·n have the x^(1/power) part.
func (r *rng) steep(n, power int) int {
	f := float64(r.next()>>11) / (1 << 53)
	x := f
	for range power - 1 {
		x *= f
	}
	return int(x * float64(n))
}

// pick returns one of the choices, the earlier ones more often.
func pick(r *rng, choices []string) string { return choices[r.skewed(len(choices))] }
