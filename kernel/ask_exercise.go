package kernel

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"nabla/lang"
)

func init() {
	register(
		&Report{
			Name: "exercise", Args: `"5.3.2", part, answer`,
			Doc: `exercise("5.3.2") loads the set-up of an exercise and asks its questions; answer(…) answers the next one, answer("b", …) part b, and check judges a formula as ever. ` +
				`hint helps, one step at a time; solution shows the worked answer of the part at hand, exercise("5.3.2", solution) all of them. exercises lists them all.`,
			Example: `exercise("5.3.1"); answer("n×m")` + "\n\tRIGHT: part a is done",
			Run:     runExercise,
		},
		&Report{
			Name: "answer", Args: "part, answer",
			Doc:     `answer(…) answers the next part of the exercise at hand, answer("b", …) part b: a formula or a count as such, words and the edges of a picture in quotes.`,
			Example: `exercise("5.3.1"); answer("nm×nm")` + "\n\tWRONG: That is the size of the Hessian: one entry for each pair of entries of X.",
			Run:     runAnswer,
		},
		&Report{
			Name:    "solution",
			Doc:     "solution shows the worked answer of the part of the exercise at hand.",
			Example: `exercise("5.3.1"); solution`,
			Run:     runSolution,
		},
		&Report{Name: "exercises", Doc: "exercises lists the exercises, with the parts that you have solved.", Example: "exercises",
			Run: runExercises},
	)
}

// An openExercise is the exercise at hand.
type openExercise struct {
	*exercise
	part   string // asked last
	hinted int
}

func runExercises(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 0); err != nil {
		return nil, err
	}
	done := progress()
	t := &table{}
	list := []map[string]any{}
	for _, e := range exercises() {
		n := 0
		for _, p := range e.Parts {
			if slices.Contains(done[e.ID], p.Name) {
				n++
			}
		}
		mark := ""
		if n > 0 {
			mark = fmt.Sprintf("%d of %d", n, len(e.Parts))
		}
		if n == len(e.Parts) {
			mark = "solved"
		}
		t.row(e.ID, e.Title, mark)
		list = append(list, map[string]any{"id": e.ID, "title": e.Title, "parts": len(e.Parts), "solved": n})
	}
	res := t.result("")
	res.Kind = KindReport
	res.Data = map[string]any{"exercises": list}
	return res, nil
}

func runExercise(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 3); err != nil {
		return nil, err
	}
	args := a.positional()
	e, err := a.exerciseNamed(args[0])
	if err != nil {
		return nil, err
	}
	if len(args) == 3 {
		if err := a.open(e); err != nil {
			return nil, err
		}
		return a.answerPart(args[1], args[2])
	}
	if len(args) == 2 {
		return a.aboutExercise(e, args[1])
	}
	if err := a.open(e); err != nil {
		return nil, err
	}
	return a.exerciseResult(e), nil
}

// exerciseNamed finds the exercise; its number may be a text or 5.3.
func (a *ask) exerciseNamed(x lang.Expr) (*exercise, *lang.Error) {
	id := ""
	switch x := x.(type) {
	case *lang.String:
		id = x.Val
	case *lang.Number:
		id = x.Text
	}
	if e := findExercise(id); e != nil {
		return e, nil
	}
	err := a.errorf("E332", x, "there is no exercise %s", strings.Trim(lang.Print(x), `"`))
	var ids []string
	for _, e := range exercises() {
		ids = append(ids, e.ID)
	}
	for _, near := range nearIDs(id, ids) {
		err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("exercise(%q)", near)})
	}
	err.Details = []string{"exercises lists them all"}
	return nil, err
}

