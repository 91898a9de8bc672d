package kernel

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
)

// A Command is what starts with a colon.
type Command struct {
	Name string
	Args string // as help shows them
	Doc  string

	Example string // statements, as a report has them
	Run     func(j *job, args string) (*Result, *lang.Error)
}

// commands are listed in the order in which help shows them. Filled in init: help reads the table.
var commands []*Command

func init() {
	commands = []*Command{
		{"help", "[topic]", "the tour, or the page of a function, an error code, an operator", ":help softmax", (*job).commandHelp},
		{"tutorial", "[step | off]", "the section of the book in eight short steps, which look at what is typed", ":tutorial 1", (*job).commandTutorial},
		{"vars", "", "what is declared, with shapes and values", "W : R[h,d]; x : R[3]; x := [1, 2, 3];\n:vars", (*job).commandVars},
		{"dims", "", "the dimensions, with their sizes", "W : R[h,d]; dim h = 2 d;\n:dims", (*job).commandDims},
		{"defs", "", "the definitions, and which of them are stale", "x : R[d]; J = ‖x‖²;\n:defs", (*job).commandDefs},
		{"who", "name", "what a name is built from, and what depends on it", "W : R[h,d]; x : R[d]; z = W x; J = ‖z‖²;\n:who z", (*job).commandWho},
		{"load", "file.nabla", "runs a script in this session", ":load model.nabla", (*job).commandLoad},
		{"save", "file.nabla", "writes a script that recreates this session", "x : R[d]; J = ‖x‖²;\n:save model.nabla", (*job).commandSave},
		{"reset", "", "forgets everything (:undo brings it back)", ":reset", (*job).commandReset},
		{"undo", "[number]", "takes back the last statement, or as many as the number says", "x : R[d];\n:undo", (*job).commandUndo},
		{"time", "on | off | statement", "shows how long statements take", ":time eval(det(randn(100, 100, seed=1)))", (*job).commandTime},
		{"backend", "fast | reference", "chooses the evaluator", ":backend reference", (*job).commandBackend},
		{"set", "[option value]", "lists or changes the settings", ":set digits 4", (*job).commandSet},
		{"crash", "", "fails on purpose, to show how a mistake in the program would be answered", ":crash", (*job).commandCrash},
		{"quit", "", "ends the session", ":quit", (*job).commandQuit},
	}
}

