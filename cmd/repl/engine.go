package main

import "nabla/kernel"

// newEngine starts the session that the command speaks to.
func newEngine() (kernel.Engine, error) { return kernel.NewSession(), nil }
