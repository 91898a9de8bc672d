package kernel

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"image/png"
	"mime"
	"regexp"
	"strconv"
	"strings"

	"nabla/lang"
)

// SimpleRender is a result in every form that a front end may choose from, by MIME type. The name and those of Latex,
// SVG and HTML are what gophernotes looks for, so that its notebooks show a result as this program's own do.
func (r *Result) SimpleRender() map[string]any {
	if r.Err != nil {
		return map[string]any{"text/plain": r.String()}
	}
	data := Bundle(plainText(r), r.Media)
	if latex := r.Latex(); latex != "" {
		data["text/latex"] = latex
	}
	if len(data) == 1 && (r.Kind == KindReport || r.Kind == KindCheck) {
		data["text/html"] = wordsHTML(r.Text)
	}
	return data
}

// verdict is what a judgement begins with.
var verdict = regexp.MustCompile(`^(RIGHT|WRONG|FOLLOWS)\b[A-Z ]*`)

// wordsHTML is a text for a page, broken between words only, with a verdict in its colour. Pages that are not trusted drop
// the style: the element keeps the lines apart.
func wordsHTML(text string) string {
	colour := "#b3261e"
	if strings.HasPrefix(text, "RIGHT") {
		colour = "#1a7f37"
	}
	words := verdict.ReplaceAllString(html.EscapeString(text), `<b style="color: `+colour+`">$0</b>`)
	return `<pre style="white-space: pre-wrap; word-break: normal; margin: 0; padding: 0; border: 0; background: none">` + words + "</pre>"
}

// Latex is the answer between $ signs with its space, long ones cut after a term; "" if there is no formula.
func (r *Result) Latex() string {
	line := cmp.Or(r.Typeset, r.LaTeX)
	if line == "" {
		return ""
	}
	return "$\\displaystyle " + elideLaTeX(line, maxLaTeX) + latexSpace(r) + "$"
}

// SVG is the picture of the answer, "" if it has none.
func (r *Result) SVG() string { return r.medium("image/svg+xml") }

// medium is the rendering of a MIME type, "" if there is none.
func (r *Result) medium(kind string) string {
	for _, m := range r.Media {
		if m.MIME == kind {
			return string(m.Data)
		}
	}
	return ""
}

// HTML is the answer as part of a page, whatever it is: a table or a picture, a formula for MathJax, else its text. It
// is never empty, and front ends prefer it, so that they never show an SVG or LaTeX that is not there.
func (r *Result) HTML() string {
	notes := ""
	if len(r.Notes) > 0 {
		notes = NotesHTML(r.Notes)
	}
	for _, rich := range []string{r.medium("text/html"), r.SVG(), html.EscapeString(r.Latex())} {
		if rich != "" {
			return "<div>" + rich + "</div>" + notes
		}
	}
	if r.Err == nil && (r.Kind == KindReport || r.Kind == KindCheck) {
		return wordsHTML(r.Text) + notes
	}
	return "<pre>" + html.EscapeString(r.String()) + "</pre>" + notes
}

// String is the answer as text, with its space as a comment; of an error, the message with its marks.
func (r *Result) String() string {
	if r.Err != nil {
		return r.Err.Render(lang.RenderOptions{})
	}
	return plainText(r)
}

// NotesHTML is remarks on a result, as part of a page.
func NotesHTML(notes []string) string {
	rich := make([]string, len(notes))
	for i, n := range notes {
		rich[i] = html.EscapeString("note: " + n)
	}
	return `<div style="opacity: 0.7">` + strings.Join(rich, "<br>") + "</div>"
}

// Bundle is a text with pictures and tables beside it.
func Bundle(text string, media []Media) map[string]any {
	data := map[string]any{}
	for _, m := range media {
		if kind, _, err := mime.ParseMediaType(m.MIME); err == nil {
			data[kind] = payload(kind, m.Data)
		}
	}
	if text != "" || len(data) > 0 {
		data["text/plain"] = strings.ToValidUTF8(text, "\uFFFD")
	}
	return data
}

// Sizes are how large the pixel pictures among media are on a page, as the metadata of a Jupyter message.
func Sizes(media []Media) map[string]any {
	out := map[string]any{}
	for _, m := range media {
		if m.MIME != "image/png" || m.Scale == 0 {
			continue
		}
		if c, err := png.DecodeConfig(bytes.NewReader(m.Data)); err == nil {
			out[m.MIME] = map[string]int{"width": int(float64(c.Width) / m.Scale), "height": int(float64(c.Height) / m.Scale)}
		}
	}
	return out
}

// payload is how data of a kind travels in JSON: text as it is, JSON as JSON, the rest in base 64.
func payload(kind string, data []byte) any {
	isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	switch {
	case isJSON && json.Valid(data):
		return json.RawMessage(data)
	case isJSON, strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "+xml"), kind == "application/javascript":
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return base64.StdEncoding.EncodeToString(data)
}

// plainText is the answer with its shape as a comment, so that it reads back as it stands.
func plainText(r *Result) string {
	shape := space(r)
	switch {
	case shape == "" || r.Text == "":
		return r.Text
	case strings.Contains(r.Text, "\n"):
		return r.Text + "\n# " + shape
	}
	return r.Text + "      # " + shape
}

// space is the shape of an answer as it is declared, R[h,d]. A plain number has no need of one, nor have statements
// whose answer says it.
func space(r *Result) string {
	if !spoken(r) {
		return ""
	}
	if len(r.Shape) == 0 {
		return "R"
	}
	shape := "R[" + strings.Join(r.Shape, ",") + "]"
	if r.Row {
		shape += " (row)"
	}
	return shape
}

// spoken reports whether the shape is said beside the answer.
func spoken(r *Result) bool {
	if r.Shape == nil || r.Kind != KindExpr && r.Kind != KindDef && r.Kind != KindValue {
		return false
	}
	_, err := strconv.ParseFloat(r.Text, 64)
	return err != nil
}

// latexSpace is the same in LaTeX.
func latexSpace(r *Result) string {
	if !spoken(r) {
		return ""
	}
	set := `\mathbb{R}`
	if len(r.Shape) > 0 {
		axes := make([]string, len(r.Shape))
		for i, d := range r.Shape {
			axes[i] = latexDim(d)
		}
		set += "^{" + strings.Join(axes, ` \times `) + "}"
	}
	if r.Row {
		set = "(" + set + `)^{\top}`
	}
	return ` \qquad \in ` + set
}

var (
	latexName  = regexp.MustCompile(`\pL[\pL\pN]+`)
	latexIndex = regexp.MustCompile(`\b(\pL)(\d+)\b`)
	latexPower = regexp.MustCompile(`\^(\d+)`)
)

// latexDim writes a dimension, a name or a polynomial of names.
func latexDim(d string) string {
	d = strings.ReplaceAll(d, "_", `\_`)
	d = latexIndex.ReplaceAllString(d, "${1}_{$2}")
	d = latexPower.ReplaceAllString(d, "^{$1}")
	d = latexName.ReplaceAllString(d, `\mathrm{$0}`)
	return strings.NewReplacer("*", " ", "·", `\cdot `, "%", `\%`, "#", `\#`, "&", `\&`, "$", `\$`).Replace(d)
}
