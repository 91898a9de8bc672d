package main

// The coefficients below are minimax polynomials, found by Remez's exchange algorithm in 60-digit arithmetic. The
// logarithm's reduction is that of FreeBSD's e_log.c (Sun Microsystems, 1993).

// exponential approximates (exp(r) - 1 - r) / r² for |r| ≤ ln 2 / 2; r times its error is below 2^-55 (2^-26).
func (p *program) exponential() []float64 {
	if p.Size == 4 {
		return []float64{0x1.0000003547f71p-1, 0x1.5554af0e29f87p-3, 0x1.555486a12cf80p-5, 0x1.12283a73091c0p-7, 0x1.6d993e7ab6373p-10}
	}
	return []float64{0x1.0000000000005p-1, 0x1.555555555555cp-3, 0x1.55555555520c9p-5, 0x1.111111110e6a1p-7, 0x1.6c16c17f43370p-10, 0x1.a01a01b5e9c56p-13, 0x1.a019a66060cb3p-16, 0x1.71dde9ddaecfap-19, 0x1.28a2d289a2480p-22, 0x1.af76ebafed39ap-26}
}

// exponentialAbove is the same for -0.25 ≤ r / ln 2 ≤ 0.75; its error relative to that of exp(r) - 1 is below 2^-61 (2^-31).
func (p *program) exponentialAbove() []float64 {
	if p.Size == 4 {
		return []float64{0x1.ffffffae0d5dfp-2, 0x1.555552f6bddc5p-3, 0x1.55565c1f64458p-5, 0x1.110f6750df1d3p-7, 0x1.6941d4c4c22aep-10, 0x1.e35514b0d2e24p-13}
	}
	return []float64{0x1.0000000000000p-1, 0x1.555555555555ap-3, 0x1.5555555555502p-5, 0x1.111111110e137p-7, 0x1.6c16c16c8a6b0p-10, 0x1.a01a01bc4cffcp-13, 0x1.a019fb451b3b8p-16, 0x1.71de393ac68a2p-19, 0x1.27fd0d2921c16p-22, 0x1.a99068979bebbp-26, 0x1.50487e18fbabap-29}
}

// logarithm approximates (2 atanh(s)/s - 2) / z in z = s², for z ≤ 0.0295; z times half its error is below 2^-59 (2^-30).
func (p *program) logarithm() []float64 {
	if p.Size == 4 {
		return []float64{0x1.55557a33b2e1ap-1, 0x1.995eaafb31be6p-2, 0x1.31e4ab861aa05p-2}
	}
	return []float64{0x1.5555555555593p-1, 0x1.999999997fc79p-2, 0x1.249249420435bp-2, 0x1.c71c51f8c423bp-3, 0x1.746642873becep-3, 0x1.39a157ff22e36p-3, 0x1.2f0979886b819p-3}
}

// errorNear approximates erf(x)/x - 1 in u = x² for |x| ≤ 1, with a relative error below 2^-56 (2^-29).
func (p *program) errorNear() []float64 {
	if p.Size == 4 {
		return []float64{0x1.06eba7f240dbcp-3, -0x1.81273de824925p-2, 0x1.ce2cf6fe4b066p-4, -0x1.b7f9080a3742ap-6, 0x1.5405870d13fddp-8, -0x1.a3f5b34937d4bp-11, 0x1.496670ad8d556p-14}
	}
	return []float64{0x1.06eba8214db68p-3, -0x1.812746b0379bdp-2, 0x1.ce2f21a040d0ep-4, -0x1.b82ce311fa72cp-6, 0x1.565bccf926caep-8, -0x1.c02db03d2a0f5p-11, 0x1.f9a2ba98747cfp-14, -0x1.f4ca4c6c0beaep-17, 0x1.b97fc9ae9387bp-20, -0x1.5c06e7aacc869p-23, 0x1.d71952f8486b8p-27, -0x1.aba9092f9fcfcp-31}
}

