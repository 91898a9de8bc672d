// Package guard gives tests memory whose borders must not be crossed. So far there is an implementation for Linux.
package guard