func findCommand(name string) *Command {
	for _, c := range commands {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (j *job) command(b *lang.Command) (*Result, *lang.Error) {
	if b.Word { // hint, why, next, exercises
		if rep := reports[b.Name]; rep != nil {
			return rep.Run(&ask{job: j, call: &lang.Call{Span: b.Span, Fn: &lang.Name{Span: b.Span, Name: b.Name, Raw: b.Name}}})
		}
		return nil, j.errorf("E101", nil, "unknown name %s", b.Name)
	}
	c := findCommand(b.Name)
	if c == nil {
		e := j.errorf("E400", nil, "there is no command :%s", b.Name)
		var names []string
		for _, c := range commands {
			names = append(names, c.Name)
		}
		for _, near := range nearCommands(b.Name, names) {
			e.Fixes = append(e.Fixes, lang.Fix{Text: strings.TrimSpace(":" + near + " " + b.Args)})
		}
		e.Details = append(e.Details, "commands: :"+strings.Join(names, " :"))
		return nil, e
	}
	res, err := c.Run(j, strings.TrimSpace(b.Args))
	if res != nil && res.Kind == "" {
		res.Kind = KindCommand
	}
	return res, err
}

// nearCommands are those that begin with a word, such as :q, else those that a slip turns into it.
func nearCommands(word string, names []string) (near []string) {
	for _, n := range names {
		if strings.HasPrefix(n, word) {
			near = append(near, n)
		}
	}
	if len(near) > 0 {
		return near
	}
	return lang.DidYouMean(word, names)
}

func (j *job) commandVars(string) (*Result, *lang.Error) {
	t := &table{}
	for _, b := range j.state.scope.Bindings() {
		switch b.Kind {
		case check.Definition:
		case check.Function:
			known := ""
			if b.Known != nil {
				known = ":= " + b.Known.Name
			}
			t.row(b.Name, ": "+b.Space(), known)
		default:
			value := ""
			if a := j.state.valueOf(b.Expr); a != nil {
				value = ":= " + j.state.settings.Format.Summary(j.ctx, a)
			}
			t.row(b.Name, ": "+b.Space(), value)
		}
	}
	return t.result("nothing is declared yet: x : R[d] declares a vector"), nil
}

func (j *job) commandDims(string) (*Result, *lang.Error) {
	t := &table{}
	sizes := j.state.sizes()
	for _, n := range sizes.env.Names() {
		d := sizes.env.Canon(dimName(n))
		text := ""
		if d != dimName(n) {
			text = "= " + d.String()
		}
		if s, ok := sizes.env.Size(dimName(n)); ok {
			text = strings.TrimSpace(text + fmt.Sprintf(" = %d", s))
			if from := sizes.from[n]; from != "" {
				text += " from " + from
			}
		}
		t.row(n, text)
	}
	return t.result("no dimension is known yet: x : R[d] makes d"), nil
}

func (j *job) commandDefs(string) (*Result, *lang.Error) {
	t := &table{}
	stale := j.state.scope.Stale()
	for _, b := range j.state.scope.Bindings() {
		if b.Kind != check.Definition || b.Expr == nil {
			continue
		}
		mark := ""
		if slices.Contains(stale, b.Name) {
			mark = "stale: built from an earlier " + strings.Join(j.changedUses(b), ", ")
		}
		t.row(b.Name, "= "+j.printer().Text(b.Expr.Args[0]), ": "+b.Space(), mark)
	}
	return t.result("nothing is defined yet: z = W x defines z"), nil
}

// changedUses are the names that mean something else now than when b was built.
func (j *job) changedUses(b *check.Binding) []string {
	var out []string
	for _, u := range b.Uses {
		if now := j.state.scope.Lookup(u.Name); now != u {
			out = append(out, u.Name)
		}
	}
	return out
}

func (j *job) commandWho(name string) (*Result, *lang.Error) {
	name = lang.Fold(name)
	b := j.state.scope.Lookup(name)
	if b == nil {
		e := j.errorf("E101", nil, "unknown name %s", name)
		if name == "" {
			e = j.errorf("E101", nil, ":who needs a name")
		}
		e.Details = append(e.Details, ":who J says what J is built from and what depends on it")
		return nil, e
	}
	t := &table{}
	t.row(name, ": "+b.Space(), b.At.String())
	var from, by []string
	for _, u := range b.Uses {
		from = append(from, u.Name)
	}
	for _, o := range j.state.scope.Bindings() {
		if dependsOn(o, b, map[*check.Binding]bool{}) && o != b {
			by = append(by, o.Name)
		}
	}
	t.row("built from", list(from))
	t.row("used by", list(by))
	return t.result(""), nil
}

func dependsOn(b, on *check.Binding, seen map[*check.Binding]bool) bool {
	if b == on {
		return true
	}
	if seen[b] {
		return false
	}
	seen[b] = true
	for _, u := range b.Uses {
		if dependsOn(u, on, seen) {
			return true
		}
	}
	return false
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func (j *job) commandUndo(arg string) (*Result, *lang.Error) {
	s := j.session
	if len(s.undo) == 0 {
		return nil, j.errorf("E401", nil, "there is nothing to take back")
	}
	n := 1
	if arg != "" {
		var err error
		if n, err = strconv.Atoi(arg); err != nil || n < 1 || n > len(s.undo) {
			e := j.errorf("E401", nil, ":undo takes back 1 to %d statements, not %s", len(s.undo), arg)
			e.Fixes = []lang.Fix{{Text: fmt.Sprintf(":undo %d", max(1, min(n, len(s.undo))))}}
			return nil, e
		}
	}
	var lines []string
	for state := j.state; n > 0; n-- {
		j.replace = s.undo[len(s.undo)-1]
		s.undo = s.undo[:len(s.undo)-1]
		lines = append(lines, "taken back: "+j.takenBack(state))
		state = j.replace
	}
	return &Result{Text: strings.Join(lines, "\n")}, nil
}

// takenBack says what had led from the state that is there again to that after it.
func (j *job) takenBack(after *state) string {
	if h := after.history.Slice(); len(h) > 0 {
		return h[len(h)-1].Source
	}
	var names []string
	for _, b := range j.replace.scope.Bindings() {
		names = append(names, b.Name)
	}
	for _, n := range j.replace.sizes().env.Names() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return ":reset; there is again " + someOf(names)
}

// mostNames are listed of many.
const mostNames = 12

// someOf lists names, of many the first ones.
func someOf(names []string) string {
	if len(names) > mostNames+1 {
		return fmt.Sprintf("%s and %d more", list(names[:mostNames]), len(names)-mostNames)
	}
	return list(names)
}

func (j *job) commandReset(string) (*Result, *lang.Error) {
	s := j.session
	s.undo = append(s.undo, s.state.Load())
	j.replace = newState()
	j.replace.settings = j.state.settings
	return &Result{Text: "everything is forgotten; :undo brings it back"}, nil
}

// commandCrash is the one way to see E999 without a mistake in the program.
func (j *job) commandCrash(string) (*Result, *lang.Error) { panic("as :crash was asked to") }

func (j *job) commandQuit(string) (*Result, *lang.Error) {
	j.quit = true
	return &Result{Text: "", Quit: true}, nil
}

func (j *job) commandTime(arg string) (*Result, *lang.Error) {
	switch arg {
	case "on", "off":
		j.state.settings.Time = arg == "on"
		return &Result{Text: "time is " + arg}, nil
	case "":
		j.state.settings.Time = !j.state.settings.Time
		return &Result{Text: "time is " + map[bool]string{true: "on", false: "off"}[j.state.settings.Time]}, nil
	}
	start := time.Now()
	fine := j.nested(arg, j.opts)
	if !fine {
		return nil, j.errorf("E402", nil, "the statement failed after %s", roundDuration(time.Since(start)))
	}
	return &Result{Text: "took " + roundDuration(time.Since(start)).String()}, nil
}

func roundDuration(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d > 10*unit {
			return d.Round(unit / 100)
		}
	}
	return d
}

func (j *job) commandBackend(arg string) (*Result, *lang.Error) {
	switch arg {
	case "fast", "reference":
		j.state.settings.Backend = arg
	case "":
	default:
		e := j.errorf("E403", nil, "there is no backend %q", arg)
		e.Fixes = []lang.Fix{{Text: ":backend fast"}, {Text: ":backend reference", When: "one plain loop per node: slow, and easy to trust"}}
		return nil, e
	}
	return &Result{Text: "backend " + j.state.settings.Backend}, nil
}

// nested runs source text as a part of this statement: its statements commit one by one.
func (j *job) nested(src string, opts ExecuteOptions) bool {
	r := &run{session: j.session, ctx: j.ctx, cell: src, opts: opts, out: j.out, number: j.number}
	fine := r.all()
	j.replace = j.session.state.Load()
	j.quit = j.quit || r.quit
	return fine
}

func (j *job) commandLoad(path string) (*Result, *lang.Error) {
	path = strings.Trim(path, `"`)
	if path == "" {
		return nil, j.errorf("E404", nil, ":load needs a file: :load model.nabla")
	}
	src, err := os.ReadFile(fileOf(path))
	if err != nil {
		return nil, j.errorf("E404", nil, "%s cannot be read: %v", path, reason(err))
	}
	if src, err = lang.Decoded(src); err != nil {
		return nil, j.errorf("E404", nil, "%s cannot be read: %v", path, err)
	}
	opts := j.opts
	opts.File = fileOf(path)
	if !j.nested(string(src), opts) {
		return nil, j.errorf("E405", nil, "%s stopped at an error; what ran before it stays", path)
	}
	return &Result{Text: "loaded " + path}, nil
}

// reason is what went wrong with a file, without its name.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+2:]
	}
	return text
}