// nearIDs are the numbers that begin or end alike, or are spelled alike.
func nearIDs(id string, ids []string) []string {
	var out []string
	for _, x := range ids {
		if id != "" && (strings.HasPrefix(x, id) || strings.HasSuffix(x, "."+id)) && len(out) < 4 {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		out = lang.DidYouMean(id, ids)
	}
	if len(out) == 0 {
		out = ids[:min(1, len(ids))]
	}
	return out
}

// open loads the set-up of an exercise into the session.
func (a *ask) open(e *exercise) *lang.Error {
	if a.state.exercise != nil && a.state.exercise.ID == e.ID {
		return nil
	}
	p := lang.NewParser(e.Setup)
	for {
		st, err := p.Next(a.state.scope)
		if err == io.EOF {
			break
		}
		if err != nil {
			return a.errorf("E999", a.call, "the set-up of exercise %s does not read: %v", e.ID, err)
		}
		if _, err := a.reading(e.Setup, st).dispatch(); err != nil {
			return a.errorf("E999", a.call, "the set-up of exercise %s does not fit: %s", e.ID, err.Message)
		}
	}
	a.state.scope.Enter(a.cell, a.stmt, a.origin())
	a.state.exercise = &openExercise{exercise: e}
	a.state.lines, a.state.judged, a.state.hinted = nil, nil, 0
	a.state.edits++
	return nil
}

func (a *ask) exerciseResult(e *exercise) *Result {
	text := e.ID + "  " + e.Title + "\n" + e.Text
	if e.Setup != "" {
		text += "\n\n  " + strings.ReplaceAll(e.Setup, "\n", "\n  ") + "\n"
	}
	done := progress()[e.ID]
	parts := []map[string]any{}
	for _, p := range e.Parts {
		mark := ""
		if slices.Contains(done, p.Name) {
			mark = "   (solved)"
		}
		text += fmt.Sprintf("\n(%s) %s%s", p.Name, p.Ask, mark)
		parts = append(parts, map[string]any{"part": p.Name, "ask": p.Ask, "kind": p.Kind, "solved": mark != ""})
	}
	text += "\n\n" + answerForms(e)
	return &Result{Kind: KindReport, Text: text, Data: map[string]any{"id": e.ID, "title": e.Title, "text": e.Text, "setup": e.Setup, "parts": parts}}
}

// answerForms says how the parts are answered.
func answerForms(e *exercise) string {
	forms := map[string]string{"words": `answer("…")`, "edges": `answer("x→z, …")`, "count": "answer(n d + …)", "formula": "answer(…) or check"}
	var out []string
	for _, p := range e.Parts {
		if f := forms[p.Kind]; !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return strings.Join(out, ", ") + "; hint helps"
}

// aboutExercise answers exercise("5.3.2", hint) and exercise("5.3.2", solution).
func (a *ask) aboutExercise(e *exercise, x lang.Expr) (*Result, *lang.Error) {
	word := plainWord(x)
	if err := a.open(e); err != nil {
		return nil, err
	}
	if p := e.part(word); p != nil {
		a.state.exercise = &openExercise{exercise: e, part: p.Name}
		return a.asked(p), nil
	}
	switch word {
	case "hint":
		return a.exerciseHint(), nil
	case "solution":
		var lines []string
		for _, p := range e.Parts {
			lines = append(lines, fmt.Sprintf("(%s) %s", p.Name, p.Solution))
		}
		return &Result{Kind: KindReport, Text: strings.Join(lines, "\n"), Data: map[string]any{"solutions": lines}}, nil
	}
	err := a.errorf("E332", x, "exercise %s has no part %s", e.ID, word)
	for _, p := range e.Parts {
		err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("exercise(%q, %q)", e.ID, p.Name)})
	}
	err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("exercise(%q, solution)", e.ID)})
	return nil, err
}

// asked is the question of a part.
func (a *ask) asked(p *exercisePart) *Result {
	return &Result{Kind: KindReport, Text: fmt.Sprintf("(%s) %s", p.Name, p.Ask), Data: map[string]any{"part": p.Name, "ask": p.Ask, "kind": p.Kind}}
}

// partAtHand is the part that an answer without a name is for; nil without an exercise.
func (a *ask) partAtHand() *exercisePart {
	if a.state.exercise == nil {
		return nil
	}
	return a.nextPart(a.state.exercise)
}

// plainWord is a name or a text.
func plainWord(x lang.Expr) string {
	switch x := x.(type) {
	case *lang.Name:
		return x.Name
	case *lang.String:
		return x.Val
	}
	return lang.Print(x)
}

func runAnswer(a *ask) (*Result, *lang.Error) {
	args := a.positional()
	if err := a.atHand(); err != nil {
		return nil, err
	}
	switch len(args) {
	case 1:
		return a.answerPart(nil, args[0])
	case 2:
		return a.answerPart(args[0], args[1])
	}
	return nil, a.errorf("E333", a.call, "answer takes the answer, or the part and the answer")
}

