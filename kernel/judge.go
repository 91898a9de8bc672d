package kernel

import (
	"nabla/lang"
)

// check judges a claim.
func (j *job) check(b *lang.Check) (*Result, *lang.Error) {
	return nil, j.errorf("E999", nil, "not yet")
}
