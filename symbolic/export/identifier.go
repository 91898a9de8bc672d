package export

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"nabla/lang"
)

// identifier is a name of the language as an identifier of the target: λ, φ and W1 stay; H[3] is H_3, x̂ is x_hat.
func identifier(name, target string) string {
	if !plain(name) {
		name = lang.PrintASCII(&lang.Name{Name: name, Raw: name})
	}
	name = norm.NFKC.String(name)
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) && i > 0:
			b.WriteRune(r)
		case unicode.IsDigit(r):
			b.WriteString("n" + string(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	id := strings.TrimRight(b.String(), "_")
	if id == "" {
		id = "v"
	}
	if slices.Contains(keywords[target], id) {
		id += "_"
	}
	return id
}

// plain says that a name is made of letters and digits.
func plain(name string) bool {
	for _, r := range name {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

var python = strings.Fields(`False None True and as assert async await break class continue def del elif else except finally for from global if
	import in is lambda nonlocal not or pass raise return try while with np jnp jax torch scipy sys float int len range print abs sum max min tuple
	zip enumerate random_arguments check`)

// keywords are the words of each target that no variable can have.
var keywords = map[string][]string{
	"numpy": python, "pytorch": python, "jax": python,
	"julia": strings.Fields(`baremodule begin break catch const continue do else elseif end export false finally for function global if import
		let local macro module quote return struct true try using while in isa where size axes sum exp log sin cos tan det inv diag tr I pi prod
		maximum minimum reshape permutedims zeros ones zip eachindex ndims error rand abs dot norm ifelse float reverse length vec cat π ℯ`),
	"go": strings.Fields(`break case chan const continue default defer else fallthrough for func go goto if import interface map package range
		return select struct switch type var any bool byte error float64 int string len cap append make max min copy panic print println nil true
		false iota tensor newTensor number main fmt math rand mathext same random blocks delta`),
}
