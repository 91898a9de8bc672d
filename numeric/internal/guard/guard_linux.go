package guard

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// Memory lies between two pages that cannot be read or written: whoever touches them ends the test program.
type Memory struct{ bytes []byte }

// New is memory for at least n bytes, until the test ends.
func New(t testing.TB, n int) Memory {
	page := syscall.Getpagesize()
	pages := (n+page-1)/page + 2
	all, err := syscall.Mmap(-1, 0, pages*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, edge := range [][]byte{all[:page], all[len(all)-page:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return Memory{all[page : len(all)-page]}
}

// Numbers are n random ones that begin where the memory begins, or end where it ends.
func Numbers[T float32 | float64](m Memory, r *rand.Rand, n int) []T {
	if n == 0 {
		return nil
	}
	at := 0
	if r.IntN(2) == 0 {
		at = len(m.bytes) - n*int(unsafe.Sizeof(*new(T)))
	}
	x := unsafe.Slice((*T)(unsafe.Pointer(&m.bytes[at])), n)
	for i := range x {
		x[i] = T(r.Float64())
	}
	return x
}
