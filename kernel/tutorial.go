package kernel

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"nabla/lang"
)

//go:embed tutorial.txt
var tutorialText string

// commandTutorial shows the next step, or the one asked for.
func (j *job) commandTutorial(arg string) (*Result, *lang.Error) {
	steps := strings.Split(strings.TrimSpace(tutorialText), "\n---\n")
	n := j.state.tutorial%len(steps) + 1
	if arg != "" {
		k, err := strconv.Atoi(arg)
		if err != nil || k < 1 || k > len(steps) {
			return nil, j.errorf("E409", nil, "the tutorial has steps 1 to %d", len(steps))
		}
		n = k
	}
	j.state.tutorial = n
	next := ":tutorial goes on"
	if n == len(steps) {
		next = "that was the last step; :tutorial begins again"
	}
	return &Result{Text: fmt.Sprintf("step %d of %d\n\n%s\n\n%s", n, len(steps), steps[n-1], next)}, nil
}
