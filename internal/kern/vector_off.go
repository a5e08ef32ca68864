//go:build !(goexperiment.simd && amd64)

package kern

// hasVectors says whether the machine has the vector instructions of this build's kernels; this build has none, and what stands for them is never
// called.
const hasVectors = false

func asciiVector([]byte) bool { return false }

func validVector([]byte) bool { return false }

func allBelowVector([]uint32, uint32) bool { return false }

func unpackVector([]uint32, []byte, int) int { return 0 }

func (Marks) findVector(_, _, _ []uint64, _ []byte) bool { return false }

func compareVector[T Number](_ []uint64, _, _ []T, _ comparison) int { return 0 }

func compareConstVector[T Number](_ []uint64, _ []T, _ T, _ comparison) int { return 0 }
