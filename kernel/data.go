package kernel

import (
	"nabla/lang"
	"nabla/numeric"
)

// valueCalls are the calls that give several arrays, or read files: they may stand on the right of ":=" only.
var valueCalls = map[string]func(a *ask, targets int) ([]*numeric.Array, []string, *lang.Error){}

func saveArray(path string, a *numeric.Array) error { return nil }
