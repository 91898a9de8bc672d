package kernel

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// What a Tab costs where ten thousand names are bound: those of a word that all begin with, of a longer one, of none.
func BenchmarkCompletionAmongTenThousandNames(b *testing.B) {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("name%d", i)
	}
	s := NewSession()
	s.Execute(context.Background(), strings.Join(names, ", ")+" : R[h,d];", ExecuteOptions{}, silentOutput{})
	for _, word := range []string{"name", "name99", "softm", ""} {
		b.Run("for "+word, func(b *testing.B) {
			for b.Loop() {
				s.Complete("exp("+word, len("exp("+word))
			}
		})
	}
}
