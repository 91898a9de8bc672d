//go:build amd64 && !purego

package blas

import "golang.org/x/sys/cpu"

//go:generate go run nabla/numeric/blas/gen

// accelerated says whether the kernels run on this machine. It is a variable for the tests' sake.
var accelerated = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func dgemmPanel(p *panel[float64])

//go:noescape
func sgemmPanel(p *panel[float32])

//go:noescape
func dcopyA(dst, src *float64, ld, k int)

//go:noescape
func dcopyB(dst, src *float64, ld, k int)

//go:noescape
func scopyA(dst, src *float32, ld, k int)

//go:noescape
func scopyB(dst, src *float32, ld, k int)

//go:noescape
func dcopyNarrow(dst, src *float64, ld, k, h int)

//go:noescape
func scopyNarrow(dst, src *float32, ld, k, h int)

//go:noescape
func dinterleave(dst, src *float64, step, ld, k int)

//go:noescape
func sinterleave(dst, src *float32, step, ld, k int)

//go:noescape
func ddots(dst, a, x *float64, ld, m, n int)

//go:noescape
func sdots(dst, a, x *float32, ld, m, n int)

//go:noescape
func daxpys(dst, a, x *float64, ld, m, n int)

//go:noescape
func saxpys(dst, a, x *float32, ld, m, n int)

//go:noescape
func dgers(dst, a, x *float64, ld, m, n int)

//go:noescape
func sgers(dst, a, x *float32, ld, m, n int)
