package main

import (
	"fmt"

	"nabla/numeric/internal/asm"
)

func gemvFile() []byte {
	f := asm.NewFile(generator)
	for _, p := range precisions {
		g := gemv{File: f, Precision: p}
		f.Masks(g.Letter+"gemvMask", p, 1)
		g.dots()
		g.axpys()
		g.gers()
	}
	return f.Bytes()
}

// gemv writes the kernels of the matrix-vector products, by rows of A: all inner products with one vector, and the sum of
// all rows with weights. Rows are done four at a time so that the vector is read once for four rows.
type gemv struct {
	*asm.File
	asm.Precision
}

// arguments loads what both kernels start with. R10 is three times the stride R8; n and m are at least 1.
func (g *gemv) arguments() {
	g.Op("MOVQ dst+0(FP), DI")
	g.Op("MOVQ a+8(FP), SI")
	g.Op("MOVQ x+16(FP), DX")
	g.Op("MOVQ ld+24(FP), R8")
	g.Op("MOVQ m+32(FP), BX")
	g.Op("MOVQ n+40(FP), R9")
	g.Op("SHLQ $%d, R8", g.Size/4+1)
	g.Op("LEAQ (R8)(R8*2), R10")
	g.Comment("Y15 has the lanes of the last, incomplete register set; R11 is the number of complete ones")
	g.Op("MOVQ R9, R11")
	g.Op("SHRQ $%d, R11", 5-(g.Size/4+1))
	g.Op("MOVQ R9, CX")
	g.Op("ANDQ $%d, CX", g.Lanes-1)
	g.Op("MOVQ CX, R12")
	g.Op("MOVQ $%d, R13", g.Lanes)
	g.Op("SUBQ CX, R13")
	g.Op("LEAQ %sgemvMask<>(SB), CX", g.Letter)
	g.Op("VMOVU%s (CX)(R13*%d), Y15", g.P, g.Size)
}

// rowAddress is where row i of the group at R13 goes on, displaced by whole registers.
func rowAddress(i, register int) string {
	return fmt.Sprintf("%d(R13)%s", 32*register, []string{"", "(R8*1)", "(R8*2)", "(R10*1)"}[i])
}

func (g *gemv) dots() {
	name := g.Letter + "dots"
	g.Func(name, fmt.Sprintf("func %s(dst, a, x *%s, ld, m, n int)", name, g.Go), 48)
	g.arguments()
	four, one, end := g.NewLabel(name+"four"), g.NewLabel(name+"one"), g.NewLabel(name+"end")
	g.Op("SUBQ $4, BX")
	g.Op("JLT %s", one)
	g.Label(four)
	g.dotRows(4, 2)
	g.Op("LEAQ (SI)(R8*4), SI")
	g.Op("ADDQ $%d, DI", 4*g.Size)
	g.Op("SUBQ $4, BX")
	g.Op("JGE %s", four)
	g.Label(one)
	g.Op("ADDQ $4, BX")
	g.Op("JEQ %s", end)
	loop := g.NewLabel(name + "loop")
	g.Label(loop)
	g.dotRows(1, 4)
	g.Op("ADDQ R8, SI")
	g.Op("ADDQ $%d, DI", g.Size)
	g.Op("DECQ BX")
	g.Op("JNE %s", loop)
	g.Label(end)
	g.Op("VZEROUPPER")
	g.Op("RET")
}