// atHand refuses what needs an exercise where none is open.
func (a *ask) atHand() *lang.Error {
	if a.state.exercise != nil {
		return nil
	}
	e := a.errorf("E332", a.call, "there is no exercise at hand")
	e.Fixes = []lang.Fix{{Text: fmt.Sprintf("exercise(%q)", exercises()[0].ID)}}
	return e
}

// runSolution shows the worked answer of the part at hand.
func runSolution(a *ask) (*Result, *lang.Error) {
	if err := a.allow(0, 0); err != nil {
		return nil, err
	}
	if err := a.atHand(); err != nil {
		return nil, err
	}
	p, err := a.partFor(a.state.exercise, nil)
	if err != nil {
		return nil, err
	}
	return &Result{Kind: KindReport, Text: fmt.Sprintf("(%s) %s", p.Name, p.Solution), Data: map[string]any{"part": p.Name, "solution": p.Solution}}, nil
}

// answerPart judges an answer to a part; nil is the first one that is not solved.
func (a *ask) answerPart(part, x lang.Expr) (*Result, *lang.Error) {
	open := a.state.exercise
	p, err := a.partFor(open, part)
	if err != nil {
		return nil, err
	}
	a.state.judged, a.state.hinted = nil, 0 // hints are about this answer, not about a line before it
	v, err := a.judgeAnswer(p, x)
	if err != nil {
		return nil, err
	}
	next := &openExercise{exercise: open.exercise, part: p.Name}
	if open.part == p.Name {
		next.hinted = open.hinted
	}
	a.state.exercise = next
	res := &Result{Kind: KindReport, Text: v.word, Data: map[string]any{"exercise": open.ID, "part": p.Name, "verdict": v.word, "feedback": v.text}}
	switch {
	case strings.HasPrefix(v.text, v.word): // the text of a judgement
		res.Text = v.text
	case v.text != "":
		res.Text += ": " + v.text
	}
	if v.word == "RIGHT" {
		res.Text, res.Notes = a.solved(open.exercise, p, v.text)
	}
	return res, nil
}

func (a *ask) partFor(open *openExercise, part lang.Expr) (*exercisePart, *lang.Error) {
	if part == nil {
		return a.nextPart(open), nil
	}
	if p := open.exercise.part(plainWord(part)); p != nil {
		return p, nil
	}
	err := a.errorf("E332", part, "exercise %s has no part %s", open.ID, plainWord(part))
	for _, p := range open.Parts {
		err.Fixes = append(err.Fixes, lang.Fix{Text: fmt.Sprintf("answer(%q, …)", p.Name)})
	}
	return nil, err
}

// nextPart is the part that an answer without a name is for: the one asked last until it is solved, then the first that
// was never solved, then the first that was not in this session. Of an exercise done all over it is the last one again.
func (a *ask) nextPart(open *openExercise) *exercisePart {
	last := open.exercise.part(open.part)
	if last != nil && !a.isSolved(open.ID, last.Name) {
		return last
	}
	if p := a.unsolved(open.exercise); p != nil {
		return p
	}
	if last != nil {
		return last
	}
	return open.Parts[0]
}

// unsolved is the first part that was never solved, or else the first that was not solved in this session; nil if all were.
func (a *ask) unsolved(e *exercise) *exercisePart {
	kept := progress()[e.ID]
	var again *exercisePart
	for _, p := range e.Parts {
		switch {
		case a.isSolved(e.ID, p.Name):
		case !slices.Contains(kept, p.Name):
			return p
		case again == nil:
			again = p
		}
	}
	return again
}

// isSolved says that a part was solved in this session.
func (a *ask) isSolved(id, part string) bool { return slices.Contains(a.state.solved, id+part) }

