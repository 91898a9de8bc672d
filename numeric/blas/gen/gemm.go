package main

import (
	"fmt"

	"nabla/numeric/internal/asm"
)

// tileRows is the height of the largest tile of C: with two registers of columns it fills twelve of the sixteen
// registers with sums and leaves two for B and two for A.
const tileRows = 6

// nextLines is how many lines of the cache are asked for during a tile.
const nextLines = 8

// Offsets in the Go struct panel, which the kernel gets a pointer to. Strides are in bytes.
const (
	panelA     = 0   // first element of A
	panelARow  = 8   // from one row of A to the next
	panelACol  = 16  // from one column of A to the next
	panelAStep = 24  // from one group of rows of A to the next; 0 if that is the rows' number times panelARow
	panelB     = 32  // first element of B
	panelBRow  = 40  // from one row of B to the next
	panelC     = 48  // first element of C
	panelCRow  = 56  // from one row of C to the next
	panelM     = 64  // rows of A and C
	panelK     = 72  // columns of A, rows of B; at least 1
	panelN     = 80  // columns of C, at most two registers full
	panelD     = 88  // first element of D
	panelDRow  = 96  // from one row of D to the next
	panelDAt   = 104 // from the first element of D to the row at work
	panelNext  = 112 // where the next panel of B will be packed from; 0 if that is not known
	panelLine  = 120 // from one line to ask for to the next
	panelStep  = 128 // from the lines to ask for during a tile to those during the next
	panelAlpha = 136
)

func gemmFile() []byte {
	f := asm.NewFile(generator)
	for _, p := range precisions {
		g := gemm{File: f, Precision: p}
		f.Masks(g.Letter+"gemmMask", p, 2)
		g.panel()
	}
	return f.Bytes()
}

// gemm writes the panel kernel: C = alpha A B + beta D, where D may be C, for a panel of C that is at most two registers wide and any
// number of rows high, worked off in tiles of up to six rows. B is read by whole registers (its panels are padded where
// the matrix ends), A element by element with any strides, C and D only where they are.
type gemm struct {
	*asm.File
	asm.Precision
}

// The registers of the panel kernel. AX holds the panel.
const (
	rows  = "BX"  // of C, left to do
	rowC  = "DX"  // the row of C
	baseA = "R14" // the tile's first element of A
	curA  = "SI"
	curB  = "DI"
	left  = "CX" // of k
	ars   = "R8"
	ars3  = "R9"
	ars5  = "R10"
	acs   = "R11"
	brs   = "R12"
	crs   = "R13"
)

func (g *gemm) panel() {
	name := g.Letter + "gemmPanel"
	g.Func(name, fmt.Sprintf("func %s(p *panel[%s])", name, g.Go), 8)
	g.Op("MOVQ p+0(FP), AX")
	g.Op("MOVQ %d(AX), %s", panelA, baseA)
	g.Op("MOVQ %d(AX), %s", panelARow, ars)
	g.Op("MOVQ %d(AX), %s", panelACol, acs)
	g.Op("MOVQ %d(AX), %s", panelBRow, brs)
	g.Op("MOVQ %d(AX), %s", panelC, rowC)
	g.Op("MOVQ %d(AX), %s", panelCRow, crs)
	g.Op("MOVQ %d(AX), %s", panelM, rows)
	g.Op("LEAQ (%s)(%s*2), %s", ars, ars, ars3)
	g.Op("LEAQ (%s)(%s*4), %s", ars, ars, ars5)
	g.Op("MOVQ %d(AX), CX", panelN)
	g.Op("CMPQ CX, $%d", 2*g.Lanes)
	g.Op("JEQ %s", g.kind(2, false))
	g.Op("CMPQ CX, $%d", g.Lanes)
	g.Op("JLE %s", g.kind(1, true))
	g.tiles(2, true)
	g.tiles(2, false)
	g.tiles(1, true)
}

// kind is the label of the tiles of a width in registers, masked or whole.
func (g *gemm) kind(width int, masked bool) string {
	if masked {
		return fmt.Sprintf("%smasked%d", g.Letter, width)
	}
	return fmt.Sprintf("%swhole%d", g.Letter, width)
}

