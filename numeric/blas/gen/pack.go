package main

import (
	"fmt"

	"nabla/numeric/internal/asm"
)

func packFile() []byte {
	f := asm.NewFile(generator)
	for _, p := range precisions {
		g := pack{File: f, Precision: p}
		g.copyRows("B", 2*g.Lanes)
		g.copyRows("A", tileRows)
		f.Masks(g.Letter+"packMask", p, 2)
		g.copyNarrow()
		g.interleave()
	}
	return f.Bytes()
}

// pack writes the kernels that lay out panels: k groups of numbers that a tile reads together, one after the other.
type pack struct {
	*asm.File
	asm.Precision
}

// copyRows writes a kernel that copies k rows of the given width, ld numbers apart, into a panel of that width.
func (g *pack) copyRows(matrix string, width int) {
	name := fmt.Sprintf("%scopy%s", g.Letter, matrix)
	g.Func(name, fmt.Sprintf("func %s(dst, src *%s, ld, k int)", name, g.Go), 32)
	g.Op("MOVQ dst+0(FP), DI")
	g.Op("MOVQ src+8(FP), SI")
	g.Op("MOVQ ld+16(FP), R8")
	g.Op("MOVQ k+24(FP), CX")
	g.Op("SHLQ $%d, R8", g.shift())
	loop := g.NewLabel(name)
	g.Label(loop)
	bytes := width * g.Size
	g.move(bytes, "SI", false)
	g.move(bytes, "DI", true)
	g.Op("ADDQ R8, SI")
	g.Op("ADDQ $%d, DI", bytes)
	g.Op("DECQ CX")
	g.Op("JNE %s", loop)
	g.Op("VZEROUPPER")
	g.Op("RET")
}

// copyNarrow writes a kernel that copies k rows of the first h numbers of a panel of two registers' width, and zeros for the
// rest.
func (g *pack) copyNarrow() {
	name := g.Letter + "copyNarrow"
	g.Func(name, fmt.Sprintf("func %s(dst, src *%s, ld, k, h int)", name, g.Go), 40)
	g.Op("MOVQ dst+0(FP), DI")
	g.Op("MOVQ src+8(FP), SI")
	g.Op("MOVQ ld+16(FP), R8")
	g.Op("MOVQ k+24(FP), CX")
	g.Op("MOVQ h+32(FP), BX")
	g.Op("SHLQ $%d, R8", g.shift())
	g.Op("NEGQ BX")
	g.Op("LEAQ %spackMask<>+64(SB), DX", g.Letter)
	g.Op("VMOVU%s (DX)(BX*%d), Y2", g.P, g.Size)
	g.Op("VMOVU%s 32(DX)(BX*%d), Y3", g.P, g.Size)
	loop := g.NewLabel(name)
	g.Label(loop)
	g.Op("VMASKMOV%s (SI), Y2, Y0", g.P)
	g.Op("VMASKMOV%s 32(SI), Y3, Y1", g.P)
	g.Op("VMOVU%s Y0, (DI)", g.P)
	g.Op("VMOVU%s Y1, 32(DI)", g.P)
	g.Op("ADDQ R8, SI")
	g.Op("ADDQ $64, DI")
	g.Op("DECQ CX")
	g.Op("JNE %s", loop)
	g.Op("VZEROUPPER")
	g.Op("RET")
}

// move loads or stores bytes at the address in the register, in pieces of 32, 16 and 8.
func (g *pack) move(bytes int, at string, store bool) {
	reg := 0
	for offset := 0; offset < bytes; reg++ {
		var instruction, operand string
		var size int
		switch rest := bytes - offset; {
		case rest >= 32:
			instruction, operand, size = "VMOVUPS", fmt.Sprintf("Y%d", reg), 32
		case rest >= 16:
			instruction, operand, size = "VMOVUPS", fmt.Sprintf("X%d", reg), 16
		default:
			instruction, operand, size = "VMOVSD", fmt.Sprintf("X%d", reg), 8
		}
		if store {
			g.Op("%s %s, %d(%s)", instruction, operand, offset, at)
		} else {
			g.Op("%s %d(%s), %s", instruction, offset, at, operand)
		}
		offset += size
	}
}

func (g *pack) shift() int {
	if g.Size == 8 {
		return 3
	}
	return 2
}

// interleave writes a kernel that transposes four rows of k numbers, ld apart, into k groups of four, step apart. It does
// whole blocks of four columns and leaves the rest of k, if any, to the caller.
func (g *pack) interleave() {
	name := g.Letter + "interleave"
	g.Func(name, fmt.Sprintf("func %s(dst, src *%s, step, ld, k int)", name, g.Go), 40)
	g.Op("MOVQ dst+0(FP), DI")
	g.Op("MOVQ src+8(FP), SI")
	g.Op("MOVQ step+16(FP), R8")
	g.Op("MOVQ ld+24(FP), R9")
	g.Op("MOVQ k+32(FP), CX")
	g.Op("SHLQ $%d, R8", g.shift())
	g.Op("SHLQ $%d, R9", g.shift())
	g.Op("LEAQ (SI)(R9*2), DX")
	g.Op("SHRQ $2, CX")
	loop, end := g.NewLabel(name), g.NewLabel(name)
	g.Op("JEQ %s", end)
	g.Label(loop)
	r := "X"
	if g.Size == 8 {
		r = "Y"
	}
	for i, at := range []string{"(SI)", "(SI)(R9*1)", "(DX)", "(DX)(R9*1)"} {
		g.Op("VMOVUPS %s, %s%d", at, r, i)
	}
	g.transpose()
	for i := range 4 {
		g.Op("VMOVUPS %s%d, (DI)", r, i)
		g.Op("ADDQ R8, DI")
	}
	g.Op("ADDQ $%d, SI", 4*g.Size)
	g.Op("ADDQ $%d, DX", 4*g.Size)
	g.Op("DECQ CX")
	g.Op("JNE %s", loop)
	g.Label(end)
	g.Op("VZEROUPPER")
	g.Op("RET")
}

// transpose transposes the four by four numbers in registers 0 to 3.
func (g *pack) transpose() {
	if g.Size == 4 {
		g.Op("VUNPCKLPS X1, X0, X4")
		g.Op("VUNPCKHPS X1, X0, X5")
		g.Op("VUNPCKLPS X3, X2, X6")
		g.Op("VUNPCKHPS X3, X2, X7")
		g.Op("VUNPCKLPD X6, X4, X0")
		g.Op("VUNPCKHPD X6, X4, X1")
		g.Op("VUNPCKLPD X7, X5, X2")
		g.Op("VUNPCKHPD X7, X5, X3")
		return
	}
	g.Op("VUNPCKLPD Y1, Y0, Y4")
	g.Op("VUNPCKHPD Y1, Y0, Y5")
	g.Op("VUNPCKLPD Y3, Y2, Y6")
	g.Op("VUNPCKHPD Y3, Y2, Y7")
	g.Op("VPERM2F128 $0x20, Y6, Y4, Y0")
	g.Op("VPERM2F128 $0x20, Y7, Y5, Y1")
	g.Op("VPERM2F128 $0x31, Y6, Y4, Y2")
	g.Op("VPERM2F128 $0x31, Y7, Y5, Y3")
}
