package peer

import "os"

// peakBytes is not available here.
func peakBytes(*os.ProcessState) int64 { return 0 }