// tiles writes the loop over groups of rows and one tile for every number of rows. Seven to nine rows become two groups
// of nearly equal height, because a tile of fewer than four rows costs what one of four does.
func (g *gemm) tiles(width int, masked bool) {
	top := g.kind(width, masked)
	tile := func(r int) string { return fmt.Sprintf("%s_rows%d", top, r) }
	g.Label(top)
	g.Op("CMPQ %s, $10", rows)
	g.Op("JGE %s", tile(6))
	g.Op("CMPQ %s, $9", rows)
	g.Op("JEQ %s", tile(5))
	g.Op("CMPQ %s, $6", rows)
	g.Op("JGT %s", tile(4))
	for r := tileRows; r >= 1; r-- {
		if r < tileRows {
			g.Op("CMPQ %s, $%d", rows, r)
		}
		g.Op("JEQ %s", tile(r))
	}
	g.Op("VZEROUPPER")
	g.Op("RET")
	for r := tileRows; r >= 1; r-- {
		g.Label(tile(r))
		g.tile(r, width, masked)
		g.Op("SUBQ $%d, %s", r, rows)
		g.Op("JMP %s", top)
	}
}

// tile writes one tile of r rows: sums in registers over all of k, then the update of C, then the step to the next rows.
func (g *gemm) tile(r, width int, masked bool) {
	g.prefetchD(r)
	g.prefetchNext()
	g.Op("MOVQ %s, %s", baseA, curA)
	g.Op("MOVQ %d(AX), %s", panelB, curB)
	g.Op("MOVQ %d(AX), %s", panelK, left)
	for i := range r * width {
		g.Op("VXORPS Y%d, Y%d, Y%d", i, i, i)
	}
	const unroll = 4
	main, rest, done := g.NewLabel("main"), g.NewLabel("rest"), g.NewLabel("done")
	g.Op("SUBQ $%d, %s", unroll, left)
	g.Op("JLT %s", rest)
	g.Label(main)
	for range unroll {
		g.rankOne(r, width)
	}
	g.Op("SUBQ $%d, %s", unroll, left)
	g.Op("JGE %s", main)
	g.Label(rest)
	g.Op("ADDQ $%d, %s", unroll, left)
	g.Op("JEQ %s", done)
	single := g.NewLabel("single")
	g.Label(single)
	g.rankOne(r, width)
	g.Op("DECQ %s", left)
	g.Op("JNE %s", single)
	g.Label(done)
	g.stepA(r)
	g.update(r, width, masked)
}

// loadD points SI to the row of D.
func (g *gemm) loadD() {
	g.Op("MOVQ %d(AX), SI", panelD)
	g.Op("ADDQ %d(AX), SI", panelDAt)
}

// prefetchD asks for the tile of D, mostly that of C, which is far away when C is large, while the sums are made. A prefetch
// never faults.
func (g *gemm) prefetchD(r int) {
	g.loadD()
	g.Op("MOVQ %d(AX), DI", panelDRow)
	g.Op("LEAQ (SI)(DI*2), CX")
	g.Op("ADDQ DI, CX")
	for i := range r {
		at := fmt.Sprintf("(%s)", []string{"SI", "CX"}[i/3])
		if i%3 != 0 {
			at += fmt.Sprintf("(DI*%d)", i%3)
		}
		g.Op("PREFETCHT0 %s", at)
	}
}

// prefetchNext asks for some of what the next panel of B is packed from, which comes from afar: the sums take long enough for it to
// arrive.
func (g *gemm) prefetchNext() {
	none := g.NewLabel("none")
	g.Op("MOVQ %d(AX), SI", panelNext)
	g.Op("TESTQ SI, SI")
	g.Op("JEQ %s", none)
	g.Op("MOVQ SI, DI")
	g.Op("MOVQ %d(AX), CX", panelLine)
	for range nextLines {
		g.Op("PREFETCHT0 (SI)")
		g.Op("ADDQ CX, SI")
	}
	g.Op("ADDQ %d(AX), DI", panelStep)
	g.Op("MOVQ DI, %d(AX)", panelNext)
	g.Label(none)
}