// dotRows writes the inner products of some rows with x, with `chains` independent sums for each row.
func (g *gemv) dotRows(rows, chains int) {
	acc := func(row, chain int) int { return row*chains + chain }
	for i := range rows * chains {
		g.Op("VXORPS Y%d, Y%d, Y%d", i, i, i)
	}
	g.Op("MOVQ SI, R13")
	g.Op("MOVQ DX, AX")
	g.Op("MOVQ R11, CX")
	g.sweep(chains, func(count int) {
		for c := range count {
			g.Op("VMOVU%s %d(AX), Y%d", g.P, 32*c, 8+c)
			for i := range rows {
				g.Op("VFMADD231%s %s, Y%d, Y%d", g.P, rowAddress(i, c), 8+c, acc(i, c))
			}
		}
	}, func() {
		g.Op("VMASKMOV%s (AX), Y15, Y8", g.P)
		for i := range rows {
			g.Op("VMASKMOV%s %s, Y15, Y9", g.P, rowAddress(i, 0))
			g.Op("VFMADD231%s Y9, Y8, Y%d", g.P, acc(i, 0))
		}
	})
	for i := range rows {
		g.joinChains(i, chains, acc)
	}
	if rows == 4 {
		g.reduceFour(acc)
		return
	}
	g.reduce(acc(0, 0))
	g.Op("VMOV%s X%d, (DI)", g.S, acc(0, 0))
}

// joinChains adds up the chains of a row in its first.
func (g *gemv) joinChains(row, chains int, acc func(row, chain int) int) {
	for step := chains / 2; step >= 1; step /= 2 {
		for c := range step {
			g.Op("VADD%s Y%d, Y%d, Y%d", g.P, acc(row, c+step), acc(row, c), acc(row, c))
		}
	}
}

// reduce adds up the lanes of a register in its first.
func (g *gemv) reduce(r int) {
	g.Op("VEXTRACTF128 $1, Y%d, X8", r)
	g.Op("VADD%s X8, X%d, X%d", g.P, r, r)
	for lanes := g.Lanes / 2; lanes > 1; lanes /= 2 {
		g.Op("VHADD%s X%d, X%d, X%d", g.P, r, r, r)
	}
}

// reduceFour adds up the lanes of four rows and stores the four sums at once.
func (g *gemv) reduceFour(acc func(row, chain int) int) {
	a, b, c, d := acc(0, 0), acc(1, 0), acc(2, 0), acc(3, 0)
	g.Op("VHADD%s Y%d, Y%d, Y%d", g.P, b, a, a)
	g.Op("VHADD%s Y%d, Y%d, Y%d", g.P, d, c, c)
	if g.Size == 4 {
		g.Op("VHADDPS Y%d, Y%d, Y%d", c, a, a)
		g.Op("VEXTRACTF128 $1, Y%d, X8", a)
		g.Op("VADDPS X8, X%d, X%d", a, a)
		g.Op("VMOVUPS X%d, (DI)", a)
		return
	}
	g.Op("VPERM2F128 $0x20, Y%d, Y%d, Y8", c, a)
	g.Op("VPERM2F128 $0x31, Y%d, Y%d, Y9", c, a)
	g.Op("VADDPD Y8, Y9, Y8")
	g.Op("VMOVUPD Y8, (DI)")
}

// sweep writes a loop over the registers of a row: unrolled, then single, then the masked rest. R13 and AX advance, CX
// starts as the number of complete registers.
func (g *gemv) sweep(unroll int, body func(count int), masked func()) {
	main, rest, single, last, end := g.NewLabel("main"), g.NewLabel("rest"), g.NewLabel("single"), g.NewLabel("last"), g.NewLabel("end")
	g.Op("SUBQ $%d, CX", unroll)
	g.Op("JLT %s", rest)
	g.Label(main)
	body(unroll)
	g.Op("ADDQ $%d, R13", 32*unroll)
	g.Op("ADDQ $%d, AX", 32*unroll)
	g.Op("SUBQ $%d, CX", unroll)
	g.Op("JGE %s", main)
	g.Label(rest)
	g.Op("ADDQ $%d, CX", unroll)
	g.Op("JEQ %s", last)
	g.Label(single)
	body(1)
	g.Op("ADDQ $32, R13")
	g.Op("ADDQ $32, AX")
	g.Op("DECQ CX")
	g.Op("JNE %s", single)
	g.Label(last)
	g.Op("TESTQ R12, R12")
	g.Op("JEQ %s", end)
	masked()
	g.Label(end)
}