// errorFar approximates log(1 - erf(x)) for 1 ≤ x ≤ 6 (4), with an error that moves erf by less than 2^-54 (2^-29).
func (p *program) errorFar() []float64 {
	if p.Size == 4 {
		return []float64{-0x1.70a7fc2c99867p-12, -0x1.20863e8fb2b58p+0, -0x1.46c3c38632686p-1, -0x1.a61635e38b9c8p-4, 0x1.6557a4514e852p-6, -0x1.817620132aa06p-9, 0x1.856dd52dd30b4p-13}
	}
	return []float64{-0x1.20cc8c49ed244p-20, -0x1.20dcc3c0e95f1p+0, -0x1.45f95a7e2412ap-1, -0x1.a46622a024608p-4, 0x1.350e6f493bc6ap-6, 0x1.339cb7b81b134p-11, -0x1.136d28d979f74p-9, 0x1.e34f17aff6c7cp-11, -0x1.e5fca1b73b156p-13, 0x1.dde4efbd96d2ap-16, 0x1.ce079b270634bp-19, -0x1.60c21ef6ca499p-19, 0x1.6c72075f80cf8p-21, -0x1.cb40fe7adf405p-24, 0x1.7239550876531p-27, -0x1.620af0d4dac45p-31, 0x1.339832772fa4cp-36}
}

// Logarithms of 2, the first with zeros at its end so that small multiples are exact.
const (
	ln2High64, ln2Low64 = 0x1.62e42feep-01, 0x1.a39ef35793c76p-33
	ln2High32, ln2Low32 = 0x1.62e3p-01, 0x1.2fefa2p-17
)

func (p *program) ln2() (high, low value) {
	return p.either(ln2High64, ln2High32), p.either(ln2Low64, ln2Low32)
}

// mantissa is the number of bits after the leading one.
func (p *program) mantissa() int {
	if p.Size == 4 {
		return 23
	}
	return 52
}

func (p *program) one() value      { return p.number(1) }
func (p *program) signBit() value  { return p.pattern(1<<63, 1<<31) }
func (p *program) restBits() value { return p.pattern(1<<63-1, 1<<31-1) }

// rounder is a number so large that adding it leaves the nearest integer in the last bits of the sum.
func (p *program) rounder() value { return p.either(0x1.8p52, 0x1.8p23) }

// reduce writes x as n ln 2 + r with |r| ≤ ln 2 / 2; shifted is n + rounder.
func (p *program) reduce(x value) (r, shifted value) {
	shifted = p.madd(x, p.inverseLn2(), p.in(p.rounder()))
	return p.rest(x, shifted), shifted
}

func (p *program) inverseLn2() value { return p.number(1 / 0.693147180559945309417232121458176568) }

// rest is x - n ln 2.
func (p *program) rest(x, shifted value) value {
	n := p.sub(shifted, p.rounder())
	high, low := p.ln2()
	return p.nmadd(n, low, p.nmadd(n, high, x))
}

// expReduced is exp(r).
func (p *program) expReduced(r value) value {
	q := p.polynomial(r, p.exponential())
	return p.madd(p.madd(q, r, p.one()), r, p.one())
}

// power2 is 2ⁿ, where n + rounder is given and 2ⁿ is a normal number.
func (p *program) power2(shifted value) value {
	return p.integer("ADD", p.shift("SLL", shifted, p.mantissa()), p.one())
}

// expNormal is exp(x) where that is a normal number.
func (p *program) expNormal(x value) value {
	r, shifted := p.reduce(x)
	return p.integer("ADD", p.expReduced(r), p.shift("SLL", shifted, p.mantissa()))
}

// expAny is exp(x) for any x. It scales by two powers of two, because one may not be a number.
func (p *program) expAny(x value) value {
	x = p.atLeast(p.atMost(x, p.either(710, 89)), p.either(-750, -106))
	r, shifted := p.reduce(x)
	n := p.sub(shifted, p.rounder())
	half := p.madd(n, p.number(0.5), p.in(p.rounder()))
	other := p.add(p.sub(n, p.sub(half, p.rounder())), p.rounder())
	return p.mul(p.mul(p.expReduced(r), p.power2(half)), p.power2(other))
}