// rankOne adds one column of A times one row of B to the sums.
func (g *gemm) rankOne(r, width int) {
	for j := range width {
		g.Op("VMOVU%s %d(%s), Y%d", g.P, 32*j, curB, 12+j)
	}
	at := []string{
		fmt.Sprintf("(%s)", curA),
		fmt.Sprintf("(%s)(%s*1)", curA, ars),
		fmt.Sprintf("(%s)(%s*2)", curA, ars),
		fmt.Sprintf("(%s)(%s*1)", curA, ars3),
		fmt.Sprintf("(%s)(%s*4)", curA, ars),
		fmt.Sprintf("(%s)(%s*1)", curA, ars5),
	}
	for i := range r {
		a := 14 + i%2
		g.Op("VBROADCAST%s %s, Y%d", g.S, at[i], a)
		for j := range width {
			g.Op("VFMADD231%s Y%d, Y%d, Y%d", g.P, 12+j, a, i*width+j)
		}
	}
	g.Op("ADDQ %s, %s", acs, curA)
	g.Op("ADDQ %s, %s", brs, curB)
}

// stepA moves to the next group of rows of A.
func (g *gemm) stepA(r int) {
	packed := g.NewLabel("packed")
	g.Op("MOVQ %d(AX), CX", panelAStep)
	g.Op("TESTQ CX, CX")
	g.Op("JNE %s", packed)
	g.Op("IMUL3Q $%d, %s, CX", r, ars)
	g.Label(packed)
	g.Op("ADDQ CX, %s", baseA)
}

// update writes C = alpha sums + beta D and does not read D where beta is zero.
func (g *gemm) update(r, width int, masked bool) {
	if masked {
		g.Op("MOVQ $%d, CX", 2*g.Lanes)
		g.Op("SUBQ %d(AX), CX", panelN)
		g.Op("LEAQ %sgemmMask<>(SB), SI", g.Letter)
		for j := range width {
			g.Op("VMOVU%s %d(SI)(CX*%d), Y%d", g.P, 32*j, g.Size, 12+j)
		}
	}
	g.Op("VBROADCAST%s %d(AX), Y14", g.S, panelAlpha)
	g.Op("VBROADCAST%s %d(AX), Y15", g.S, panelAlpha+g.Size)
	for i := range r * width {
		g.Op("VMUL%s Y14, Y%d, Y%d", g.P, i, i)
	}
	overwrite, end := g.NewLabel("overwrite"), g.NewLabel("end")
	g.Op("VXORPS X14, X14, X14")
	g.Op("VUCOMI%s X14, X15", g.S)
	g.Op("JNE %s", overwrite+"_not")
	g.Op("JPC %s", overwrite)
	g.Label(overwrite + "_not")
	g.writeC(r, width, masked, true)
	g.Op("JMP %s", end)
	g.Label(overwrite)
	g.writeC(r, width, masked, false)
	g.Label(end)
	g.Op("MOVQ %d(AX), CX", panelDRow)
	g.Op("IMUL3Q $%d, CX, CX", r)
	g.Op("ADDQ CX, %d(AX)", panelDAt)
}

func (g *gemm) writeC(r, width int, masked, add bool) {
	if add {
		g.loadD()
		g.Op("MOVQ %d(AX), CX", panelDRow)
	}
	for i := range r {
		for j := range width {
			y := i*width + j
			switch {
			case masked && add:
				g.Op("VMASKMOV%s %d(SI), Y%d, Y14", g.P, 32*j, 12+j)
				g.Op("VFMADD231%s Y14, Y15, Y%d", g.P, y)
			case add:
				g.Op("VFMADD231%s %d(SI), Y15, Y%d", g.P, 32*j, y)
			}
			if masked {
				g.Op("VMASKMOV%s Y%d, Y%d, %d(%s)", g.P, y, 12+j, 32*j, rowC)
			} else {
				g.Op("VMOVU%s Y%d, %d(%s)", g.P, y, 32*j, rowC)
			}
		}
		g.Op("ADDQ %s, %s", crs, rowC)
		if add {
			g.Op("ADDQ CX, SI")
		}
	}
}
