// Command gen writes the assembly of package blas: `go generate nabla/numeric/blas` runs it.
package main

import (
	"log"
	"os"

	"nabla/numeric/internal/asm"
)

// outputs are the files that gen writes, relative to package blas.
var outputs = map[string]func() []byte{
	"gemm_amd64.s": gemmFile,
	"pack_amd64.s": packFile,
	"gemv_amd64.s": gemvFile,
}

const generator = "nabla/numeric/blas/gen"

var precisions = []asm.Precision{asm.Double, asm.Single}

func main() {
	for name, text := range outputs {
		if err := os.WriteFile(name, text(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
