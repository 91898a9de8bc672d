package kernel

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"nabla/lang"
)

//go:embed tutorial.txt
var tutorialText string

// tutorialSteps are the texts of the steps. Their indented lines are what a person is to type.
func tutorialSteps() []string { return strings.Split(strings.TrimSpace(tutorialText), "\n---\n") }

// A lesson is how far a session is in the tutorial.
type lesson struct {
	step int      // from 1; 0 before the first
	off  bool     // it was ended
	done []string // the tasks of the step that are done
}

// open are the tasks of the step that are not done.
func (l lesson) open() (tasks []task) {
	if l.step == 0 {
		return nil
	}
	for _, t := range tutorialTasks()[l.step-1] {
		if !slices.Contains(l.done, t.canonical) {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// commandTutorial shows the next step, or the one asked for, or ends the tutorial.
func (j *job) commandTutorial(arg string) (*Result, *lang.Error) {
	steps, at := tutorialSteps(), j.state.tutorial
	n := at.step%len(steps) + 1
	switch k, err := strconv.Atoi(arg); {
	case arg == "off":
		j.state.tutorial.off = true
		return &Result{Text: "the tutorial has ended; :tutorial goes on with it"}, nil
	case arg == "" && at.off && len(at.open()) > 0:
		n = at.step // it was left in the middle of a step
	case arg == "":
	case err != nil || k < 1 || k > len(steps):
		return nil, j.errorf("E409", nil, "the tutorial has steps 1 to %d", len(steps))
	default:
		n = k
	}
	j.state.tutorial = lesson{step: n}
	if n == at.step {
		j.state.tutorial.done = at.done
	}
	next := "Type these lines, or your own for them. :tutorial goes on, :tutorial off ends it."
	if n == len(steps) {
		next = "That was the last step; :tutorial begins again."
	}
	return &Result{Text: fmt.Sprintf("step %d of %d\n\n%s\n\n%s", n, len(steps), steps[n-1], next)}, nil
}

// A task is one statement of a step, with the reply that a session gives to it.
type task struct {
	text, canonical string
	reply           *Result
}

// tutorialTasks are the tasks of each step, as a session answers them one after the other. The last step has none: it
// shows where to go. Filled in init: sessions look at them.
var tutorialTasks func() [][]task

func init() { tutorialTasks = sync.OnceValue(answeredTasks) }

func answeredTasks() [][]task {
	s, steps := NewSession(), tutorialSteps()
	tasks := make([][]task, len(steps))
	for i, step := range steps[:len(steps)-1] {
		for _, line := range strings.Split(step, "\n") {
			if strings.HasPrefix(line, "    ") {
				tasks[i] = append(tasks[i], s.tasksOf(strings.TrimSpace(line))...)
			}
		}
	}
	return tasks
}

func (s *Session) tasksOf(line string) (tasks []task) {
	r := &run{session: s, ctx: context.Background(), cell: line, number: 1}
	p := lang.NewParser(line)
	for {
		st, err := p.Next(s.state.Load().scope)
		if err != nil {
			return tasks
		}
		tasks = append(tasks, task{st.Source, lang.Print(st.Body), r.statement(st)})
	}
}

// meets reports whether a statement does what the task asks: it is the task, or its reply is the reply to the task. Any
// value will do for a name.
func (t task) meets(st *lang.Stmt, reply *Result) bool {
	switch {
	case (t.reply.Err == nil) != (reply.Err == nil):
		return false
	case lang.Print(st.Body) == t.canonical:
		return true
	case reply.Err != nil || reply.Kind != t.reply.Kind || reply.Name != t.reply.Name:
		return false
	}
	return reply.Kind == KindValue || reply.Text == t.reply.Text && reply.Text != ""
}

// An attempt is a statement that was run while the tutorial is on.
type attempt struct {
	stmt  *lang.Stmt
	reply *Result
}

// teach says after a cell what the step of the tutorial still asks for, or that it is done.
func (r *run) teach() {
	at := r.session.state.Load().tutorial
	if at.step == 0 || at.off || len(r.attempts) == 0 {
		return
	}
	open := at.open()
	if len(open) == 0 {
		return
	}
	st := r.session.state.Load().clone()
	for _, a := range r.attempts {
		for _, t := range open {
			if !slices.Contains(at.done, t.canonical) && t.meets(a.stmt, a.reply) {
				at.done = append(slices.Clone(at.done), t.canonical)
			}
		}
	}
	st.tutorial = at
	r.session.state.Store(st)
	text := fmt.Sprintf("step %d is done; :tutorial goes on", at.step)
	if open = at.open(); len(open) > 0 {
		text = fmt.Sprintf("step %d asks for  %s", at.step, lessonTexts(open))
		if e := r.attempts[len(r.attempts)-1].reply.Err; at.step > 2 && e != nil && e.Code == "E101" {
			text += "\n:tutorial 1 and :tutorial 2 make the names that it uses"
		}
	}
	r.out.Result(r.complete(&Result{Kind: KindCommand, Text: text}, &lang.Stmt{}))
}

// lessonTexts are the statements of tasks, as they may be typed in one line.
func lessonTexts(tasks []task) string {
	texts := make([]string, len(tasks))
	for i, t := range tasks {
		texts[i] = t.text
	}
	return strings.Join(texts, ";  ")
}