// solved keeps the progress and says what comes next.
func (a *ask) solved(e *exercise, p *exercisePart, remark string) (text string, notes []string) {
	a.state.solved = append(slices.Clip(a.state.solved), e.ID+p.Name)
	all := progress()
	first := !slices.Contains(all[e.ID], p.Name)
	if first {
		all[e.ID] = append(all[e.ID], p.Name)
		if err := keepProgress(all); err != nil {
			notes = append(notes, fmt.Sprintf("the progress could not be kept: %v", err))
		}
	}
	text = fmt.Sprintf("RIGHT: part %s is done", p.Name)
	if remark != "" {
		text += "; " + remark
	}
	if first && len(all[e.ID]) == len(e.Parts) { // what an earlier session solved is not asked again
		for _, q := range e.Parts {
			a.state.solved = append(a.state.solved, e.ID+q.Name)
		}
	}
	if q := a.unsolved(e); q != nil {
		return text, append(notes, fmt.Sprintf("next, (%s) %s", q.Name, q.Ask))
	}
	return text, append(notes, fmt.Sprintf("exercise %s is solved", e.ID))
}

// An answerVerdict is RIGHT, WRONG or NOT RECOGNIZED, and what is said to it.
type answerVerdict struct{ word, text string }

func (a *ask) judgeAnswer(p *exercisePart, x lang.Expr) (answerVerdict, *lang.Error) {
	if err := a.answerKind(p, &x); err != nil {
		return answerVerdict{}, err
	}
	switch p.Kind {
	case "formula":
		return a.judgeFormula(p, x)
	case "count":
		return a.judgeCount(p, x)
	case "edges":
		return judgeEdges(p, a.typedText(x)), nil
	}
	return judgeWords(p, a.typedText(x)), nil
}

// typedText is a text, or an expression as it was typed: n m needs no quotes.
func (a *ask) typedText(x lang.Expr) string {
	if s, ok := x.(*lang.String); ok {
		return s.Val
	}
	if at := x.Extent(); at.Start >= 0 && at.Start < at.End && at.End <= len(a.cell) {
		return a.cell[at.Start:at.End]
	}
	return lang.Print(x)
}

// answerKind refuses an answer that the part cannot take. A formula may stand in quotes if it reads.
func (a *ask) answerKind(p *exercisePart, x *lang.Expr) *lang.Error {
	text, quoted := (*x).(*lang.String)
	if p.Kind == "formula" && quoted {
		formula, err := a.readExpr(text.Val)
		if err != nil {
			e := a.errorf("E333", *x, "part %s expects a formula, and this reads as none: %s", p.Name, plainError(err))
			e.Details = []string{"answer with the right side only: " + p.Left + " = …"}
			return e
		}
		*x = formula
	}
	if _, list := (*x).(*lang.List); p.Kind == "edges" && !quoted && !list {
		e := a.errorf("E333", *x, "part %s expects a text in quotes", p.Name)
		e.Fixes = []lang.Fix{{Text: fmt.Sprintf("answer(%q, %q)", p.Name, a.typedText(*x))}}
		return e
	}
	return nil
}

// judgeFormula holds a formula against the left side that the part names, as check does.
func (a *ask) judgeFormula(p *exercisePart, x lang.Expr) (answerVerdict, *lang.Error) {
	left, err := a.readExpr(p.Left)
	if err != nil {
		return answerVerdict{}, a.errorf("E999", a.call, "the left side of part %s does not read: %v", p.Name, err)
	}
	if lineKey(left) == lineKey(x) {
		return answerVerdict{"WRONG", "that is what is asked for: write what it is equal to"}, nil
	}
	g, refused := a.judgeText(p.Left, x)
	if refused != nil {
		return answerVerdict{}, refused
	}
	if g.right() && !strings.HasPrefix(g.Verdict, rightIf) {
		said := g.Remarks
		if g.Verdict == rightLayout {
			said = append(slices.Clone(g.Evidence), said...)
		}
		return answerVerdict{"RIGHT", strings.Join(said, "; ")}, nil
	}
	if said := a.rejected(p, func(pattern string) bool {
		r, refused := a.judgeText(pattern, x)
		return refused == nil && r.right()
	}); said != "" {
		return answerVerdict{"WRONG", said}, nil
	}
	a.explain(g)
	a.state.judged, a.state.hinted = g, 0
	word := "WRONG"
	if g.right() || g.Verdict == notDecided {
		word = g.Verdict // under a condition: not solved
	}
	return answerVerdict{word, g.text()}, nil
}