// An option is one line of :set.
type option struct {
	name, values, doc string
	get               func(s *settings) string
	set               func(s *settings, v string) bool
}

var options = []option{
	{"ascii", "on | off", "print formulas in ASCII; they read back", getBool(func(s *settings) *bool { return &s.ASCII }), setBool(func(s *settings) *bool { return &s.ASCII })},
	{"digits", "1 … 17", "significant digits of numbers", getInt(func(s *settings) *int { return &s.Format.Digits }), setInt(func(s *settings) *int { return &s.Format.Digits }, 1, 17)},
	{"edge", "1 … 100", "entries shown at each end of a long axis", getInt(func(s *settings) *int { return &s.Format.Edge }), setInt(func(s *settings) *int { return &s.Format.Edge }, 1, 100)},
	{"limit", "0 …", "arrays with more entries are summarised", getInt(func(s *settings) *int { return &s.Format.Limit }), setInt(func(s *settings) *int { return &s.Format.Limit }, 0, 1<<40)},
	{"memory", "8GB", "what an evaluation may use at most", func(s *settings) string { return byteSize(s.MemoryLimit) }, func(s *settings, v string) bool {
		n, ok := parseBytes(v)
		if ok {
			s.MemoryLimit = n
		}
		return ok
	}},
	{"nan", "allow | error", "error: stop at the first node that produces NaN, and name it", func(s *settings) string { return s.NaN }, oneOf(func(s *settings) *string { return &s.NaN }, "allow", "error")},
	{"dtype", "float64 | float32", "the type of all numbers: float32 takes half the memory, and keeps about 7 digits", func(s *settings) string { return s.Type.String() }, func(s *settings, v string) bool {
		t, ok := numeric.Types[v]
		if ok {
			s.Type, s.Format.Single = t, t == numeric.Float32
		}
		return ok
	}},
	{"threads", "1 …", "cores that the evaluator may use", getInt(func(s *settings) *int { return &s.Threads }), setInt(func(s *settings) *int { return &s.Threads }, 1, 1024)},
	{"debug", "on | off", "show where the program failed", getBool(func(s *settings) *bool { return &s.Debug }), setBool(func(s *settings) *bool { return &s.Debug })},
}

