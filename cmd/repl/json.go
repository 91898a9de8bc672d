package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"nabla/kernel"
)

// jsonOutput prints one JSON object per statement and nothing else on standard output. What a statement prints
// becomes its text where it has no other.
type jsonOutput struct {
	stdio
	encoder *json.Encoder
	input   *bufio.Reader
	noInput bool
	printed strings.Builder
	quit    bool
}

func newJSONOutput(std stdio, noInput bool) *jsonOutput {
	encoder := json.NewEncoder(std.out)
	encoder.SetEscapeHTML(false)
	return &jsonOutput{stdio: std, encoder: encoder, input: bufio.NewReader(std.in), noInput: noInput}
}

func (o *jsonOutput) options(file string) kernel.ExecuteOptions {
	return kernel.ExecuteOptions{File: file, NoInput: o.noInput, TextOnly: true}
}

func (o *jsonOutput) Result(r *kernel.Result) {
	if o.printed.Len() > 0 && r.Text == "" {
		copied := *r
		copied.Text = strings.TrimSuffix(o.printed.String(), "\n")
		r = &copied
	}
	o.printed.Reset()
	o.quit = o.quit || r.Quit
	if err := o.encoder.Encode(r); err != nil {
		fmt.Fprintf(o.err, "repl: %v\n", err)
	}
}

func (o *jsonOutput) Print(stream, text string) {
	if stream == "stderr" {
		io.WriteString(o.err, text)
		return
	}
	o.printed.WriteString(text)
}

// Display is dropped: a live display is for eyes, and its outcome is in the statement's result.
func (o *jsonOutput) Display(string, bool, []kernel.Media, string) {}

func (o *jsonOutput) Clear(bool) { o.printed.Reset() }

func (o *jsonOutput) Input(prompt string) (string, error) {
	return readLine(o.input, o.err, prompt, o.noInput)
}

func (o *jsonOutput) flush() {}

func (o *jsonOutput) ended() bool { return o.quit }

var errNoInput = errors.New("there is no one to ask: standard input is the script")

// readLine asks for one line on a plain stream.
func readLine(in *bufio.Reader, out io.Writer, prompt string, refused bool) (string, error) {
	if refused {
		return "", errNoInput
	}
	io.WriteString(out, prompt)
	line, err := in.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