// judgeText judges left == x as a line of its own, so that what is said of it quotes the right text.
func (a *ask) judgeText(left string, x lang.Expr) (*judgement, *lang.Error) {
	text := "check " + left + " == " + lang.Print(x)
	st, err := lang.NewParser(text).Next(a.state.scope)
	if err != nil {
		return nil, asLangError(err)
	}
	defer a.state.scope.Enter(a.cell, a.stmt, a.origin())
	g, _, refused := a.reading(text, st).judge(st.Body.(*lang.Check))
	if g != nil {
		g.Span = lang.Span{}
	}
	return g, refused
}

// readExpr parses an expression in the session.
func (a *ask) readExpr(text string) (lang.Expr, error) {
	st, err := lang.NewParser(text).Next(a.state.scope)
	if err != nil {
		return nil, err
	}
	s, ok := st.Body.(*lang.ExprStmt)
	if !ok {
		return nil, fmt.Errorf("%s is no expression", text)
	}
	return s.X, nil
}

func (a *ask) rejected(p *exercisePart, matches func(pattern string) bool) string {
	for _, r := range p.Reject {
		if matches(r.pattern) {
			return r.reply
		}
	}
	return ""
}

// judgeCount compares counts as polynomials in the sizes.
func (a *ask) judgeCount(p *exercisePart, x lang.Expr) (answerVerdict, *lang.Error) {
	text, quoted := lang.Print(x), false
	if s, ok := x.(*lang.String); ok {
		text, quoted = s.Val, true
	}
	right, sizes, err := p.counts()
	if err != nil {
		return answerVerdict{}, a.errorf("E999", a.call, "part %s: %v", p.Name, err)
	}
	mine, err := readCount(text, p.Lets)
	if err == nil {
		sizes = append(sizes, slices.DeleteFunc(mine.unknown(sizes), func(n string) bool { return !a.state.scope.IsDim(n) })...)
		if v, ok := p.countVerdict(mine, right, sizes, a.state.scope.IsDim); ok {
			return v, nil
		}
		_, err = sameCount(mine, mine, sizes)
	}
	if err != nil && quoted {
		v := judgeWords(p, text)
		if v.word == notRecognized {
			v.text = "write the count as a formula in " + strings.Join(append(letNames(p), sizes...), ", ")
		}
		return v, nil
	}
	if err != nil {
		e := a.errorf("E333", x, "this does not read as a count: %s", plainError(err))
		e.Details = []string{"the sizes are " + strings.Join(append(letNames(p), sizes...), ", ")}
		return answerVerdict{}, e
	}
	return answerVerdict{"WRONG", "the polynomials differ"}, nil
}

// countVerdict compares a count with those that are right and with the known mistakes, as it is written and then with
// its names that mean nothing here read as sizes.
func (p *exercisePart) countVerdict(mine count, right []count, sizes []string, isSize func(string) bool) (answerVerdict, bool) {
	for _, to := range append([]map[string]string{nil}, mine.renamings(sizes, isSize)...) {
		c := mine.renamed(to)
		for _, r := range right {
			if same, err := sameCount(c, r, sizes); same && err == nil {
				return answerVerdict{"RIGHT", readAs(to)}, true
			}
		}
		for _, r := range p.Reject {
			if wrong, err := readCount(r.pattern, p.Lets); err == nil {
				if same, err := sameCount(c, wrong, sizes); same && err == nil {
					return answerVerdict{"WRONG", r.reply}, true
				}
			}
		}
	}
	return answerVerdict{}, false
}

// readAs remarks which names were read as which sizes.
func readAs(to map[string]string) string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(to)) {
		out = append(out, n+" read as "+to[n])
	}
	return strings.Join(out, ", ")
}

func plainError(err error) string {
	if e, ok := err.(*lang.Error); ok {
		return e.Message
	}
	return err.Error()
}

// counts are the right answers of a part and all the sizes that its counts mention.
func (p *exercisePart) counts() (right []count, sizes []string, err error) {
	add := func(text string) (count, error) {
		c, err := readCount(text, p.Lets)
		if err == nil {
			for _, n := range c.names() {
				if !slices.Contains(sizes, n) {
					sizes = append(sizes, n)
				}
			}
		}
		return c, err
	}
	for _, t := range p.Answers {
		c, err := add(t)
		if err != nil {
			return nil, nil, err
		}
		right = append(right, c)
	}
	for _, r := range p.Reject {
		if !strings.Contains(r.pattern, " and ") { // words
			_, _ = add(r.pattern)
		}
	}
	for _, l := range p.Lets {
		if _, err := add(l[0]); err != nil {
			return nil, nil, err
		}
	}
	slices.Sort(sizes)
	return right, sizes, nil
}

