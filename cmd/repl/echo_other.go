//go:build !unix || solaris || aix

package main

// quiet does nothing: this system's console shows what is typed.
func quiet(any) (restore func()) { return func() {} }