// leaveUnlessModerate leaves where exp(x) or exp(-x) is not a normal number.
func (p *program) leaveUnlessModerate(x value) {
	p.leaveIf(p.compare(notLess, p.and(x, p.restBits()), p.either(708, 87)))
}

func exp(p *program, v, _ []value) value {
	p.leaveUnlessModerate(v[0])
	return p.expNormal(v[0])
}

func expGeneral(p *program, v, _ []value) value { return p.expAny(v[0]) }

// logSum is k ln 2 + log(1 + f) for 1 + f between √½ and √2.
func (p *program) logSum(k, f value) value {
	s := p.div(f, p.add(f, p.number(2)))
	z := p.mul(s, s)
	t := p.nmadd(p.polynomial(z, p.logarithm()), z, f)
	high, low := p.ln2()
	return p.madd(k, high, p.add(f, p.nmadd(s, t, p.mul(k, low))))
}

// logNormal is log(x) + k ln 2 for a positive normal number x.
func (p *program) logNormal(x value, adjust func(k value) value) value {
	const root64, root32 = 0x3fe6a09e667f3bcd, 0x3f3504f3 // √½
	const one64, one32 = 0x3ff0000000000000, 0x3f800000
	moved := p.integer("ADD", x, p.pattern(one64-root64, one32-root32))
	exponent := p.or(p.shift("SRL", moved, p.mantissa()), p.either(0x1p52, 0x1p23))
	k := adjust(p.sub(exponent, p.either(0x1p52+1023, 0x1p23+127)))
	m := p.integer("ADD", p.and(moved, p.pattern(1<<52-1, 1<<23-1)), p.pattern(root64, root32))
	return p.logSum(k, p.sub(m, p.one()))
}

func (p *program) smallestNormal() value { return p.either(0x1p-1022, 0x1p-126) }
func (p *program) infinity() value       { return p.pattern(0x7ff0000000000000, 0x7f800000) }

func log(p *program, v, _ []value) value {
	// A bit pattern of a positive normal number, as an integer, less that of the smallest is less than the span of all.
	low := p.compare(notAtLeast, v[0], p.smallestNormal())
	high := p.compare(notLess, v[0], p.infinity())
	p.leaveIf(p.or(low, high))
	return p.logNormal(v[0], func(k value) value { return k })
}

func logGeneral(p *program, v, _ []value) value {
	x := v[0]
	small := p.compare(less, x, p.smallestNormal())
	scaled := p.choose(small, p.mul(x, p.either(0x1p54, 0x1p25)), x)
	y := p.logNormal(scaled, func(k value) value { return p.sub(k, p.and(small, p.either(54, 25))) })
	y = p.choose(p.compare(equal, x, p.infinity()), x, y)
	y = p.choose(p.compare(equal, x, p.number(0)), p.pattern(0xfff0000000000000, 0xff800000), y)
	return p.or(y, p.compare(notAtLeast, x, p.number(0))) // all bits set is a NaN
}

// signOf is y, which is not negative or has the sign of x anyway, with the sign of x.
func (p *program) signOf(x, y value) value { return p.or(y, p.and(x, p.signBit())) }

// expm1Reduced is exp(r) - 1, by one of the approximations of the exponential.
func (p *program) expm1Reduced(r value, coefficients []float64) value {
	return p.madd(p.mul(r, r), p.polynomial(r, coefficients), r)
}

// expm1 is 2ⁿ q + (2ⁿ - 1) with q = exp(r) - 1; the sign is for a zero.
func expm1(p *program, v, _ []value) value {
	p.leaveUnlessModerate(v[0])
	r, shifted := p.reduce(v[0])
	scale := p.power2(shifted)
	return p.signOf(v[0], p.madd(scale, p.expm1Reduced(r, p.exponential()), p.sub(scale, p.one())))
}

