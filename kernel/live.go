package kernel

import (
	"fmt"
	"time"
)

// A live display says a few times a second how far a long statement is.
type live struct {
	job   *job
	id    string
	last  time.Time
	shown bool
}

// displayEvery is the time between two updates of a display.
const displayEvery = 100 * time.Millisecond

func (j *job) live(what string) live {
	return live{job: j, id: fmt.Sprintf("%s-%d-%d", what, j.number, j.stmt.Start), last: time.Now()}
}

// due says that it is time to show something again.
func (d *live) due() bool {
	if time.Since(d.last) < displayEvery {
		return false
	}
	d.last = time.Now()
	return true
}

// show replaces what is shown by a text, with pictures beside it where there are any.
func (d *live) show(text string, m ...Media) {
	d.job.out.Display(d.id, d.shown, m, text)
	d.shown = true
}

// done takes the display back: the report says how it ended.
func (d *live) done() {
	if d.shown {
		d.job.out.Display(d.id, true, nil, "")
	}
}
