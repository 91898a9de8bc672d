//go:build amd64 && !purego

package vec

import "golang.org/x/sys/cpu"

//go:generate go run nabla/numeric/vec/gen

// accelerated says whether the kernels run on this machine. It is a variable for the tests' sake.
var accelerated = cpu.X86.HasAVX2 && cpu.X86.HasFMA
