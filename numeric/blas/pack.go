package blas

// packRows lays out k rows of h ≤ width numbers, ld apart in src, as k groups of width; what a group has more is zero.
func packRows[T number](dst, src []T, width, ld, h, k int) {
	switch {
	case h == width:
		copyRows(dst, src, width, ld, k)
		return
	case width == tileColumns[T]():
		copyNarrow(dst, src, ld, h, k)
		return
	}
	for p := range k {
		group := dst[p*width : (p+1)*width]
		clear(group[copy(group, src[p*ld:p*ld+h]):])
	}
}

// packLines lays out h ≤ width lines of k numbers, ld apart in src, as k groups of width, one number of every line in
// each; what a group has more is zero.
func packLines[T number](dst, src []T, width, ld, h, k int) {
	if h < width {
		clear(dst[:k*width])
	}
	const side = 4 // of the squares that are transposed at once
	if h < side || k < side {
		packNarrow(dst, src, width, ld, h, k)
		return
	}
	for i := 0; i < h; i += side {
		i = min(i, h-side)
		interleave(dst[i:], src[i*ld:], width, ld, k-k%side)
		if k%side != 0 {
			interleave(dst[(k-side)*width+i:], src[i*ld+k-side:], width, ld, side)
		}
	}
}

func packNarrow[T number](dst, src []T, width, ld, h, k int) {
	for i := range h {
		for p, v := range src[i*ld : i*ld+k] {
			dst[p*width+i] = v
		}
	}
}
