// Command gen writes the assembly of package vec: `go generate nabla/numeric/vec` runs it.
package main

import (
	stdlog "log"
	"os"

	"nabla/numeric/internal/asm"
)

const generator = "nabla/numeric/vec/gen"

// outputs are the files that gen writes, relative to package vec.
var outputs = map[string]func() []byte{
	"map_amd64.s":     mapFile,
	"reduce_amd64.s":  reduceFile,
	"kernel_amd64.go": assemblyFile,
	"kernel_other.go": portableFile,
}

func mapFile() []byte {
	f := asm.NewFile(generator)
	for _, p := range []asm.Precision{asm.Double, asm.Single} {
		e := newEmitter(f, p)
		f.Masks(p.Letter+"mask", p, 1)
		for _, k := range kernels {
			e.kernel(k)
		}
		e.table()
	}
	return f.Bytes()
}

func main() {
	for name, text := range outputs {
		if err := os.WriteFile(name, text(), 0o644); err != nil {
			stdlog.Fatal(err)
		}
	}
}
