//go:build !amd64 || purego

package blas

// accelerated is constant here, so that the compiler drops what it guards: every routine is gonum's.
const accelerated = false

func dgemmPanel(*panel[float64])                     { panic(unreachable) }
func sgemmPanel(*panel[float32])                     { panic(unreachable) }
func dcopyA(dst, src *float64, ld, k int)            { panic(unreachable) }
func dcopyB(dst, src *float64, ld, k int)            { panic(unreachable) }
func scopyA(dst, src *float32, ld, k int)            { panic(unreachable) }
func scopyB(dst, src *float32, ld, k int)            { panic(unreachable) }
func dcopyNarrow(dst, src *float64, ld, k, h int)    { panic(unreachable) }
func scopyNarrow(dst, src *float32, ld, k, h int)    { panic(unreachable) }
func dinterleave(dst, src *float64, step, ld, k int) { panic(unreachable) }
func sinterleave(dst, src *float32, step, ld, k int) { panic(unreachable) }
func ddots(dst, a, x *float64, ld, m, n int)         { panic(unreachable) }
func sdots(dst, a, x *float32, ld, m, n int)         { panic(unreachable) }
func daxpys(dst, a, x *float64, ld, m, n int)        { panic(unreachable) }
func saxpys(dst, a, x *float32, ld, m, n int)        { panic(unreachable) }
func dgers(dst, a, x *float64, ld, m, n int)         { panic(unreachable) }
func sgers(dst, a, x *float32, ld, m, n int)         { panic(unreachable) }

const unreachable = "blas: a kernel was called on a machine that has none"
