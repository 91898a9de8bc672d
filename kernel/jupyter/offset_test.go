package jupyter

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOffsetsAreEachOthersInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		n := rapid.IntRange(0, len([]rune(s))).Draw(t, "character")
		if got := runeOffset(s, byteOffset(s, n)); got != n {
			t.Fatalf("character %d became %d", n, got)
		}
	})
}
