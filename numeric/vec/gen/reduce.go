package main

import (
	"fmt"

	"nabla/numeric/internal/asm"
)

func reduceFile() []byte {
	f := asm.NewFile(generator)
	for _, p := range []asm.Precision{asm.Double, asm.Single} {
		r := reduction{f, p}
		f.Masks(p.Letter+"reduceMask", p, 1)
		r.write("sum", "VADD", false)
		r.write("max", "VMAX", true)
		r.write("min", "VMIN", true)
	}
	return f.Bytes()
}

// reduction writes the kernels that make one number of a slice: four registers of partial results, in an order that
// depends on the length alone. What they return is one register's worth of partial results.
type reduction struct {
	*asm.File
	asm.Precision
}

// write writes the kernel for an instruction. Maximum and minimum forget a NaN when the next number comes, so what is
// unordered with itself is collected beside; they start with the slice's first number, sums with zero.
func (r reduction) write(name, instruction string, collect bool) {
	name = r.Letter + name
	r.Func(name, fmt.Sprintf("func %s(dst, x *%s, n int)", name, r.Go), 24)
	r.Op("MOVQ dst+0(FP), DI")
	r.Op("MOVQ x+8(FP), SI")
	r.Op("MOVQ n+16(FP), CX")
	for i := range 8 {
		if collect && i < 4 {
			r.Op("VBROADCAST%s (SI), Y%d", r.S, i)
		} else {
			r.Op("VXORPS Y%d, Y%d, Y%d", i, i, i)
		}
	}
	take := func(i, from int) {
		r.Op("%s%s Y%d, Y%d, Y%d", instruction, r.P, from, i, i)
		if collect {
			r.Op("VCMP%s $3, Y%d, Y%d, Y%d", r.P, from, from, from)
			r.Op("VOR%s Y%d, Y%d, Y%d", r.P, from, 4+i, 4+i)
		}
	}
	main, rest, single, last, end := r.NewLabel("main"), r.NewLabel("rest"), r.NewLabel("single"), r.NewLabel("last"), r.NewLabel("end")
	r.Op("SUBQ $%d, CX", 4*r.Lanes)
	r.Op("JLT %s", rest)
	r.Label(main)
	for i := range 4 {
		r.Op("VMOVU%s %d(SI), Y%d", r.P, 32*i, 8+i)
	}
	for i := range 4 {
		take(i, 8+i)
	}
	r.Op("ADDQ $128, SI")
	r.Op("SUBQ $%d, CX", 4*r.Lanes)
	r.Op("JGE %s", main)
	r.Label(rest)
	r.Op("ADDQ $%d, CX", 3*r.Lanes)
	r.Op("JLT %s", last)
	r.Label(single)
	r.Op("VMOVU%s (SI), Y8", r.P)
	take(0, 8)
	r.Op("ADDQ $32, SI")
	r.Op("SUBQ $%d, CX", r.Lanes)
	r.Op("JGE %s", single)
	r.Label(last)
	r.Op("ADDQ $%d, CX", r.Lanes)
	r.Op("JEQ %s", end)
	r.Op("NEGQ CX")
	r.Op("LEAQ %sreduceMask<>+32(SB), R10", r.Letter)
	r.Op("VMOVU%s (R10)(CX*%d), Y15", r.P, r.Size)
	r.Op("VMASKMOV%s (SI), Y15, Y8", r.P)
	if collect {
		r.Op("VBLENDV%s Y15, Y8, Y0, Y8", r.P)
	}
	take(0, 8)
	r.Label(end)
	for _, pair := range [][2]int{{0, 1}, {2, 3}, {0, 2}} {
		r.Op("%s%s Y%d, Y%d, Y%d", instruction, r.P, pair[1], pair[0], pair[0])
		if collect {
			r.Op("VOR%s Y%d, Y%d, Y%d", r.P, 4+pair[1], 4+pair[0], 4+pair[0])
		}
	}
	if collect {
		r.Op("VOR%s Y4, Y0, Y0", r.P)
	}
	r.Op("VMOVU%s Y0, (DI)", r.P)
	r.Op("VZEROUPPER")
	r.Op("RET")
}