func letNames(p *exercisePart) []string {
	var out []string
	for _, l := range p.Lets {
		out = append(out, l[0]+" = "+l[1])
	}
	return out
}

const notRecognized = "NOT RECOGNIZED"

// judgeWords matches known wrong answers first, then the right ones.
func judgeWords(p *exercisePart, text string) answerVerdict {
	plain := plainWords(text)
	for _, r := range p.Reject {
		if _, err := readCount(r.pattern, p.Lets); p.Kind == "count" && err == nil && len(strings.Fields(r.pattern)) < 3 {
			continue // a count, not words
		}
		if re, err := regexp.Compile("(?i)" + r.pattern); err == nil && re.MatchString(plain) {
			return answerVerdict{"WRONG", r.reply}
		}
	}
	for _, re := range p.Accept {
		if re.MatchString(plain) {
			return answerVerdict{"RIGHT", ""}
		}
	}
	return answerVerdict{notRecognized, "say it in other words, or ask for a hint"}
}

// plainWords is an answer as patterns see it: single blanks, one sign for ×.
func plainWords(s string) string {
	s = strings.NewReplacer("×", "x", "*", "x", "·", "x", "–", "-", "−", "-", "’", "'").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// judgeEdges compares the edges of a picture with the right ones, and says which are missing and which do not belong.
func judgeEdges(p *exercisePart, text string) answerVerdict {
	mine := p.between(edgesOf(text))
	if len(mine) == 0 {
		return answerVerdict{notRecognized, "list the edges with arrows, such as a→c, b→c"}
	}
	if missing, extra := p.distance(reversed(mine)); missing+len(extra) == 0 {
		return answerVerdict{"WRONG", "the arrows point the other way: data flows from what is read to what is computed"}
	}
	for _, r := range p.Reject {
		rule, edge, _ := strings.Cut(r.pattern, " ")
		has := slices.Contains(mine, edgesOf(edge)[0])
		if rule == "has" && has || rule == "lacks" && !has {
			return answerVerdict{"WRONG", r.reply}
		}
	}
	missing, extra := p.distance(mine)
	var say []string
	if missing > 0 {
		say = append(say, fmt.Sprintf("%s missing", plural(missing, "edge")))
	}
	if len(extra) > 0 {
		say = append(say, "these do not belong: "+strings.Join(extra, ", "))
	}
	if len(say) == 0 {
		return answerVerdict{"RIGHT", ""}
	}
	return answerVerdict{"WRONG", strings.Join(say, "; ")}
}

// exerciseHint is the next hint of the part at hand.
func (a *ask) exerciseHint() *Result {
	open := *a.state.exercise
	p, err := a.partFor(&open, nil)
	if err != nil || len(p.Hints) == 0 {
		return &Result{Kind: KindReport, Text: "there is no hint for this part: solution shows the worked answer"}
	}
	if open.part != p.Name {
		open.part, open.hinted = p.Name, 0
	}
	i := min(open.hinted, len(p.Hints)-1)
	res := &Result{Kind: KindReport, Text: fmt.Sprintf("(%s) %s", p.Name, p.Hints[i]), Data: map[string]any{"part": p.Name, "hint": p.Hints[i], "number": i + 1}}
	if open.hinted == len(p.Hints) {
		res.Notes = []string{"that was the last hint; solution shows the worked answer"}
	}
	open.hinted = i + 1
	a.state.exercise = &open
	return res
}

// exerciseLine notes that a checked line solves a part of the exercise at hand.
func (j *job) exerciseLine(g *judgement) []string {
	open := j.state.exercise
	if open == nil || !g.right() || strings.HasPrefix(g.Verdict, rightIf) {
		return nil
	}
	a := &ask{job: j}
	for _, p := range open.Parts {
		if p.Kind != "formula" || a.isSolved(open.ID, p.Name) {
			continue
		}
		if left, err := a.readExpr(p.Left); err == nil && lineKey(left) == lineKey(g.left) {
			text, notes := a.solved(open.exercise, p, "")
			return append([]string{text}, notes...)
		}
	}
	return nil
}
