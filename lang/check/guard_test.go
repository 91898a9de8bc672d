package check

import "testing"

// TestGuardedSums: sum[j,m where j + m - 1 == i] adds up at places, and refuses what does not name one.
func TestGuardedSums(t *testing.T) {
	setup := "x : R[n]; w : R[k]; A : R[n,n]; v : R[n+k-1]; W[l] : R[n,n] for l = 1..3"
	for in, want := range map[string]string{
		"S[i] = sum[j,m where j + m - 1 == i] x[j] w[m]":     "R[k+n-1]",
		"S[i] = sum[j,m where i == j + m - 1] x[j] w[m]":     "R[k+n-1]",
		"S[i] = sum[j,m where i + 1 = m + j] v[i] x[j] w[m]": "R[k+n-1]",
		"S[i,r] = sum[j where 2 j == i] A[j,r]":              "R[2n,n]",
		"S[i,r] = sum[j,m where j == i, m == r] A[m,j]":      "R[n,n]",
		"S[i] = sum[j where j == j] x[j]":                    "E217",
		"S[i] = sum[j where j x == i] x[j]":                  "E217",
		"S[i,r] = sum[j where j == i + r] A[j,j]":            "E217",
		"S[i] = sum[j,m where j == i, m == i] A[j,m]":        "E217",
		"S[i] = sum[j where j + 1 == i] x[j] x[i]":           "E218",
		"S[i] = sum[l where l == i] tr(W[l])":                "E217",
		"sum[j where j < 2] x[j]":                            "E100",
		"S[i] = sum[j where ] x[j]":                          "E100",
	} {
		a := tell(t, newScope(), setup+"\n"+in)
		got := a.text
		if a.err != nil {
			got = a.err.Code
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%s)", in, got, want, a.report())
		}
	}
}
