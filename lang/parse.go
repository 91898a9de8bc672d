package lang

import (
	"io"
	"strings"
)

// A Parser reads a cell statement by statement, so that each is read with the declarations of those before it.
type Parser struct {
	src    string
	toks   []token
	next   int // index of the first token of the next statement
	line   int // line of offset lineAt
	lineAt int
	trial  bool // reading a fix: offer no fixes for it
}

// NewParser returns a parser of the text of one cell or script. Any bytes will do; reading takes linear time.
func NewParser(src string) *Parser {
	return &Parser{src: src, toks: pair(scan(src)), line: 1}
}

// Next reads one statement. At the end of the text it returns nil and io.EOF. If the statement cannot be read the
// error is an *Error and the Stmt has no Body; the next call goes on with the statement after it.
// A nil scope knows no names.
func (p *Parser) Next(scope Scope) (*Stmt, error) {
	for p.isSeparator(p.next) {
		p.next++
	}
	if p.toks[p.next].kind == eof {
		return nil, io.EOF
	}
	from, to := p.next, p.statementEnd()
	p.next = to
	s := &Stmt{Span: Span{p.toks[from].span.Start, p.toks[to-1].span.End}, Silent: p.toks[to].kind == semi}
	s.Source, s.Line = p.src[s.Start:s.End], p.lineOf(s.Start)
	if scope == nil {
		scope = noScope{}
	}
	q := &parser{src: p.src, scope: scope, toks: p.toks, i: from, first: from, end: to, trial: p.trial, locals: map[string]int{}}
	body, err := q.read()
	if err != nil {
		err.Source = p.src
		return s, err
	}
	s.Body = body
	return s, nil
}

func (p *Parser) isSeparator(i int) bool { return p.toks[i].kind == newline || p.toks[i].kind == semi }

// statementEnd is the index of the separator or eof after the statement; what stands in brackets does not count.
func (p *Parser) statementEnd() int {
	i := p.next
	for !p.isSeparator(i) && p.toks[i].kind != eof {
		i = max(i, p.toks[i].match) + 1
	}
	return i
}

func (p *Parser) lineOf(offset int) int {
	p.line += strings.Count(p.src[p.lineAt:offset], "\n")
	p.lineAt = offset
	return p.line
}

type noScope struct{}

func (noScope) IsFunc(string) bool { return false }
func (noScope) IsVar(string) bool  { return false }
func (noScope) IsDim(string) bool  { return false }

// A parser reads one statement by recursive descent; its methods are named for the rules of grammar.txt.
// Errors travel as panics of *Error to read.
type parser struct {
	src        string
	scope      Scope
	toks       []token // of the whole cell; the statement is toks[first:end]
	i          int
	first, end int
	depth      int            // of recursion
	inExponent bool           // a transpose mark does not bind to an exponent
	locals     map[string]int // indices and parameters in force; they shadow everything
	trial      bool
}

func (p *parser) read() (body Body, err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			body, err = nil, r
		default:
			panic(r)
		}
	}()
	p.checkBrackets()
	body = p.statement()
	if p.i < p.end {
		p.unexpected("")
	}
	return body, nil
}

// tok is the token at hand; at the end of the statement it is eof.
func (p *parser) tok() token { return p.peek(0) }

func (p *parser) peek(n int) token {
	if i := p.i + n; p.first <= i && i < p.end {
		return p.toks[i]
	}
	stop := p.toks[p.end-1].span.End
	if n < 0 {
		stop = p.toks[p.first].span.Start
	}
	return token{kind: eof, span: Span{stop, stop}, space: true, match: -1}
}

func (p *parser) is(text string) bool { return p.tok().is(text) }

// take returns the token at hand and goes on to the next.
func (p *parser) take() token {
	t := p.tok()
	p.i++
	return t
}

// accept takes the operator text if it is at hand.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}

// expect takes the operator text or fails, saying what it was needed for.
func (p *parser) expect(text, why string) token {
	if !p.is(text) {
		p.unexpected(why)
	}
	return p.take()
}

// here is where the token at hand starts.
func (p *parser) here() int { return p.tok().span.Start }

// from is the span from start to the end of the last token taken.
func (p *parser) from(start int) Span { return Span{start, p.peek(-1).span.End} }

func (p *parser) text(s Span) string { return p.src[s.Start:s.End] }

// The limits keep the stack and the tree small whatever is typed.
const maxDepth, maxChain = 500, 10000

func (p *parser) enter() func() {
	if p.depth++; p.depth > maxDepth {
		p.fail("E110", p.tok().span, "this is nested more than %d deep; give its parts names", maxDepth)
	}
	return func() { p.depth-- }
}

func (p *parser) long(n int) {
	if n > maxChain {
		p.fail("E110", p.tok().span, "this has more than %d operations in a row; give its parts names", maxChain)
	}
}

// bind makes names local until the returned function is called.
func (p *parser) bind(names ...*Name) func() {
	for _, n := range names {
		p.locals[n.Name]++
	}
	return func() {
		for _, n := range names {
			p.locals[n.Name]--
		}
	}
}

func (p *parser) isVar(name string) bool { return p.locals[name] > 0 || p.scope.IsVar(name) }

func (p *parser) isFunc(name string) bool {
	return p.locals[name] == 0 && p.scope.IsFunc(name) && !p.scope.IsVar(name)
}

func (p *parser) isKnown(name string) bool {
	return p.isVar(name) || p.scope.IsFunc(name) || p.scope.IsDim(name)
}