// expm1General halves 2ⁿ, which may not be a number, where x is large.
func expm1General(p *program, v, _ []value) value {
	x := p.atLeast(p.atMost(v[0], p.either(710, 89)), p.number(-60))
	r, shifted := p.reduce(x)
	large := p.compare(greater, x, p.one())
	scale := p.power2(p.sub(shifted, p.and(large, p.one())))
	factor := p.add(p.one(), p.and(large, p.one()))
	one := p.choose(large, p.number(0.5), p.one())
	scaled := p.madd(scale, p.expm1Reduced(r, p.exponential()), p.sub(scale, one))
	return p.signOf(v[0], p.mul(scaled, factor))
}

// log1p is log(u) + (x - (u - 1))/u with u = 1 + x rounded; the sign is for a zero.
func log1p(p *program, v, _ []value) value {
	x := v[0]
	p.leaveIf(p.or(p.compare(notGreater, x, p.number(-1)), p.compare(notLess, x, p.infinity())))
	return p.signOf(x, p.log1pNormal(x))
}

func (p *program) log1pNormal(x value) value {
	u := p.add(x, p.one())
	correction := p.div(p.sub(x, p.sub(u, p.one())), u)
	return p.add(p.logNormal(u, func(k value) value { return k }), correction)
}

func log1pGeneral(p *program, v, _ []value) value {
	x := v[0]
	y := p.log1pNormal(x)
	y = p.choose(p.compare(equal, x, p.infinity()), x, y)
	y = p.choose(p.compare(equal, x, p.number(-1)), p.pattern(0xfff0000000000000, 0xff800000), y)
	return p.signOf(x, p.or(y, p.compare(notAtLeast, x, p.number(-1)))) // all bits set is a NaN
}

func recip(p *program, v, _ []value) value { return p.div(p.one(), v[0]) }

// step is 1 above zero, else 0, and all bits set, which is a NaN, for a NaN.
func step(p *program, v, _ []value) value {
	one := p.and(p.compare(greater, v[0], p.number(0)), p.one())
	return p.or(one, p.compare(unordered, v[0], v[0]))
}

// sign is x where it is a zero or a NaN, else 1 with the sign of x.
func sign(p *program, v, _ []value) value {
	same := p.compare(notUnequal, v[0], p.number(0))
	return p.choose(same, v[0], p.or(p.and(v[0], p.signBit()), p.one()))
}

// tanh is E/(E+2) with E = exp(2|x|) - 1; beyond the bound it is 1 to the last bit. The multiple of ln 2 is chosen from a
// quarter lower than elsewhere: the quotient loses most where E is about ½, and that is then found without scaling.
func tanh(p *program, v, _ []value) value {
	a := p.atMost(p.and(v[0], p.restBits()), p.either(22, 10))
	y := p.add(a, a)
	shifted := p.add(p.madd(y, p.inverseLn2(), p.number(-0.25)), p.rounder())
	r := p.rest(y, shifted)
	scale := p.power2(shifted)
	e := p.madd(scale, p.expm1Reduced(r, p.exponentialAbove()), p.sub(scale, p.one()))
	return p.signOf(v[0], p.div(e, p.add(e, p.number(2))))
}

// sigmoid is 1/(1+e) or e/(1+e) with e = exp(-|x|), by the sign of x.
func (p *program) sigmoid(x value, exp func(value) value) value {
	e := exp(p.or(x, p.signBit()))
	return p.div(p.choose(x, e, p.one()), p.add(e, p.one()))
}

func sigmoid(p *program, v, _ []value) value {
	p.leaveUnlessModerate(v[0])
	return p.sigmoid(v[0], p.expNormal)
}

func sigmoidGeneral(p *program, v, _ []value) value { return p.sigmoid(v[0], p.expAny) }

