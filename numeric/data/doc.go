// Package data reads and writes arrays in files: numbers separated by commas, semicolons, tabs or spaces, NumPy's .npy
// and .npz, and any of them compressed by gzip. What a file is, is told from its contents, not from its name.
//
// A file is read as a whole or not at all; an error names the file, the line and the column.
package data
