package jupyter

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"mime"
	"regexp"
	"strconv"
	"strings"

	"nabla/kernel"
)

// bundle is a result in every form that a front end may choose from, by MIME type.
func bundle(r *kernel.Result) map[string]any {
	data := mediaBundle(plainText(r), r.Media)
	if r.LaTeX != "" {
		data["text/latex"] = "$\\displaystyle " + elideLaTeX(r.LaTeX, maxLaTeX) + latexSpace(r) + "$"
	}
	return data
}

// mediaBundle is a text with pictures and tables beside it.
func mediaBundle(text string, media []kernel.Media) map[string]any {
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

func pageBundle(p kernel.Page) map[string]any {
	data := map[string]any{"text/plain": p.Text}
	if p.HTML != "" {
		data["text/html"] = p.HTML
	}
	return data
}

// noteBundle is the remarks on a result: how it was read, what was broadcast.
func noteBundle(notes []string) map[string]any {
	plain, rich := make([]string, len(notes)), make([]string, len(notes))
	for i, n := range notes {
		plain[i] = "# note: " + strings.ReplaceAll(n, "\n", "\n#       ")
		rich[i] = html.EscapeString("note: " + n)
	}
	return map[string]any{
		"text/plain": strings.Join(plain, "\n"),
		"text/html":  `<div style="opacity: 0.7">` + strings.Join(rich, "<br>") + "</div>",
	}
}

// plainText is the answer with its shape as a comment, so that it reads back as it stands.
func plainText(r *kernel.Result) string {
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
func space(r *kernel.Result) string {
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
func spoken(r *kernel.Result) bool {
	if r.Shape == nil || r.Kind != kernel.KindExpr && r.Kind != kernel.KindDef && r.Kind != kernel.KindValue {
		return false
	}
	_, err := strconv.ParseFloat(r.Text, 64)
	return err != nil
}

// latexSpace is the same in LaTeX.
func latexSpace(r *kernel.Result) string {
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