func (g *gemv) axpys() {
	name := g.Letter + "axpys"
	g.Func(name, fmt.Sprintf("func %s(dst, a, x *%s, ld, m, n int)", name, g.Go), 48)
	g.arguments()
	four, one, end := g.NewLabel(name+"four"), g.NewLabel(name+"one"), g.NewLabel(name+"end")
	g.Op("SUBQ $4, BX")
	g.Op("JLT %s", one)
	g.Label(four)
	g.axpyRows(4)
	g.Op("LEAQ (SI)(R8*4), SI")
	g.Op("ADDQ $%d, DX", 4*g.Size)
	g.Op("SUBQ $4, BX")
	g.Op("JGE %s", four)
	g.Label(one)
	g.Op("ADDQ $4, BX")
	g.Op("JEQ %s", end)
	loop := g.NewLabel(name + "loop")
	g.Label(loop)
	g.axpyRows(1)
	g.Op("ADDQ R8, SI")
	g.Op("ADDQ $%d, DX", g.Size)
	g.Op("DECQ BX")
	g.Op("JNE %s", loop)
	g.Label(end)
	g.Op("VZEROUPPER")
	g.Op("RET")
}

// axpyRows adds some rows of A, each times its number in x, to dst.
func (g *gemv) axpyRows(rows int) {
	for i := range rows {
		g.Op("VBROADCAST%s %d(DX), Y%d", g.S, i*g.Size, 10+i)
	}
	g.Op("MOVQ SI, R13")
	g.Op("MOVQ DI, AX")
	g.Op("MOVQ R11, CX")
	g.sweep(4, func(count int) {
		for c := range count {
			g.Op("VMOVU%s %d(AX), Y%d", g.P, 32*c, c)
		}
		for i := range rows {
			for c := range count {
				g.Op("VFMADD231%s %s, Y%d, Y%d", g.P, rowAddress(i, c), 10+i, c)
			}
		}
		for c := range count {
			g.Op("VMOVU%s Y%d, %d(AX)", g.P, c, 32*c)
		}
	}, func() {
		g.Op("VMASKMOV%s (AX), Y15, Y0", g.P)
		for i := range rows {
			g.Op("VMASKMOV%s %s, Y15, Y1", g.P, rowAddress(i, 0))
			g.Op("VFMADD231%s Y1, Y%d, Y0", g.P, 10+i)
		}
		g.Op("VMASKMOV%s Y0, Y15, (AX)", g.P)
	})
}

// gers writes the kernel of GER: it adds y, times the row's number in x, to every row of A.
func (g *gemv) gers() {
	name := g.Letter + "gers"
	g.Func(name, fmt.Sprintf("func %s(dst, a, x *%s, ld, m, n int)", name, g.Go), 48)
	g.arguments()
	row := g.NewLabel(name + "row")
	g.Label(row)
	g.Op("VBROADCAST%s (DX), Y10", g.S)
	g.Op("MOVQ SI, R13")
	g.Op("MOVQ DI, AX")
	g.Op("MOVQ R11, CX")
	g.sweep(4, func(count int) {
		for c := range count {
			g.Op("VMOVU%s %d(AX), Y%d", g.P, 32*c, c)
		}
		for c := range count {
			g.Op("VFMADD231%s %d(R13), Y10, Y%d", g.P, 32*c, c)
		}
		for c := range count {
			g.Op("VMOVU%s Y%d, %d(AX)", g.P, c, 32*c)
		}
	}, func() {
		g.Op("VMASKMOV%s (AX), Y15, Y0", g.P)
		g.Op("VMASKMOV%s (R13), Y15, Y1", g.P)
		g.Op("VFMADD231%s Y1, Y10, Y0", g.P)
		g.Op("VMASKMOV%s Y0, Y15, (AX)", g.P)
	})
	g.Op("ADDQ R8, DI")
	g.Op("ADDQ $%d, DX", g.Size)
	g.Op("DECQ BX")
	g.Op("JNE %s", row)
	g.Op("VZEROUPPER")
	g.Op("RET")
}