// Cores is how many threads a new session computes with: at first, as many as the program started with.
var Cores = runtime.GOMAXPROCS(0)

func defaultSettings() settings {
	return settings{Format: DefaultFormat, Backend: "fast", NaN: "allow", Threads: Cores, MemoryLimit: machineMemory() / 4 * 3}
}

func getBool(at func(*settings) *bool) func(*settings) string {
	return func(s *settings) string { return map[bool]string{true: "on", false: "off"}[*at(s)] }
}

func setBool(at func(*settings) *bool) func(*settings, string) bool {
	return func(s *settings, v string) bool {
		*at(s) = v == "on" || v == ""
		return v == "on" || v == "off" || v == ""
	}
}

func getInt(at func(*settings) *int) func(*settings) string {
	return func(s *settings) string { return strconv.Itoa(*at(s)) }
}

func setInt(at func(*settings) *int, lo, hi int) func(*settings, string) bool {
	return func(s *settings, v string) bool {
		n, err := strconv.Atoi(v)
		if err != nil || n < lo || n > hi {
			return false
		}
		*at(s) = n
		return true
	}
}

func oneOf(at func(*settings) *string, values ...string) func(*settings, string) bool {
	return func(s *settings, v string) bool {
		if !slices.Contains(values, v) {
			return false
		}
		*at(s) = v
		return true
	}
}

func (j *job) commandSet(args string) (*Result, *lang.Error) {
	name, value, _ := strings.Cut(args, " ")
	if name == "" {
		t := &table{}
		for _, o := range options {
			t.row(o.name, o.get(&j.state.settings), o.values, o.doc)
		}
		return t.result(""), nil
	}
	for _, o := range options {
		if o.name != name {
			continue
		}
		before := j.state.settings.Type
		defer func() { j.state.convertFrom(before) }()
		if value = strings.TrimSpace(value); !o.set(&j.state.settings, value) && value != "" {
			return nil, j.refuseSetting(o, value)
		}
		return &Result{Text: name + " " + o.get(&j.state.settings)}, nil
	}
	e := j.errorf("E406", nil, "there is no setting %s", name)
	var names []string
	for _, o := range options {
		names = append(names, o.name)
	}
	for _, near := range lang.DidYouMean(name, names) {
		e.Fixes = append(e.Fixes, lang.Fix{Text: ":set " + near + " " + value})
	}
	e.Details = append(e.Details, "settings: "+strings.Join(names, ", "))
	return nil, e
}

// refuseSetting says what a setting takes, with values that it does take.
func (j *job) refuseSetting(o option, value string) *lang.Error {
	e := j.errorf("E406", nil, ":set %s takes %s, not %q", o.name, o.values, value)
	e.Details = append(e.Details, o.name+": "+o.doc)
	for _, v := range append(strings.Split(strings.TrimSuffix(o.values, " …"), " | "), o.get(&j.state.settings)) {
		trial := j.state.settings
		if len(e.Fixes) < 2 && o.set(&trial, v) {
			e.Fixes = append(e.Fixes, lang.Fix{Text: ":set " + o.name + " " + v})
		}
	}
	return e
}

var byteUnits = []struct {
	name string
	size float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// byteSize is n bytes as a person says it: 8 GB.
func byteSize(n int64) string {
	for _, u := range byteUnits {
		if float64(n) >= u.size {
			return strconv.FormatFloat(float64(n)/u.size, 'g', 3, 64) + " " + u.name
		}
	}
	return "0 B"
}

func parseBytes(v string) (int64, bool) {
	v = strings.ReplaceAll(strings.ToLower(v), " ", "")
	for _, u := range byteUnits {
		if n, ok := strings.CutSuffix(v, strings.ToLower(u.name)); ok {
			x, err := strconv.ParseFloat(n, 64)
			return int64(x * u.size), err == nil && x > 0 && x*u.size < 9e18
		}
	}
	return 0, false
}
