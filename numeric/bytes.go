package numeric

import (
	"fmt"
	"math"
)

// Bytes is a number of bytes as people say it: 80 kB.
func Bytes(b float64) string {
	if math.IsInf(b, 0) {
		return "over 8 EB"
	}
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	i := 0
	for b >= 1000 && i < len(units)-1 {
		b, i = b/1000, i+1
	}
	return fmt.Sprintf("%.3g %s", b, units[i])
}
