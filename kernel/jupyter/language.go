package jupyter

import (
	"runtime/debug"
	"sync"
)

// Version is that of the build.
var Version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "0-devel"
	}
	return info.Main.Version
})

// languageInfo tells front ends what they edit. The highlighters are ones that every front end carries. Of those, the
// Pygments lexer for Octave and the CodeMirror mode for Crystal are the ones that find no error in our examples, know #
// as a comment, and do not take a transpose for the beginning of a string.
func languageInfo() map[string]any {
	return map[string]any{
		"name":               "nabla",
		"version":            Version(),
		"mimetype":           "text/x-nabla",
		"file_extension":     ".nabla",
		"pygments_lexer":     "octave",
		"codemirror_mode":    "crystal",
		"nbconvert_exporter": "script",
	}
}

var helpLinks = []map[string]string{
	{"text": "Dive into Deep Learning 5.3", "url": "https://d2l.ai/chapter_multilayer-perceptrons/backprop.html"},
	{"text": "The Matrix Cookbook", "url": "https://www2.imm.dtu.dk/pubdb/pubs/3274-full.html"},
}