// softplus is max(x, 0) + log(1 + e) with e = exp(-|x|); above √2 - 1 the half of 1 + e is used.
func (p *program) softplus(x value, exp func(value) value) value {
	e := exp(p.or(x, p.signBit()))
	big := p.compare(greater, e, p.number(0x1.a827999fcef32p-2))
	f := p.choose(big, p.mul(p.sub(e, p.one()), p.number(0.5)), e)
	return p.add(p.logSum(p.and(big, p.one()), f), p.atLeast(x, p.number(0)))
}

func softplus(p *program, v, _ []value) value {
	p.leaveUnlessModerate(v[0])
	return p.softplus(v[0], p.expNormal)
}

func softplusGeneral(p *program, v, _ []value) value { return p.softplus(v[0], p.expAny) }

// erf is a polynomial for |x| < 1 and 1 - exp of another one beyond, which at the bound is 1 to the last bit.
func erf(p *program, v, _ []value) value {
	a := p.atMost(p.and(v[0], p.restBits()), p.either(6, 4))
	far := p.sub(p.one(), p.expNormal(p.polynomial(a, p.errorFar())))
	near := p.madd(a, p.polynomial(p.mul(a, a), p.errorNear()), a)
	y := p.choose(p.compare(notAtLeast, a, p.one()), near, far) // near for NaN, too
	return p.signOf(v[0], y)
}

// relu is max(x, 0), with +0 for both zeros.
func relu(p *program, v, _ []value) value {
	return p.add(p.atLeast(v[0], p.number(0)), p.number(0))
}

func binary(name string) formula {
	return func(p *program, v, _ []value) value { return p.float(name, v[0], v[1]) }
}

func mulAdd(p *program, v, _ []value) value { return p.madd(v[0], v[1], v[2]) }
func addScaled(p *program, v, s []value) value {
	return p.madd(v[1], s[0], v[0])
}
func scale(p *program, v, s []value) value  { return p.mul(v[0], s[0]) }
func affine(p *program, v, s []value) value { return p.madd(v[0], s[0], s[1]) }
func sqrt(p *program, v, _ []value) value {
	return p.push(operation{name: "VSQRT" + p.P, args: []value{v[0]}})
}
func abs(p *program, v, _ []value) value { return p.and(v[0], p.restBits()) }

var kernels = []kernel{
	{name: "exp", vectors: 1, width: 4, fast: exp, general: expGeneral},
	{name: "log", vectors: 1, width: 3, fast: log, general: logGeneral},
	{name: "tanh", vectors: 1, width: 3, fast: tanh},
	{name: "sigmoid", vectors: 1, width: 3, fast: sigmoid, general: sigmoidGeneral},
	{name: "softplus", vectors: 1, width: 2, fast: softplus, general: softplusGeneral},
	{name: "erf", vectors: 1, width: 3, fast: erf},
	{name: "expm1", vectors: 1, width: 3, fast: expm1, general: expm1General},
	{name: "log1p", vectors: 1, width: 2, fast: log1p, general: log1pGeneral},
	{name: "recip", vectors: 1, width: 2, fast: recip},
	{name: "step", vectors: 1, width: 4, fast: step},
	{name: "sign", vectors: 1, width: 4, fast: sign},
	{name: "relu", vectors: 1, width: 4, fast: relu},
	{name: "sqrt", vectors: 1, width: 2, fast: sqrt},
	{name: "abs", vectors: 1, width: 4, fast: abs},
	{name: "add", vectors: 2, width: 4, fast: binary("VADD")},
	{name: "sub", vectors: 2, width: 4, fast: binary("VSUB")},
	{name: "mul", vectors: 2, width: 4, fast: binary("VMUL")},
	{name: "div", vectors: 2, width: 2, fast: binary("VDIV")},
	{name: "mulAdd", vectors: 3, width: 4, fast: mulAdd},
	{name: "addScaled", vectors: 2, scalars: 1, width: 4, fast: addScaled},
	{name: "scale", vectors: 1, scalars: 1, width: 4, fast: scale},
	{name: "affine", vectors: 1, scalars: 2, width: 4, fast: affine},
}
