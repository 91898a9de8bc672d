package bench

import (
	"context"
	"syscall"
	"testing"
	"time"

	"nabla/kernel"
)

// section is the model of the chapter and what its derivation asks for.
const section = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s
`

// BenchmarkSection is the model typed into a new session, and its gradient by one matrix, or by both, asked for. Beside the time on the clock it says
// the time of the processor, which does not depend on what else runs.
func BenchmarkSection(b *testing.B) {
	for _, asked := range []string{"∂J/∂W1", "grad(J, [W1, W2])"} {
		b.Run(asked, func(b *testing.B) {
			errs := &failures{}
			b.ReportAllocs()
			start := processorTime(b)
			for b.Loop() {
				if !kernel.NewSession().Execute(context.Background(), section+asked, kernel.ExecuteOptions{NoHistory: true}, errs) {
					b.Fatal(errs)
				}
			}
			b.ReportMetric(float64((processorTime(b)-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime is what the process has used of the processor.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
