package lang

import "testing"

func TestTextIsReadInItsEncoding(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"λ : R", "λ : R"},
		{"\ufeffλ : R", "λ : R"},
		{"\xff\xfe\xbb\x03 \x00:\x00", "λ :"},
		{"\xfe\xff\x03\xbb\x00 \x00:", "λ :"},
	} {
		if got, err := Decoded([]byte(c.raw)); err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v", c.raw, got, err)
		}
	}
	for _, raw := range []string{"x\x00 \x00", "# \xe9t\xe9"} {
		if got, err := Decoded([]byte(raw)); err == nil {
			t.Errorf("%q is read as %q", raw, got)
		}
	}
}
